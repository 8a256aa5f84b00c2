"""Signing needs every element the law names; stopping needs one act and nothing starts after it."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, DANA, JO, ROBIN, SAM, Person
from portal.consent.scopes import Scope
from portal.db import db, session
from portal.emails.reminder_times import REMINDERS
from portal.errors import NotShared, Refused
from portal.models import (
    Act,
    Consent,
    EmailLevel,
    OutgoingEmail,
    RecordEntry,
    RelatedPerson,
)
from portal.services import answers as answering
from portal.services import consents
from portal.services.consents import Answers, Signature
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.looking import account_of as account_id
from tests.services.looking import person_id, rows, scopes_of

TODAY = MORNING.date()
EVERYTHING_ANSWERED = Answers(
    name="Kai Rivera",
    email="kai@example.org",
    relation="My brother",
    known_as="Sammy",
    scopes=(Scope.TIMES, Scope.GOING),
    email_level=EmailLevel.NOTICE,
    ends_on=TODAY + dt.timedelta(days=80),
    purpose="So they can support me",
)
SIGNED = Signature(
    typed_name="Sam Rivera",
    wants_to=True,
    text_shown="I share my session times with Kai.",
    text_language="en",
    text_version="1",
    how_to_stop="Here, by phone or in writing.",
)


def sign(app: Flask, answers: Answers = EVERYTHING_ANSWERED, signature: Signature = SIGNED) -> int:
    patient = patient_id(app, SAM)
    with at_the_clinic(app):
        return consents.sign(patient, answers, signature).id


# Signing


@pytest.mark.both_databases
def test_a_signature_stores_every_element_the_law_asks_for(app: Flask) -> None:
    consent_id = sign(app)

    consent = rows(app, select(Consent).where(Consent.id == consent_id))[0]
    assert consent.patient_id == patient_id(app, SAM)
    assert consent.discloser == "Riverbend Recovery Services LLC"
    assert rows(app, select(RelatedPerson.name).where(RelatedPerson.id == consent.related_person_id)) == ["Kai Rivera"]
    assert consent.purpose == "So they can support me"
    assert consent.how_to_stop == "Here, by phone or in writing."
    assert consent.ends_on == TODAY + dt.timedelta(days=80)
    assert consent.ends_at == dt.datetime.fromisoformat("2027-02-12T00:00:00-06:00")
    assert consent.signer_name == "Sam Rivera"
    assert (consent.signed_at, consent.signed_on) == (MORNING, TODAY)
    assert consent.text_shown == SIGNED.text_shown
    assert consent.text_hash == hashlib.sha256(SIGNED.text_shown.encode()).hexdigest()


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"name": " "}, "name"),
        ({"email": ""}, "email"),
        ({"scopes": ()}, "scopes"),
        ({"ends_on": None}, "ends_on"),
        ({"purpose": " "}, "purpose"),
        ({"typed_name": "Robin Rivera"}, "typed_name"),
        ({"wants_to": False}, "wants_to"),
        ({"how_to_stop": " "}, "how_to_stop"),
        ({"text_shown": ""}, "text"),
    ],
    ids=lambda one: str(one),
)
def test_a_missing_element_is_refused_beside_its_field(app: Flask, missing: dict[str, object], field: str) -> None:
    in_answers = {name: value for name, value in missing.items() if hasattr(EVERYTHING_ANSWERED, name)}
    in_signature = {name: value for name, value in missing.items() if hasattr(SIGNED, name)}

    with pytest.raises(Refused) as refused:
        sign(app, replace(EVERYTHING_ANSWERED, **in_answers), replace(SIGNED, **in_signature))  # type: ignore[arg-type]

    assert refused.value.field == field
    assert rows(app, select(RelatedPerson).where(RelatedPerson.name == "Kai Rivera")) == []


def test_a_clinic_without_a_legal_name_cannot_share() -> None:
    with pytest.raises(Refused) as refused:
        consents.check_document(SIGNED, discloser=" ")

    assert refused.value.field == "discloser"


@pytest.mark.parametrize("days", [1, 365])
def test_sharing_may_end_tomorrow_or_in_a_year(days: int) -> None:
    consents.check_until(replace(EVERYTHING_ANSWERED, ends_on=TODAY + dt.timedelta(days=days)), today=TODAY)


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_sharing_never_ends_today_or_later_than_in_a_year(days: int) -> None:
    with pytest.raises(Refused) as refused:
        consents.check_until(replace(EVERYTHING_ANSWERED, ends_on=TODAY + dt.timedelta(days=days)), today=TODAY)

    assert str(refused.value) == "Enter a date in the next 12 months, like 2 11 2027"


@pytest.mark.parametrize(
    ("planned_end", "last_day"),
    [(81, 111), (None, 365), (350, 365), (-10, 30)],
    ids=["planned", "no plan", "a long plan", "over its plan"],
)
def test_leaving_the_program_has_a_backstop(planned_end: int | None, last_day: int) -> None:
    planned_end_on = TODAY + dt.timedelta(days=planned_end) if planned_end is not None else None

    assert consents.backstop(planned_end_on, TODAY) == TODAY + dt.timedelta(days=last_day)


def test_who_has_left_the_program_cannot_share_until_they_leave() -> None:
    with pytest.raises(Refused) as refused:
        consents.check_program(replace(EVERYTHING_ANSWERED, ends_with_program=True), has_left=True)

    assert refused.value.field == "until"


@pytest.mark.parametrize("email", ["SAM@example.org", "kai", "kai@example", "a@b.org\nBcc: c@d.org", "a b@c.org"])
def test_an_email_that_is_unsafe_or_cannot_be_one_is_refused(email: str) -> None:
    with pytest.raises(Refused) as refused:
        consents.check_who(replace(EVERYTHING_ANSWERED, email=email), patient_email=SAM.email)

    assert refused.value.field == "email"


def test_a_printed_letter_needs_no_email() -> None:
    consents.check_who(replace(EVERYTHING_ANSWERED, email="", by_letter=True), patient_email=SAM.email)


@pytest.mark.parametrize("field", ["name", "relation", "known_as"])
def test_what_does_not_fit_is_refused_beside_its_field(field: str) -> None:
    with pytest.raises(Refused) as refused:
        consents.check_who(replace(EVERYTHING_ANSWERED, **{field: "k" * 241}), patient_email=None)  # type: ignore[arg-type]

    assert refused.value.field == field


def test_the_name_may_be_typed_in_small_letters_and_with_more_spaces() -> None:
    consents.check_signature(replace(SIGNED, typed_name="  sam   rivera "), full_name="Sam Rivera")


def test_a_text_that_changed_since_it_was_shown_is_not_signed() -> None:
    with pytest.raises(Refused) as refused:
        consents.check_same_text("one", "another")

    assert refused.value.field == "text"


@pytest.mark.both_databases
def test_a_new_signature_replaces_what_the_same_people_had(app: Flask) -> None:
    dana = person_id(app, SAM, DANA)

    sign(app, replace(EVERYTHING_ANSWERED, related_person_id=dana, scopes=(Scope.LEAVE,)))

    assert scopes_of(app, DANA, SAM) == {"leave"}
    assert scopes_of(app, DANA, ROBIN) == {"times"}


def test_nobody_shares_with_the_related_person_of_another_patient(app: Flask) -> None:
    robins = person_id(app, ROBIN, DANA)

    with pytest.raises(NotShared):
        sign(app, replace(EVERYTHING_ANSWERED, related_person_id=robins))


# Less


@pytest.mark.both_databases
def test_after_a_stop_nothing_is_shared_and_no_other_family_notices(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)

    with at_the_clinic(app):
        consents.stop(sam, dana)

    assert scopes_of(app, DANA, SAM) == set()
    assert scopes_of(app, ALEX, SAM) == {"times", "family", "plan"}
    assert scopes_of(app, DANA, ROBIN) == {"times"}
    assert rows(app, select(RecordEntry.related_person_id).where(RecordEntry.act == Act.STOPPED)) == [dana]


@pytest.mark.both_databases
def test_a_stop_withholds_the_email_that_waits_for_that_person_only(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    for_dana, for_alex = waiting_email(app, DANA), waiting_email(app, ALEX)

    with at_the_clinic(app):
        consents.stop(sam, dana)

    assert outcome(app, for_dana) == "withheld"
    assert outcome(app, for_alex) is None


def test_stopping_twice_is_refused_and_recorded_once(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.stop(sam, dana)

    with app.app_context(), pytest.raises(Refused):
        consents.stop(sam, dana)

    assert len(rows(app, select(RecordEntry).where(RecordEntry.act == Act.STOPPED))) == 1


def test_nobody_stops_what_another_patient_shares(app: Flask) -> None:
    sam, robins = patient_id(app, SAM), person_id(app, ROBIN, DANA)

    with app.app_context(), pytest.raises(NotShared):
        consents.stop(sam, robins)


@pytest.mark.both_databases
def test_one_thing_can_be_turned_off(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)

    with at_the_clinic(app):
        consents.narrow(sam, dana, Scope.GOING)

    assert scopes_of(app, DANA, SAM) == {"times", "family", "plan"}


@pytest.mark.parametrize("scope", [Scope.LEAVE, Scope.GOING])
def test_what_is_off_cannot_be_turned_off(app: Flask, scope: Scope) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.narrow(sam, dana, Scope.GOING)

    with app.app_context(), pytest.raises(Refused):
        consents.narrow(sam, dana, scope)


@pytest.mark.both_databases
def test_a_pause_hides_everything_and_starting_again_brings_back_what_has_not_ended(app: Flask, clock: Clock) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        consents.pause(sam)
    assert (scopes_of(app, DANA, SAM), scopes_of(app, ALEX, SAM)) == (set(), set())

    clock.forward(days=90)
    with at_the_clinic(app):
        consents.resume(sam)

    assert scopes_of(app, DANA, SAM) == set(), "Dana's date came while sharing was paused"
    assert scopes_of(app, ALEX, SAM) == {"times", "family", "plan"}


def test_pausing_twice_is_recorded_once(app: Flask) -> None:
    sam = patient_id(app, SAM)
    for _ in range(2):
        with at_the_clinic(app):
            consents.pause(sam)

    assert len(rows(app, select(RecordEntry).where(RecordEntry.act == Act.PAUSED))) == 1


# The fence


def waiting_email(app: Flask, to: Person, *, lease: float | None = None) -> int:
    """An email about Sam that waits, or that a postman has in hand for `lease` seconds from now."""
    until = MORNING + dt.timedelta(seconds=lease) if lease else None
    sam, account = patient_id(app, SAM), account_id(app, to)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        email = OutgoingEmail(
            message="update_posted", account_id=account, patient_id=sam, about_id=1, queued_at=MORNING, due_at=MORNING,
            lease_until=until, handing_until=until,
        )  # fmt: skip
        own_session.add(email)
        own_session.flush()
        return email.id


def outcome(app: Flask, email_id: int) -> str | None:
    return rows(app, select(OutgoingEmail.outcome).where(OutgoingEmail.id == email_id))[0]


def later(act: Callable[[], None], seconds: float = 0.4) -> threading.Thread:
    thread = threading.Thread(target=lambda: (time.sleep(seconds), act()))
    thread.start()
    return thread


def handed_over(app: Flask, email_id: int) -> None:
    with app.app_context(), db.sessionmaker.begin() as own_session:
        row = own_session.get_one(OutgoingEmail, email_id)
        row.ended_at, row.outcome, row.lease_until = MORNING, "sent", None


LESS = {
    "stop": lambda sam, dana: consents.stop(sam, dana),
    "narrow": lambda sam, dana: consents.narrow(sam, dana, Scope.GOING),
    "pause": lambda sam, dana: consents.pause(sam),
    "sign for less": lambda sam, dana: consents.sign(sam, replace(EVERYTHING_ANSWERED, related_person_id=dana), SIGNED),
}


def test_a_stop_waits_for_a_weekly_list_too_which_tells_of_everybody_and_names_nobody(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    email = waiting_email(app, DANA, lease=25)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        row = own_session.get_one(OutgoingEmail, email)
        row.message, row.patient_id = "weekly_list", None
    later(lambda: handed_over(app, email))

    with at_the_clinic(app):
        consents.stop(sam, dana)

    assert outcome(app, email) == "sent"


@pytest.mark.both_databases
@pytest.mark.parametrize("way", LESS)
def test_it_returns_only_after_the_postman_has_finished(app: Flask, way: str) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    email = waiting_email(app, DANA, lease=25)
    postman = later(lambda: handed_over(app, email))

    with at_the_clinic(app):
        LESS[way](sam, dana)
    ended = outcome(app, email)
    postman.join()

    assert ended == "sent", f"{way} came back while an email was being handed over"


def test_it_returns_when_the_lease_of_a_postman_who_is_gone_runs_out(app: Flask, clock: Clock) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    waiting_email(app, DANA, lease=25)
    began = time.monotonic()
    hand = later(lambda: clock.forward(seconds=26))

    with at_the_clinic(app):
        consents.stop(sam, dana)
    waited = time.monotonic() - began
    hand.join()

    assert 0.3 < waited < 10


def test_the_second_click_waits_as_the_first_does(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.stop(sam, dana)
    email = waiting_email(app, DANA, lease=25)
    postman = later(lambda: handed_over(app, email))

    with app.app_context(), pytest.raises(Refused):
        consents.stop(sam, dana)
    ended = outcome(app, email)
    postman.join()

    assert ended == "sent"


def test_nobody_waits_for_the_email_of_somebody_else(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    waiting_email(app, ALEX, lease=25)
    began = time.monotonic()

    with at_the_clinic(app):
        consents.stop(sam, dana)

    assert time.monotonic() - began < 5


# The one notice


def notices(app: Flask) -> list[tuple[str, int | None]]:
    with app.app_context():
        g.reading = True
        found = session().execute(
            select(
                OutgoingEmail.message, OutgoingEmail.account_id, OutgoingEmail.patient_id, OutgoingEmail.about_id
            ).where(OutgoingEmail.message.not_in(REMINDERS))  # they wait for a day of their own
        )
        return [tuple(row) for row in found]  # type: ignore[misc]


@pytest.mark.parametrize(
    "act",
    [
        lambda sam, dana, jo: consents.sign(sam, EVERYTHING_ANSWERED, SIGNED),
        lambda sam, dana, jo: consents.stop(sam, dana),
        lambda sam, dana, jo: consents.narrow(sam, dana, Scope.PLAN),
        lambda sam, dana, jo: consents.pause(sam),
        lambda sam, dana, jo: answering.decline(sam, jo),
    ],
    ids=["sign", "stop", "narrow", "pause", "say no"],
)
def test_whatever_was_done_the_patient_gets_the_same_notice_and_nobody_else_any(
    app: Flask, act: Callable[[int, int, int], object]
) -> None:
    sam, dana, jo = patient_id(app, SAM), person_id(app, SAM, DANA), person_id(app, SAM, JO)
    with at_the_clinic(app):
        act(sam, dana, jo)

    assert notices(app) == [("sharing_changed", account_id(app, SAM), None, None)]


def test_a_no_is_kept_once(app: Flask, clock: Clock) -> None:
    sam, jo = patient_id(app, SAM), person_id(app, SAM, JO)
    for _ in range(2):
        with at_the_clinic(app):
            answering.decline(sam, jo)
        clock.forward(hours=1)

    assert rows(app, select(RelatedPerson.declined_at).where(RelatedPerson.id == jo)) == [MORNING]
    assert len(notices(app)) == 1


def test_a_no_needs_a_question(app: Flask) -> None:
    sam, dana, robins = patient_id(app, SAM), person_id(app, SAM, DANA), person_id(app, ROBIN, DANA)

    for person in (dana, robins):
        with app.app_context(), pytest.raises(NotShared):
            answering.decline(sam, person)
