"""The patient's own schedule and family sessions."""

from __future__ import annotations

from portal.cast import MAYA, ROBIN, SAM
from tests.conftest import Clock, SignIn
from tests.patient.test_sharing import shown


def agenda(client, url: str = "/me/schedule") -> list[str]:  # type: ignore[no-untyped-def]
    return [" ".join(day.text.split()) for day in shown(client, url).select(".agenda > li")]


def test_the_schedule_lists_the_days_in_order(sign_in: SignIn) -> None:
    days = agenda(sign_in(SAM))

    assert days[0].startswith("Monday, November 23 Mon 23 6:00 PM to 9:00 PM Group. Room 1")
    assert "5:30 PM to 6:20 PM Family session with Dana and Ben Osei. Online" in days[1]
    assert "6:30 PM to 9:30 PM Group." in days[2]
    assert "Changed. It was 6:00 PM." in days[2]
    assert days[3] == "Thursday, November 26 Thu 26 Closed Holiday"


def test_a_closed_day_stays_closed_while_it_lasts(sign_in: SignIn, clock: Clock) -> None:
    clock.forward(days=4)

    assert agenda(sign_in(SAM))[0] == "Friday, November 27 Fri 27 Closed Holiday"


def test_family_sessions_name_everybody_who_comes(sign_in: SignIn) -> None:
    page = shown(sign_in(SAM), "/me/sessions")

    assert [h.text for h in page.select(".card h2")] == [
        "Tuesday, November 24, 5:30 PM to 6:20 PM", "Thursday, December 3, 4:30 PM to 5:20 PM",
    ]  # fmt: skip
    assert "Alex Rivera" in page.text


def test_without_family_sessions_it_says_how_they_come_about(sign_in: SignIn) -> None:
    for person in (ROBIN, MAYA):
        assert "You have no sessions planned." in shown(sign_in(person), "/me/sessions").text
