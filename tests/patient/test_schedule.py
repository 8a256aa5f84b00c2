"""On their own schedule a patient hides a session with one press, from one person or from everybody."""

from __future__ import annotations

from bs4 import Tag

from portal.cast import ALEX, DANA, SAM
from tests.browser_form import send
from tests.conftest import SignIn
from tests.patient.test_sharing import shown

FIRST = "Group, Monday, November 23, 6:00 PM to 9:00 PM"


def press(client, label: str, of: str = FIRST):  # type: ignore[no-untyped-def]
    """Press the button of one session; where it leads."""
    page = client.get("/me/schedule")
    return send(client, page, f"button[aria-label='{label}: {of}']")


def first(client) -> Tag:  # type: ignore[no-untyped-def]
    """What stands beside the first session."""
    found = shown(client, "/me/schedule").select_one(".agenda div[id]")
    assert found is not None
    return found


def lines(client) -> list[str]:  # type: ignore[no-untyped-def]
    return [" ".join(p.text.split()) for p in first(client).select("p")]


def test_one_press_and_dana_does_not_see_it_while_alex_does(sign_in: SignIn) -> None:
    sam, dana, alex = sign_in(SAM), sign_in(DANA), sign_in(ALEX)
    assert "6:00 PM" in dana.get("/schedule?for=").text

    answer = press(sam, "Hide from Dana")

    assert answer.status_code == 303
    assert answer.location.endswith(f"#{first(sam)['id']}")
    assert "Dana" not in lines(sam)[0]
    assert "Alex" in lines(sam)[0]
    monday = shown(dana, "/schedule").select_one(".agenda time[datetime='2026-11-23']")
    assert monday is None or "Sam" not in monday.find_parent("li").text  # type: ignore[union-attr]
    assert "Sam" not in shown(sam, "/me").select_one(".agenda").text  # type: ignore[union-attr]
    assert "6:00 PM" in alex.get("/schedule").text

    press(sam, "Show to Dana again")
    assert "Dana" in lines(sam)[0]


def test_one_press_hides_it_from_everybody_and_one_shows_it_again(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    before = lines(sam)
    press(sam, "Hide from everybody")

    assert lines(sam) == ["Hidden from everybody you share with.", "Show it again"]
    press(sam, "Show it again")
    assert lines(sam) == before


def test_who_looked_says_what_sam_hid(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    press(sam, "Hide from Dana")
    press(sam, "Hide from everybody")

    page = sam.get("/me/looks").text
    assert "You hid a session from Dana" in page
    assert "You hid a session from everybody" in page


def test_a_made_up_session_or_person_is_not_there(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    ref = str(first(sam)["id"])
    token = shown(sam, "/me/schedule").select_one("main input[name=csrf_token]")
    assert token is not None

    for url, whom in (("/me/schedule/zzzzzzzzzz/hide", ""), (f"/me/schedule/{ref}/hide", "zzzzzzzzzz")):
        assert sam.post(url, data={"csrf_token": token["value"], "whom": whom}).status_code == 404
