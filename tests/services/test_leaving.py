"""Leaving the program ends at once what was signed until then, and nothing that ends by date."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.cast import ALEX, DANA, PRIYA, SAM
from portal.consent.scopes import Scope
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared, Refused
from portal.models import Act, Consent, ConsentScope, Invitation, Patient, RecordEntry, RelatedPerson
from portal.services import after_a_stop, leaving
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.looking import account_of, mail_to, patient_named, person_id, rows, scopes_of, sessions_seen
from tests.services.test_consents import EVERYTHING_ANSWERED, sign

pytestmark = pytest.mark.both_databases


def leave(app: Flask) -> None:
    """Priya writes down that Sam has left."""
    sam, priya = patient_id(app, SAM), account_of(app, PRIYA)
    with at_the_clinic(app):
        leaving.leave(sam, account_id=priya)


def mail_waits_for(app: Flask, *relatives: object) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        for relative in relatives:
            outbox.queue("update_posted", to=account_of(app, relative), patient_id=sam, about_id=1)  # type: ignore[arg-type]


def test_alex_sees_nothing_at_once_and_dana_goes_on(app: Flask) -> None:
    before = scopes_of(app, DANA, SAM)
    assert scopes_of(app, ALEX, SAM) != set()
    leave(app)

    assert scopes_of(app, ALEX, SAM) == set()
    assert scopes_of(app, DANA, SAM) == before != set()


def test_dana_sees_no_group_that_goes_on_without_sam(app: Flask, clock: Clock) -> None:
    clock.set(MORNING.replace(hour=19))  # the evening's group has begun
    before = sessions_seen(app, DANA, SAM)
    leave(app)

    now = clock.moment
    assert [at for at in before if at > now] != []
    assert sessions_seen(app, DANA, SAM) == [at for at in before if at < now] != []
    assert sessions_seen(app, SAM, SAM) == sessions_seen(app, DANA, SAM), "nor does Sam's own page go on"


def test_mail_that_waits_for_alex_is_withheld_and_danas_goes_out(app: Flask) -> None:
    mail_waits_for(app, ALEX, DANA)
    leave(app)

    assert mail_to(app, ALEX) == [("update_posted", "withheld", "sharing ended")]
    assert mail_to(app, DANA) == [("update_posted", None, None)]


def test_whoever_also_has_a_date_keeps_their_mail(app: Flask) -> None:
    """Two forms for one person: what the second allows goes on, and so does mail about it."""
    sam, alex = patient_id(app, SAM), person_id(app, SAM, ALEX)
    with at_the_clinic(app):
        first = session().scalars(select(Consent).where(Consent.related_person_id == alex)).one()
        kept = ("patient_id", "related_person_id", "discloser", "purpose", "how_to_stop", "signer_name", "signed_at",
                "signed_on", "starts_at", "ends_on", "ends_at", "email_level")  # fmt: skip
        session().add(
            Consent(**{name: getattr(first, name) for name in kept}, scopes=[ConsentScope(scope=Scope.TIMES)])
        )
    mail_waits_for(app, ALEX)
    leave(app)

    assert scopes_of(app, ALEX, SAM) == {"times"}
    assert mail_to(app, ALEX) == [("update_posted", None, None)]
    assert sam


def test_an_invitation_under_what_ended_leads_nowhere(app: Flask) -> None:
    grace, priya = patient_named(app, "Grace"), account_of(app, PRIYA)
    with at_the_clinic(app):
        session().execute(update(Consent).where(Consent.patient_id == grace).values(ends_with_program=True))
        joel = session().scalars(select(RelatedPerson).where(RelatedPerson.patient_id == grace)).one()
        session().add(
            Invitation(
                related_person_id=joel.id, email="joel@example.org", name=joel.name, birth_year=1980, how="email",
                language="en", first_made_at=MORNING, made_at=MORNING, ends_at=MORNING + dt.timedelta(days=14),
                token_hash="t", code_hash="c",
                made_by_id=session().scalars(select(Consent.recorded_by_id).where(Consent.patient_id == grace)).one(),
            )
        )  # fmt: skip
    with at_the_clinic(app):
        leaving.leave(grace, account_id=priya)

    assert rows(app, select(Invitation.ended_at).join(RelatedPerson).where(RelatedPerson.patient_id == grace)) == [
        MORNING
    ]


def test_it_is_on_record_by_whom_and_the_patient_gets_the_notice_that_says_nothing(app: Flask) -> None:
    leave(app)

    lines = rows(app, select(RecordEntry).where(RecordEntry.act == Act.LEFT))
    assert [(line.door, line.patient_id, line.account_id, line.related_person_id) for line in lines] == [
        ("staff", patient_id(app, SAM), account_of(app, PRIYA), None)
    ]
    assert mail_to(app, SAM) == [("sharing_changed", None, None)]
    assert mail_to(app, ALEX) == mail_to(app, DANA) == []


def test_leaving_twice_is_leaving_once(app: Flask, clock: Clock) -> None:
    leave(app)
    clock.forward(hours=1)
    leave(app)

    assert rows(app, select(Patient.discharged_at).where(Patient.id == patient_id(app, SAM))) == [MORNING]
    assert len(rows(app, select(RecordEntry.id).where(RecordEntry.act == Act.LEFT))) == 1
    assert len(mail_to(app, SAM)) == 1


def test_a_leaving_that_was_known_beforehand_can_come_sooner(app: Flask) -> None:
    with at_the_clinic(app):
        session().execute(update(Patient).values(discharged_at=MORNING + dt.timedelta(days=9)))
    leave(app)

    assert scopes_of(app, ALEX, SAM) == set()
    assert rows(app, select(Patient.discharged_at).where(Patient.id == patient_id(app, SAM))) == [MORNING]


def test_a_session_with_alex_stays_booked_until_somebody_is_asked_again(app: Flask) -> None:
    sam, priya = patient_id(app, SAM), account_of(app, PRIYA)
    with at_the_clinic(app):
        (booked,) = after_a_stop.booked_with(sam, [person_id(app, SAM, ALEX)])
        after_a_stop.keep(sam, booked.ref, account_id=priya)
    leave(app)

    with at_the_clinic(app):
        assert after_a_stop.kept(sam) == set()
        assert after_a_stop.booked_with(sam, after_a_stop.without_sharing(sam)) == [booked]


def test_who_has_left_signs_for_a_date_and_no_more_until_they_leave(app: Flask) -> None:
    leave(app)
    alex = person_id(app, SAM, ALEX)
    with pytest.raises(Refused):
        sign(app, replace(EVERYTHING_ANSWERED, related_person_id=alex, ends_with_program=True))
    sign(app, replace(EVERYTHING_ANSWERED, related_person_id=alex))

    assert scopes_of(app, ALEX, SAM) != set()


def test_nobody_who_is_not_here_can_leave(app: Flask) -> None:
    with pytest.raises(NotShared), at_the_clinic(app):
        leaving.leave(999_999, account_id=account_of(app, PRIYA))
