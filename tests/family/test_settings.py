"""A relative's own settings."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock as portal_clock
from portal.cast import ALEX, DANA, JO, SAM, Person
from portal.db import session
from portal.emails.wanted import EVERY
from portal.models import Account, Consent, EmailLevel, EmailStop, Patient, RelatedPerson, StopHow
from portal.services import choices, email_stops
from tests.browser_form import send, soup, submit
from tests.conftest import MORNING, SignIn, at_the_clinic


def account(app: Flask, who: Person) -> Account:
    with at_the_clinic(app):
        row = session().scalars(select(Account).where(Account.email == who.email)).one()
        session().expunge_all()
        return row


def levels(client: object) -> list[str]:
    page = client.get("/settings/emails")  # type: ignore[attr-defined]
    return [str(radio["value"]) for radio in soup(page).select("input[name=level]")]


def everybody_allows_day_and_time(app: Flask) -> None:
    with at_the_clinic(app):
        for consent in session().scalars(select(Consent).join(RelatedPerson)):
            consent.email_level = EmailLevel.TIMES


def test_language_and_colours(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)

    answer = submit(dana, "/settings", language="es", theme="dark")

    assert answer.status_code == 303
    page = soup(dana.get("/settings"))
    assert (page.html["lang"], page.html["data-bs-theme"]) == ("es", "dark")
    assert (account(app, DANA).language, account(app, DANA).theme) == ("es", "dark")


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("theme", "neon"), ("language", "")])
def test_what_is_not_offered_is_not_saved(app: Flask, sign_in: SignIn, field: str, value: str) -> None:
    answer = submit(sign_in(DANA), "/settings", **{field: value})

    assert answer.status_code == 200
    assert soup(answer).select(".error-summary a")
    assert (account(app, DANA).language, account(app, DANA).theme) == ("en", "auto")


def test_where_others_open_the_mailbox_emails_never_say_when_until_it_is_the_readers_alone(
    app: Flask, sign_in: SignIn
) -> None:
    everybody_allows_day_and_time(app)
    dana, alex = sign_in(DANA), sign_in(ALEX)
    assert levels(alex) == ["notice", "none"]

    submit(dana, "/settings/emails", level="times", shares_mailbox="y")
    submit(alex, "/settings/emails", shares_mailbox=None)

    assert (account(app, DANA).shares_mailbox, account(app, DANA).wants_email) == (True, "notice")
    assert levels(dana) == ["notice", "none"]
    assert not account(app, ALEX).shares_mailbox
    assert levels(alex) == ["notice", "times", "none"]


def test_day_and_time_is_offered_only_where_somebody_allows_it(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    assert levels(dana) == ["notice", "none"]
    assert submit(dana, "/settings/emails", level="times").status_code == 200

    everybody_allows_day_and_time(app)

    assert levels(dana) == ["notice", "times", "none"]
    assert submit(dana, "/settings/emails", level="times").status_code == 303
    assert account(app, DANA).wants_email == "times"


def test_a_wish_for_day_and_time_outlasts_that_nobody_allows_it_just_now(app: Flask, sign_in: SignIn) -> None:
    everybody_allows_day_and_time(app)
    dana = sign_in(DANA)
    submit(dana, "/settings/emails", level="times", calendar_files="y")
    before = dana.get("/settings/emails")
    with at_the_clinic(app):
        for consent in session().scalars(select(Consent)):
            consent.email_level = EmailLevel.NOTICE

    submit(dana, "/settings/emails", quiet="y", quiet_from="21:00", quiet_until="07:00")
    assert (account(app, DANA).wants_email, account(app, DANA).wants_calendar_files) == ("times", True)

    send(dana, before, level="notice")
    assert account(app, DANA).wants_email == "notice", "that page had offered it"


def test_a_shared_mailbox_never_gets_day_and_time(app: Flask, sign_in: SignIn) -> None:
    everybody_allows_day_and_time(app)

    assert levels(sign_in(ALEX)) == ["notice", "none"]


def test_without_anybody_sharing_there_is_still_a_choice(sign_in: SignIn) -> None:
    assert levels(sign_in(JO)) == ["notice", "none"]


def test_pages_promise_an_email_only_of_a_kind_and_about_somebody_that_is_wanted(app: Flask) -> None:
    number = account(app, DANA).id
    with at_the_clinic(app):
        robin = session().scalars(select(Patient.id).where(Patient.given_name == "Robin")).one()
        sam = session().scalars(select(Patient.id).where(Patient.given_name == SAM.given_name)).one()
        email_stops.stop(number, "reminder", how=StopHow.LINK)
        email_stops.stop(number, EVERY, how=StopHow.SETTINGS, patient_id=robin)

    def comes(kind: str, about: int) -> bool:
        with app.app_context():
            return choices.gets_email(number, EmailLevel.NOTICE, kind=kind, patient_id=about)

    assert (comes("booking", sam), comes("reminder", sam), comes("booking", robin)) == (True, False, False)
    with at_the_clinic(app):
        session().get_one(Account, number).email_failed_at = portal_clock.now()
    assert not comes("booking", sam)


def test_no_emails_at_all(app: Flask, sign_in: SignIn) -> None:
    assert submit(sign_in(DANA), "/settings/emails", level="none").status_code == 303
    assert account(app, DANA).wants_email == "none"


def stops(app: Flask) -> list[tuple[str, bool, str, bool]]:
    """What is on record as turned off: the kind, whether for one person only, how, and whether undone."""
    with at_the_clinic(app):
        found = session().scalars(select(EmailStop).order_by(EmailStop.id))
        return [(one.message, one.patient_id is not None, str(one.how), one.undone_at is not None) for one in found]


def ticked(client: FlaskClient, name: str) -> list[str]:
    page = soup(client.get("/settings/emails"))
    return [str(box.find_next("label").text) for box in page.select(f"input[name={name}][checked]")]


def words_of(client: FlaskClient) -> str:
    return " ".join(soup(client.get("/settings/emails")).main.text.split())


def test_what_a_link_turned_off_is_not_ticked_and_a_tick_brings_it_back_but_the_proof_stays(
    app: Flask, sign_in: SignIn
) -> None:
    number = account(app, DANA).id
    with at_the_clinic(app):
        row = EmailStop(account_id=number, message="update_posted", how="link", stopped_at=portal_clock.now())
        session().add(row)
    dana = sign_in(DANA)
    assert "New updates" not in ticked(dana, "kinds")
    assert "New updates: off since Monday, November 23, with the link in an email." in words_of(dana)

    kinds = ["schedule_changed", "update_posted", "booking", "time_opened"]
    assert submit(dana, "/settings/emails", kinds=kinds).status_code == 303

    assert stops(app) == [("update_posted", False, "link", True), ("reminder", False, "settings", False)]
    assert "Reminders" not in ticked(dana, "kinds")
    assert "New updates" in ticked(dana, "kinds")
    assert submit(dana, "/settings/emails").status_code == 303
    assert len(stops(app)) == 2, "saving without a change changes nothing"


def test_emails_about_one_of_two_people_can_be_turned_off_and_a_hidden_choice_is_kept(
    app: Flask, sign_in: SignIn
) -> None:
    dana = sign_in(DANA)
    assert ticked(dana, "people") == ["Robin", "Sam"]
    robin = str(soup(dana.get("/settings/emails")).select_one("input[name=people]")["value"])
    assert submit(dana, "/settings/emails", people=[robin]).status_code == 303
    assert stops(app) == [("every", True, "settings", False)]
    assert ticked(dana, "people") == ["Robin"]
    assert "Every kind, about Sam: off since" in words_of(dana)

    with at_the_clinic(app):
        sam = session().scalars(select(Patient).where(Patient.given_name == SAM.given_name)).one()
        sam.paused_at = portal_clock.now()
    assert "Sam" not in words_of(dana)
    assert ticked(dana, "people") == [], "one person is no choice"
    assert submit(dana, "/settings/emails").status_code == 303
    assert stops(app) == [("every", True, "settings", False)], "what is not asked is not answered"


def test_a_box_that_came_after_the_page_was_opened_is_not_one_that_was_left_empty(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    with at_the_clinic(app):
        robin = session().scalars(select(Patient).where(Patient.given_name == "Robin")).one()
        robin.paused_at = portal_clock.now()
    opened = dana.get("/settings/emails")
    everybody_allows_day_and_time(app)
    with at_the_clinic(app):
        session().scalars(select(Patient).where(Patient.given_name == "Robin")).one().paused_at = None
        session().scalars(select(Account).where(Account.email == DANA.email)).one().wants_calendar_files = True

    refused = send(dana, opened, quiet_from="09:00", quiet_until="09:00")
    assert [box["checked"] for box in soup(refused).select("input[name=people]")] == [""] * 2
    assert send(dana, opened).status_code == 303
    assert stops(app) == []
    assert account(app, DANA).wants_calendar_files


def test_kinds_that_nobody_shares_are_not_asked(sign_in: SignIn) -> None:
    assert soup(sign_in(JO).get("/settings/emails")).select("[name=kinds], [name=people], [name=weekly_day]") == []


def test_a_weekly_list_and_quiet_hours_are_kept(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    times = {"quiet_from": "22:00", "quiet_until": "08:00"}
    assert submit(dana, "/settings/emails", weekly_day="6", **times).status_code == 303
    kept = account(app, DANA)
    assert (kept.weekly_day, kept.weekly_since) == (6, MORNING)
    assert (kept.quiet_from, kept.quiet_until) == (dt.time(22), dt.time(8))
    assert "Your week 3 things to see." in words_of(dana)

    assert submit(dana, "/settings/emails", weekly_day="", quiet=None).status_code == 303
    kept = account(app, DANA)
    assert (kept.weekly_day, kept.quiet_from, kept.quiet_until) == (None, None, None)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"quiet_from": "09:00", "quiet_until": "09:00"}, "#quiet_until"),
        ({"weekly_day": "9"}, "#weekly_day"),
        ({"level": "times"}, "#level-0"),
    ],
)
def test_what_cannot_be_is_said_at_its_place_and_the_rest_of_the_answers_stay(
    app: Flask, sign_in: SignIn, wrong: dict[str, str], where: str
) -> None:
    answer = submit(sign_in(DANA), "/settings/emails", kinds=["booking"], **wrong)

    assert answer.status_code == 200
    assert soup(answer).select_one(".error-summary a")["href"] == where
    assert [box["value"] for box in soup(answer).select("input[name=kinds][checked]")] == ["booking"]
    assert stops(app) == []


def test_calendar_files_are_offered_with_day_and_time_only_and_never_to_a_shared_mailbox(
    app: Flask, sign_in: SignIn
) -> None:
    def is_offered(who: Person) -> bool:
        return bool(soup(sign_in(who).get("/settings/emails")).select("input[name=calendar_files]"))

    assert not is_offered(DANA)
    everybody_allows_day_and_time(app)
    assert is_offered(DANA)
    assert not is_offered(ALEX)
    submit(sign_in(ALEX), "/settings/emails", level="notice", calendar_files="y")
    assert not account(app, ALEX).wants_calendar_files


def test_calendar_files_can_be_had_and_given_up_again(app: Flask, sign_in: SignIn) -> None:
    everybody_allows_day_and_time(app)
    dana = sign_in(DANA)

    assert submit(dana, "/settings/emails", level="times", calendar_files="y").status_code == 303
    assert account(app, DANA).wants_calendar_files
    assert soup(dana.get("/settings/emails")).select_one("input[name=calendar_files]").has_attr("checked")
    assert submit(dana, "/settings/emails", level="notice", calendar_files=None).status_code == 303
    assert not account(app, DANA).wants_calendar_files


def test_a_calendar_file_without_day_and_time_is_a_contradiction_and_said_so(app: Flask, sign_in: SignIn) -> None:
    everybody_allows_day_and_time(app)

    answer = submit(sign_in(DANA), "/settings/emails", level="notice", calendar_files="y")

    assert answer.status_code == 200
    assert soup(answer).select_one(".error-summary a")["href"] == "#calendar_files"
    assert (account(app, DANA).wants_email, account(app, DANA).wants_calendar_files) == ("notice", False)
