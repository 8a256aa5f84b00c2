"""A consent that never counted: nothing more under it, and everything that was made under it on a list."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, ROBIN, RUTH, SAM, Person
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared, Refused
from portal.models import Act, Consent, RecordEntry
from portal.services import consents, invalid_consents
from portal.services.invalid_consents import Review
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.looking import account_of, mail_to, related_id, rows, sees, staff

WHY = "Signed under pressure."


def ref_of(app: Flask, relative: Person, patient: Person = SAM) -> str:
    person = related_id(app, patient_id(app, patient), relative)
    return str(rows(app, select(Consent.ref).where(Consent.related_person_id == person))[0])


def mark(app: Flask, ref: str, reason: str = WHY) -> None:
    with at_the_clinic(app):
        invalid_consents.mark(ref, reason=reason, by=staff(RUTH))


def review(app: Flask, ref: str) -> Review:
    with at_the_clinic(app):
        return invalid_consents.made_under(invalid_consents.find(ref))


def email_sent(app: Flask, relative: Person, ago: dt.timedelta, patient: Person = SAM) -> None:
    sam = patient_id(app, patient)
    entry = RecordEntry(
        at=MORNING - ago,
        act=Act.SENT,
        door="email",
        account_id=account_of(app, relative),
        patient_id=sam,
        related_person_id=related_id(app, sam, relative),
        what="update_posted",
    )
    with at_the_clinic(app):
        session().add(entry)


@pytest.mark.both_databases
def test_nothing_is_seen_under_it_any_more(app: Flask) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        outbox.queue("update_posted", to=account_of(app, DANA), patient_id=sam, about_id=1)
    mark(app, ref_of(app, DANA))

    assert sees(app, DANA, sam) == set()
    assert sees(app, ALEX, sam) != set()
    assert sees(app, DANA, patient_id(app, ROBIN)) == {"times"}
    assert mail_to(app, DANA) == [("update_posted", "withheld", "sharing ended")]
    assert mail_to(app, SAM) == [("sharing_changed", None, None)]


def test_invalid_is_not_stopped(app: Flask) -> None:
    ref = ref_of(app, DANA)
    mark(app, ref)
    consent = rows(app, select(Consent).where(Consent.ref == ref))[0]

    assert (consent.invalid_since, consent.invalid_because, consent.stopped_at) == (MORNING, WHY, None)


def test_the_record_knows_which_consent_and_not_why(app: Flask) -> None:
    ref = ref_of(app, DANA)
    mark(app, ref)
    line = rows(app, select(RecordEntry).where(RecordEntry.act == Act.INVALID))[0]

    assert line.consent_id == rows(app, select(Consent.id).where(Consent.ref == ref))[0]
    assert (line.door, line.account_id) == ("privacy", account_of(app, RUTH))
    assert all(WHY not in str(value) for value in vars(line).values())


@pytest.mark.both_databases
def test_every_look_and_email_of_the_pair_is_listed_and_nobody_elses(app: Flask) -> None:
    email_sent(app, DANA, dt.timedelta(days=2))
    email_sent(app, DANA, dt.timedelta(days=8))  # before it was signed
    email_sent(app, ALEX, dt.timedelta(days=2))
    email_sent(app, DANA, dt.timedelta(days=2), ROBIN)
    found = review(app, ref_of(app, DANA))

    assert [(look.at, look.what) for look in found.looks] == [
        (MORNING - dt.timedelta(days=3), "times"),
        (MORNING - dt.timedelta(minutes=38), "times"),
    ]
    assert [(email.at, email.what) for email in found.emails] == [(MORNING - dt.timedelta(days=2), "update_posted")]


def test_email_after_a_stop_belongs_to_another_consent(app: Flask, clock: Clock) -> None:
    ref, sam = ref_of(app, DANA), patient_id(app, SAM)
    with at_the_clinic(app):
        consents.stop(sam, related_id(app, sam, DANA))
    clock.forward(hours=2)
    email_sent(app, DANA, dt.timedelta(hours=-1))

    assert review(app, ref).emails == []


def test_one_that_was_stopped_can_still_turn_out_invalid(app: Flask) -> None:
    ref, sam = ref_of(app, DANA), patient_id(app, SAM)
    with at_the_clinic(app):
        consents.stop(sam, related_id(app, sam, DANA))
    mark(app, ref)

    assert rows(app, select(Consent.invalid_since).where(Consent.ref == ref)) == [MORNING]
    assert len(review(app, ref).looks) == 2


def test_marking_twice_is_refused(app: Flask) -> None:
    ref = ref_of(app, DANA)
    mark(app, ref)
    with pytest.raises(Refused):
        mark(app, ref, "Another reason")

    assert rows(app, select(Consent.invalid_because).where(Consent.ref == ref)) == [WHY]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_a_reason_is_needed_that_fits(app: Flask, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        mark(app, ref_of(app, DANA), reason)

    assert refused.value.field == "reason"
    assert sees(app, DANA, patient_id(app, SAM)) != set()


def test_a_made_up_consent_is_not_found(app: Flask) -> None:
    with pytest.raises(NotShared):
        mark(app, "zzzzzzzzzz")


def test_the_list_holds_what_was_marked(app: Flask) -> None:
    mark(app, ref_of(app, DANA))
    with at_the_clinic(app):
        marked = invalid_consents.marked()
        assert [(one.patient.name, one.related_person.name) for one in marked] == [
            ("Sam Rivera", "Dana Rivera"),
            ("Sam Rivera", "Inez Vale"),
        ]
