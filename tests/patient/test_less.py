"""Less is one press: an earlier end, emails that say less, everything at once, a reminder of a pause."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import ALEX, DANA, JO, PAT, PRIYA, SAM
from portal.db import session
from portal.models import Act, Consent, OutgoingEmail, Patient, RecordEntry, RelatedPerson, StaffMember
from portal.services import requests as asking
from tests.browser_form import send, soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic
from tests.patient.test_sharing import link, of, shown
from tests.patient.test_signing import problem
from tests.services.test_consents import account_id, person_id, rows, scopes_of
from tests.staff.looking import patient_ref


def page_of(sam: FlaskClient, name: str = "Dana Rivera") -> str:
    return link(shown(sam, "/me/sharing"), name)


def consent_with(app: Flask, person: Any) -> Consent:
    newest = select(Consent).where(Consent.related_person_id == person_id(app, SAM, person)).order_by(Consent.id.desc())
    return rows(app, newest.limit(1))[0]


def boxes(day: dt.date) -> dict[str, str]:
    return {"ends_on-month": str(day.month), "ends_on-day": str(day.day), "ends_on-year": str(day.year)}


def said(sam: FlaskClient, url: str) -> str:
    alert = shown(sam, url).select_one("main [role=alert]")
    return " ".join(alert.text.split()) if alert else ""


# End sooner


def test_an_earlier_end_counts_at_once_and_without_a_signature(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    sam = sign_in(SAM)
    dana = page_of(sam)

    answer = submit(sam, link(shown(sam, dana), "End sooner"), **boxes(dt.date(2026, 12, 15)))

    assert (answer.status_code, answer.location) == (303, dana)
    assert said(sam, dana).startswith("Done. Sharing with Dana ends with Tuesday, December 15.")
    assert consent_with(app, DANA).ends_sooner_at == dt.datetime.fromisoformat("2026-12-16T00:00:00-06:00")
    assert "until Dec 15" in shown(sam, "/me/sharing").text
    clock.set(dt.datetime.fromisoformat("2026-12-15T23:59:59-06:00"))
    assert scopes_of(app, DANA, SAM)
    clock.forward(seconds=1)
    assert scopes_of(app, DANA, SAM) == set()


def test_an_earlier_end_also_ends_what_lasts_until_leaving_the_program(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, link(shown(sam, page_of(sam, "Alex Rivera")), "End sooner"), **boxes(dt.date(2026, 12, 1)))

    assert "until Dec 1" in shown(sam, "/me/sharing").text
    assert consent_with(app, ALEX).ends_with_program is True, "what was signed stays as it was signed"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (dt.date(2026, 11, 23), "To end it today, press Stop sharing. It ends at once"),
        (dt.date(2026, 11, 22), "Enter a day to come, before 2 12 2027"),
        (dt.date(2027, 2, 12), "That is not sooner than the end that is set now."),
        (dt.date(2027, 3, 1), "To share for longer, sign again: Make longer"),
    ],
)
def test_a_day_that_is_not_less_is_refused_in_a_sentence(app: Flask, sign_in: SignIn, day: dt.date, words: str) -> None:
    sam = sign_in(SAM)
    refused = submit(sam, page_of(sam) + "/sooner", **boxes(day))

    assert refused.status_code == 200
    assert words in problem(refused)
    assert f'value="{day.year}"' in refused.text, "what was typed stays"
    assert consent_with(app, DANA).ends_sooner_on is None


def test_an_earlier_end_can_be_made_earlier_and_not_later(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    sooner = page_of(sam) + "/sooner"
    submit(sam, sooner, **boxes(dt.date(2026, 12, 15)))

    assert submit(sam, sooner, **boxes(dt.date(2026, 12, 20))).status_code == 200
    assert submit(sam, sooner, **boxes(dt.date(2026, 12, 5))).status_code == 303
    assert consent_with(app, DANA).ends_sooner_on == dt.date(2026, 12, 5)


def test_a_later_end_needs_a_signature_and_the_other_answers_come_along(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    asked = submit(sam, page_of(sam), "form:has(input[value=until]) button")

    assert asked.location == "/me/sharing/new/until"
    until = shown(sam, asked.location)
    assert [box["value"] for box in until.select("[checked]")] == ["date", "support"]
    assert submit(sam, asked.location, **boxes(dt.date(2027, 6, 1))).location == "/me/sharing/new/check"
    assert consent_with(app, DANA).ends_on == dt.date(2027, 2, 12), "nothing changes without a signature"
    submit(sam, "/me/sharing/new/check", typed_name="Sam Rivera", wants_to="y")
    assert consent_with(app, DANA).ends_on == dt.date(2027, 6, 1)
    assert scopes_of(app, DANA, SAM) == {"times", "family", "going", "plan"}


# Emails that say less


def test_emails_say_less_after_one_press_and_more_only_after_a_signature(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    with at_the_clinic(app):
        session().get_one(Consent, consent_with(app, DANA).id).email_level = "times"
    dana = page_of(sam)

    submit(sam, dana, "form[action$='/emails/notice']")
    assert said(sam, dana) == "Done. Emails to Dana only say that there is something new."
    submit(sam, dana, "form[action$='/emails/none']")

    assert said(sam, dana) == "Done. We send Dana no emails about you."
    consent = consent_with(app, DANA)
    assert (consent.email_level, consent.lowered_email_level) == ("times", "none")
    assert of(shown(sam, "/me/sharing"), "Dana Rivera")[5] == "Cannot see"
    back_up = sam.post(f"{dana}/emails/times", data={"csrf_token": token(sam)})
    assert "To let emails say more, you sign again" in back_up.text
    assert submit(sam, dana, "form:has(input[value=emails]) button").location == "/me/sharing/new/emails"


def token(client: FlaskClient) -> str:
    return str(shown(client, "/me").select_one("[name=csrf_token]")["value"])  # type: ignore[index]


# Everything


def test_everything_stops_for_good_with_one_button_on_a_page_that_lists_who(app: Flask, sign_in: SignIn) -> None:
    sam, dana, alex = sign_in(SAM), sign_in(DANA), sign_in(ALEX)
    page = link(shown(sam, "/me/sharing"), "Stop everything for good")
    listed = shown(sam, page).text
    assert "Dana Rivera, my mom" in listed
    assert "Pat Rivera" not in listed, "what ended is over already"

    answer = submit(sam, page)

    assert (answer.status_code, answer.location) == (303, "/me/sharing")
    assert said(sam, "/me/sharing").startswith("Done. Nobody sees anything now. All sharing is stopped for good.")
    assert "Sam" not in dana.get("/home").text
    assert "Sam" not in alex.get("/home").text
    assert of(shown(sam, "/me/sharing"), "Alex Rivera") == ["Stopped November 23. Sees nothing. Share again"]
    mail = rows(app, select(OutgoingEmail.account_id).where(OutgoingEmail.message == "sharing_changed"))
    assert mail == [account_id(app, SAM)], "one notice, whatever the number of people"
    assert "Nobody can see anything." in shown(sam, page).text


def test_stopping_everything_while_paused_leaves_nothing_to_start_again(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me", "form[action='/me/sharing/pause']")
    submit(sam, "/me/sharing/stop-everything")

    assert rows(app, select(Patient.paused_at).where(Patient.given_name == "Sam")) == [None]
    assert scopes_of(app, DANA, SAM) == scopes_of(app, ALEX, SAM) == set()


# A reminder of the pause


def remind(sam: FlaskClient) -> None:
    submit(sam, "/me", "form[action='/me/sharing/pause']")
    submit(sam, "/me", "form[action='/me/sharing/pause/remind']")


def test_the_reminder_comes_on_the_day_and_goes_with_the_pause(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    remind(sign_in(SAM))
    mail = len(rows(app, select(OutgoingEmail)))
    clock.forward(days=6)
    assert "You wanted a reminder" not in sign_in(SAM).get("/me").text
    clock.forward(days=1)
    sam = sign_in(SAM)
    assert "Sharing is paused since Monday, November 23." in " ".join(shown(sam, "/me").text.split())
    assert len(rows(app, select(OutgoingEmail))) == mail, "no email about it"

    submit(sam, "/me", "main form[action='/me/sharing/resume']")

    assert "You wanted a reminder" not in sam.get("/me").text
    assert rows(app, select(Patient.remind_of_pause_on).where(Patient.given_name == "Sam")) == [None]


def test_a_reminder_can_be_put_off_or_thrown_away(sign_in: SignIn, clock: Clock) -> None:
    remind(sign_in(SAM))
    clock.forward(days=7)
    sam = sign_in(SAM)
    submit(sam, "/me", "form[action='/me/sharing/pause/remind']")
    assert "You wanted a reminder" not in sam.get("/me").text
    clock.forward(days=7)
    sam = sign_in(SAM)
    submit(sam, "/me", "form:has(input[value=no])")
    assert "You wanted a reminder" not in sam.get("/me").text
    assert "Sharing is paused." in sam.get("/me").text


# Family sessions that stay


def test_the_page_after_a_stop_offers_to_keep_or_cancel_what_is_booked(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me/sharing", "button[aria-label='Stop sharing with Dana Rivera']")
    result = sam.get("/me/sharing")
    assert "You have a family session with Dana: tomorrow, 5:30 PM. It stays booked." in result.text

    kept = send(sam, result, "form[action$='/keep'] button")

    assert kept.status_code == 303
    assert said(sam, "/me/sharing").startswith("Kept. The family session stays booked.")
    session_page = shown(sam, "/me/sessions").text
    assert "Someone in it sees nothing now and gets no reminder." in " ".join(session_page.split())
    submit(sam, "/me/sessions", "form[action$='/cancel'] button")
    assert said(sam, "/me/sharing").startswith("Done. The family session is cancelled.")
    assert "Cancelled" in shown(sam, "/me/sessions").text


def test_what_the_patient_kept_is_not_asked_again_after_another_sign_in(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me/sharing/stop-everything", "form[action$='/stop-everything'] button")
    send(sam, sam.get("/me/sharing"), "form[action$='/keep'] button")
    entry = rows(app, select(RecordEntry).where(RecordEntry.act == Act.KEPT))[0]
    assert (entry.door, entry.account_id) == ("patient", account_id(app, SAM))

    sam = sign_in(SAM)
    submit(sam, "/me/sessions", "form[action$='/cancel'] button")

    assert said(sam, "/me/sharing").count("It stays booked.") == 1, "about the session with Alex alone"


def test_the_care_team_does_not_ask_again_about_what_the_patient_kept(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me/sharing", "button[aria-label='Stop sharing with Dana Rivera']")
    send(sam, sam.get("/me/sharing"), "form[action$='/keep'] button")

    page = sign_in(PRIYA).get(f"/staff/people/{patient_ref(app, 'Sam')}/sharing")

    assert "Sam keeps it." in page.text
    assert soup(page).select("form[action$='/keep']") == []


def test_a_later_stop_asks_again_about_what_was_kept_before(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me/sharing", "button[aria-label='Stop sharing with Dana Rivera']")
    send(sam, sam.get("/me/sharing"), "form[action$='/keep'] button")
    submit(sam, "/me/sharing", "button[aria-label='Stop sharing with Alex Rivera']")

    assert "It stays booked." in said(sam, "/me/sharing")


def test_a_session_with_somebody_who_still_sees_it_is_not_cancelled_here(sign_in: SignIn) -> None:
    assert shown(sign_in(SAM), "/me/sessions").select("form[action$='/cancel']") == []


# Requests


def test_jo_cannot_ask_again_and_is_told_what_everybody_is_told(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    sam = sign_in(SAM)
    request = link(shown(sam, "/me/sharing"), "Look at what Jo asked")
    submit(sam, request, f"form[action='{request}/never'] button")
    assert "If Jo asks again, you will not hear of it." in said(sam, "/me/sharing")

    clock.forward(days=40)
    jo = account_id(app, JO)
    with at_the_clinic(app):
        assert asking.ask(jo, contact=SAM.email, relation="CHILD", answer="/ask/thank-you") == "/ask/thank-you"

    sam = sign_in(SAM)
    assert "has asked to see some things" not in shown(sam, "/me").text.replace("Asa has asked to see some things", "")
    submit(sam, page_of(sam, "Jo Rivera"), "form[action$='/let-ask'] button")
    with at_the_clinic(app):
        asking.ask(jo, contact=SAM.email, relation="CHILD", answer="/ask/thank-you")
    assert "Jo has asked to see some things" in sign_in(SAM).get("/me").text


def test_a_request_says_who_of_the_care_team_met_them(app: Flask, sign_in: SignIn) -> None:
    jo = person_id(app, SAM, JO)
    with at_the_clinic(app):
        person = session().get_one(RelatedPerson, jo)
        person.met_on = dt.date(2026, 11, 20)
        person.met_by_id = session().scalars(select(StaffMember.id).where(StaffMember.name == "Priya Nair")).one()
    sam = sign_in(SAM)

    page = shown(sam, link(shown(sam, "/me/sharing"), "Look at what Jo asked"))

    assert "Priya Nair met Jo on Friday, November 20." in page.text


# On record


def test_each_way_of_sharing_less_is_on_record_in_plain_words(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    dana = page_of(sam)
    submit(sam, f"{dana}/sooner", **boxes(dt.date(2026, 12, 15)))
    submit(sam, dana, "form[action$='/emails/none']")

    looks = shown(sam, "/me/looks").text
    assert "You chose an earlier end of sharing with Dana" in looks
    assert "You let emails to Dana say less" in looks
    assert len(rows(app, select(RecordEntry).where(RecordEntry.act == "narrowed"))) == 2


def test_what_is_over_cannot_be_made_less(sign_in: SignIn) -> None:
    sam = sign_in(SAM)

    assert sam.get(page_of(sam, PAT.name) + "/sooner").status_code == 404
