"""A family session that is booked when sharing stops stays, until the patient cancels it; nobody is told why."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, ROBIN, SAM
from portal.consent.scopes import Scope
from portal.db import db
from portal.emails import delivery, line
from portal.errors import NotShared
from portal.models import Act, Appointment, AppointmentParticipant, OutgoingEmail, RecordEntry, Relative, StaffMember
from portal.services import after_a_stop, consents, needs, therapist_times
from tests.conftest import Clock, at_the_clinic, patient_id
from tests.services.test_consents import account_id, person_id, rows


def sessions(app: Flask) -> list[Appointment]:
    return rows(
        app, select(Appointment).where(Appointment.patient_id == patient_id(app, SAM)).order_by(Appointment.starts_at)
    )


def stop_dana(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.stop(sam, dana)


def cancel(app: Flask, ref: str) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        after_a_stop.cancel(sam, ref)


def waiting_to_be_called(app: Flask) -> list[dt.datetime]:
    with app.app_context():
        return [need.at for need in needs.all_of_them().to_call if need.at and need.who.given_name == "Sam"]


@pytest.mark.both_databases
def test_it_lists_the_sessions_of_the_people_asked_about(app: Flask) -> None:
    sam, dana, alex = patient_id(app, SAM), person_id(app, SAM, DANA), person_id(app, SAM, ALEX)
    with_dana, with_alex = sessions(app)
    with app.app_context():
        of_dana = after_a_stop.booked_with(sam, [dana])
        of_both = after_a_stop.booked_with(sam, [dana, alex])
        of_robin = after_a_stop.booked_with(patient_id(app, ROBIN), [dana])

    assert [(one.ref, one.names) for one in of_dana] == [(with_dana.ref, ("Dana Rivera",))]
    assert [one.ref for one in of_both] == [with_dana.ref, with_alex.ref]
    assert of_robin == []


def test_a_session_with_two_relatives_names_both(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    with_dana = sessions(app)[0]
    with at_the_clinic(app):
        alex = db.session.scalars(select(Relative.id).where(Relative.account_id == account_id(app, ALEX))).one()
        db.session.add(AppointmentParticipant(appointment_id=with_dana.id, relative_id=alex))
    with app.app_context():
        assert after_a_stop.booked_with(sam, [dana])[0].names == ("Dana Rivera", "Alex Rivera")


@pytest.mark.both_databases
def test_without_a_choice_it_stays_and_the_care_team_calls(app: Flask) -> None:
    assert waiting_to_be_called(app) == []

    stop_dana(app)

    assert sessions(app)[0].status == "confirmed"
    assert waiting_to_be_called(app) == [sessions(app)[0].starts_at]


def test_a_pause_makes_the_care_team_call_about_every_session(app: Flask) -> None:
    with at_the_clinic(app):
        consents.pause(patient_id(app, SAM))

    assert waiting_to_be_called(app) == [one.starts_at for one in sessions(app)]


def test_family_sessions_turned_off_alone_make_the_care_team_call(app: Flask) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.narrow(sam, dana, Scope.FAMILY)

    assert waiting_to_be_called(app) == [sessions(app)[0].starts_at]


@pytest.mark.both_databases
def test_cancelling_frees_the_time_and_ends_the_call(app: Flask) -> None:
    stop_dana(app)
    ben = rows(app, select(StaffMember.id).join(StaffMember.account).where(StaffMember.name == BEN.name))[0]
    booked = sessions(app)[0]
    with app.app_context():
        before = therapist_times.free_times(ben)

    cancel(app, booked.ref)

    with app.app_context():
        after = therapist_times.free_times(ben)
    assert set(after) - set(before) == {booked.starts_at}
    assert waiting_to_be_called(app) == []
    entry = rows(app, select(RecordEntry).where(RecordEntry.act == Act.CANCELLED))[0]
    assert (entry.door, entry.thing_id) == ("patient", booked.id)


def test_who_sees_nothing_any_more_is_not_written_to(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    monkeypatch.setattr(line.Line, "send", lambda self, letter, *_, **__: sent.append(letter.to))
    app.config["MAIL_SERVER"] = "localhost"
    stop_dana(app)

    cancel(app, sessions(app)[0].ref)
    with app.app_context():
        delivery.deliver()

    about = rows(
        app, select(OutgoingEmail.outcome, OutgoingEmail.reason).where(OutgoingEmail.message == "booking_cancelled")
    )
    assert about == ["withheld"]
    assert DANA.email not in sent


def test_another_relative_in_it_learns_that_it_is_off_and_not_by_whom(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = []
    monkeypatch.setattr(line.Line, "send", lambda self, letter, *_, **__: letters.append(letter))
    app.config["MAIL_SERVER"] = "localhost"
    with at_the_clinic(app):
        alex = db.session.scalars(select(Relative.id).where(Relative.account_id == account_id(app, ALEX))).one()
        db.session.add(AppointmentParticipant(appointment_id=sessions(app)[0].id, relative_id=alex))
    stop_dana(app)

    cancel(app, sessions(app)[0].ref)
    with app.app_context():
        delivery.deliver()

    to_alex = [letter for letter in letters if letter.to == ALEX.email]
    assert len(to_alex) == 1
    assert "Sam" not in to_alex[0].text
    assert sessions(app)[0].cancelled_by == "clinic", "the same as of any other session that did not take place"


def test_cancelling_twice_is_cancelling_once(app: Flask) -> None:
    stop_dana(app)
    for _ in range(2):
        cancel(app, sessions(app)[0].ref)

    assert len(rows(app, select(RecordEntry).where(RecordEntry.act == Act.CANCELLED))) == 1


def test_nobody_cancels_the_session_of_another_patient_or_one_that_is_over(app: Flask, clock: Clock) -> None:
    ref = sessions(app)[0].ref
    with app.app_context(), pytest.raises(NotShared):
        after_a_stop.cancel(patient_id(app, ROBIN), ref)
    clock.forward(days=2)
    with app.app_context(), pytest.raises(NotShared):
        after_a_stop.cancel(patient_id(app, SAM), ref)
