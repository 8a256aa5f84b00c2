"""The care team cancels, moves and books family sessions: the database has the last word, and no family reads why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, LEE, PAT, PRIYA, SAM, Person
from portal.consent.shared import SharedAppointment, SharedKeptTime
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.emails.reminder_times import REMINDERS
from portal.errors import NotShared, Refused
from portal.models import (
    Account,
    Appointment,
    AppointmentParticipant,
    FamilySessionTerms,
    OutgoingEmail,
    RecordEntry,
    RelatedPerson,
    Relative,
    StaffMember,
)
from portal.services import bookings, bookings_list, consents, kept_times, needs, offers
from portal.services.bookings import Wish
from portal.services.therapist_times import free_times
from tests.conftest import Clock, at_the_clinic, patient_id
from tests.services.test_consents import account_id, person_id, rows

CHICAGO = ZoneInfo("America/Chicago")


def at(wall: str) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=CHICAGO)


def member(app: Flask, person: Person) -> int:
    return rows(app, select(StaffMember.id).join(Account).where(Account.email == person.email))[0]  # type: ignore[no-any-return]


def relative(app: Flask, person: Person) -> int:
    return rows(app, select(Relative.id).join(Account).where(Account.email == person.email))[0]  # type: ignore[no-any-return]


def sessions(app: Flask) -> list[Appointment]:
    """Sam's: with Dana tomorrow at 5:30 PM, with Alex in ten days at 4:30 PM, and whatever was booked since."""
    return rows(
        app, select(Appointment).where(Appointment.patient_id == patient_id(app, SAM)).order_by(Appointment.starts_at)
    )


def kept(app: Flask) -> list[Appointment]:
    return rows(app, select(Appointment).where(Appointment.status == "proposed").order_by(Appointment.starts_at))


def mail(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        g.reading = True
        asked = select(OutgoingEmail.message, Account.email).join(Account, Account.id == OutgoingEmail.account_id)
        asked = asked.where(OutgoingEmail.message.not_in(REMINDERS)).order_by(OutgoingEmail.id)
        return [(message, email) for message, email in session().execute(asked)]


def acts(app: Flask) -> list[tuple[str, int | None]]:
    """What the care team did to family sessions, with whose account."""
    found = rows(app, select(RecordEntry).where(RecordEntry.door == "staff", RecordEntry.what == "family"))
    return [(entry.act, entry.account_id) for entry in found]


def free(app: Flask) -> list[dt.datetime]:
    ben = member(app, BEN)
    with app.app_context():
        g.reading = True
        return free_times(ben)


def could_be_offered(app: Flask, ref: str) -> tuple[list[dt.datetime], list[dt.datetime]]:
    with app.app_context():
        g.reading = True
        found = bookings_list.find(ref)
        return offers.could_be_offered(found), offers.suggested(found)


@contextmanager
def seen_by(app: Flask, person: Person) -> Iterator[None]:
    me = relative(app, person)
    with app.app_context(), viewing_as(Viewer(account_id=None, relative_id=me, is_counted=False)):
        g.reading = True
        yield


# Cancelling


@pytest.mark.both_databases
def test_a_session_is_cancelled_by_us_and_up_to_three_times_are_kept_for_its_family(app: Flask) -> None:
    ref, priya = sessions(app)[0].ref, account_id(app, PRIYA)
    _, suggested = could_be_offered(app, ref)
    with at_the_clinic(app):
        bookings.cancel(ref, "Ben has a fever", suggested, account_id=priya)

    tomorrow = rows(app, select(Appointment).where(Appointment.ref == ref))[0]
    assert (tomorrow.status, tomorrow.cancelled_by, tomorrow.cancelled_because) == (
        "cancelled", "clinic", "Ben has a fever",
    )  # fmt: skip
    dana = relative(app, DANA)
    assert [(one.starts_at, one.held_for_id, one.instead_of_id) for one in kept(app)] == [
        (start, dana, tomorrow.id) for start in suggested
    ]
    assert not set(suggested) & set(free(app))
    assert mail(app) == [("booking_cancelled", DANA.email)]
    assert acts(app) == [("cancelled", priya)]
    with seen_by(app, DANA):
        assert [row.starts_at for row in session().scalars(select(SharedKeptTime))] == suggested
        (seen,) = session().scalars(select(SharedAppointment).where(SharedAppointment.status == "cancelled"))
        assert "fever" not in repr([getattr(seen, column.key) for column in SharedAppointment.__table__.c])


def test_times_are_kept_to_the_end_of_the_third_working_day_or_until_anybody_could_book_them(app: Flask) -> None:
    with_dana, with_alex = (one.ref for one in sessions(app))
    with at_the_clinic(app):
        bookings.cancel(with_dana, "", [at("2026-12-08T16:30"), at("2026-12-09T10:00")], account_id=None)
        bookings.cancel(with_alex, "", [at("2026-11-25T10:00"), at("2026-12-10T10:00")], account_id=None)

    until = {one.starts_at: one.held_until for one in kept(app)}
    # Thursday and Friday are closed, so the third working day after Monday is the next Monday.
    assert until[at("2026-12-08T16:30")] == until[at("2026-12-09T10:00")] == at("2026-12-01T00:00")
    assert until[at("2026-11-25T10:00")] == until[at("2026-12-10T10:00")] == at("2026-11-24T10:00")


def test_its_own_time_and_one_that_has_to_be_taken_within_hours_are_no_offer(app: Flask) -> None:
    starts, suggested = could_be_offered(app, sessions(app)[0].ref)

    assert at("2026-11-24T16:30") in starts
    assert at("2026-11-24T17:30") not in starts
    assert [start.astimezone(CHICAGO).date().isoformat() for start in suggested] == [
        "2026-11-24", "2026-11-25", "2026-11-30",
    ]  # fmt: skip


def test_who_sees_nothing_any_more_is_offered_nothing(app: Flask) -> None:
    sam, dana, ref = patient_id(app, SAM), person_id(app, SAM, DANA), sessions(app)[0].ref
    with at_the_clinic(app):
        consents.stop(sam, dana)

    assert could_be_offered(app, ref) == ([], [])
    with pytest.raises(Refused, match="just taken"), at_the_clinic(app):
        bookings.cancel(ref, "", [at("2026-12-08T16:30")], account_id=None)
    with at_the_clinic(app):
        bookings.cancel(ref, "", [], account_id=None)
    assert sessions(app)[0].status == "cancelled"


def test_times_are_kept_for_who_booked_or_else_for_the_first_who_said_yes(app: Flask) -> None:
    first = sessions(app)[0]
    alex = relative(app, ALEX)
    with at_the_clinic(app):
        session().add(AppointmentParticipant(appointment_id=first.id, relative_id=alex))
        session().get_one(Appointment, first.id).booked_by_id = account_id(app, ALEX)
    with at_the_clinic(app):
        bookings.cancel(first.ref, "", [at("2026-12-08T16:30")], account_id=None)

    assert [one.held_for_id for one in kept(app)] == [alex]


@pytest.mark.both_databases
def test_a_time_that_somebody_took_meanwhile_cancels_nothing(app: Flask) -> None:
    with_dana, with_alex = sessions(app)
    with pytest.raises(Refused, match="just taken"), at_the_clinic(app):
        bookings.cancel(with_dana.ref, "", [with_alex.starts_at], account_id=None)

    assert {one.status for one in sessions(app)} == {"confirmed"}


def test_what_has_begun_or_is_cancelled_is_not_there_to_cancel_or_move(app: Flask, clock: Clock) -> None:
    with_dana, with_alex = sessions(app)
    with at_the_clinic(app):
        bookings.cancel(with_alex.ref, "", [], account_id=None)
    clock.set(with_dana.starts_at)
    for ref in (with_dana.ref, with_alex.ref, "zzzzzzzzzz"):
        with pytest.raises(NotShared), at_the_clinic(app):
            bookings.cancel(ref, "", [], account_id=None)
        with pytest.raises(NotShared), at_the_clinic(app):
            bookings.move(ref, at("2026-12-08T16:30"), account_id=None)


# Moving


@pytest.mark.both_databases
def test_a_session_is_moved_to_a_free_time_and_waits_until_somebody_of_the_family_says_yes(app: Flask) -> None:
    first, priya = sessions(app)[0], account_id(app, PRIYA)
    with at_the_clinic(app):
        bookings.move(first.ref, at("2026-12-08T16:30"), account_id=priya)

    moved = rows(app, select(Appointment).where(Appointment.ref == first.ref))[0]
    assert (moved.starts_at, moved.ends_at, moved.was_at) == (
        at("2026-12-08T16:30"), at("2026-12-08T17:20"), first.starts_at,
    )  # fmt: skip
    assert (moved.status, moved.sequence, moved.moves, moved.overridden_because) == ("pending", 1, 0, None)
    assert moved.answer_by is not None
    assert rows(app, select(AppointmentParticipant.says).where(AppointmentParticipant.appointment_id == first.id)) == [
        "needs-action"
    ]
    assert mail(app) == [("booking_moved", DANA.email)]
    assert acts(app) == [("moved", priya)]
    assert first.starts_at in free(app)


@pytest.mark.both_databases
def test_outside_the_hours_it_moves_with_a_reason_only(app: Flask) -> None:
    first = sessions(app)[0]
    sunday = at("2026-12-06T07:00")
    with pytest.raises(Refused, match="Write down why"), at_the_clinic(app):
        bookings.move(first.ref, sunday, account_id=None)
    with at_the_clinic(app):
        bookings.move(first.ref, sunday, "Dana works nights", said_yes=True, account_id=None)

    moved = rows(app, select(Appointment).where(Appointment.ref == first.ref))[0]
    assert (moved.starts_at, moved.overridden_because) == (sunday, "Dana works nights")
    assert rows(app, select(AppointmentParticipant.says).where(AppointmentParticipant.appointment_id == first.id)) == [
        "accepted"
    ]


@pytest.mark.both_databases
def test_no_reason_makes_room_for_two_sessions_at_once(app: Flask) -> None:
    first, second = sessions(app)
    with pytest.raises(Refused, match="just taken"), at_the_clinic(app):
        bookings.move(first.ref, second.starts_at + dt.timedelta(minutes=20), "We squeeze it in", account_id=None)

    assert [one.starts_at for one in sessions(app)] == [first.starts_at, second.starts_at]


@pytest.mark.both_databases
def test_a_time_kept_for_somebody_else_is_not_taken_but_one_that_is_over_is(app: Flask, clock: Clock) -> None:
    first, (sam, ben, alex) = sessions(app)[0], (patient_id(app, SAM), member(app, BEN), relative(app, ALEX))
    wanted = at("2026-12-08T16:30")
    with at_the_clinic(app):
        until = clock.moment + dt.timedelta(minutes=10)
        kept_times.keep(sam, alex, ben, wanted, mode="online", kind="with patient", until=until)
    with pytest.raises(Refused, match="just taken"), at_the_clinic(app):
        bookings.move(first.ref, wanted, "Whatever", account_id=None)

    clock.forward(minutes=10)
    with at_the_clinic(app):
        bookings.move(first.ref, wanted, account_id=None)
    assert sessions(app)[-1].starts_at == wanted


def test_the_care_team_says_the_therapists_yes_with_the_time_and_not_the_patients(app: Flask) -> None:
    first, ben = sessions(app)[0], member(app, BEN)
    dana = person_id(app, SAM, DANA)
    with at_the_clinic(app):
        session().get_one(FamilySessionTerms, ben).asks_first = True
        session().get_one(RelatedPerson, dana).asks_before_sessions = True
    with at_the_clinic(app):
        bookings.move(first.ref, at("2026-12-08T16:30"), account_id=None)

    moved = rows(app, select(Appointment).where(Appointment.ref == first.ref))[0]
    assert (moved.status, moved.staff_says, moved.patient_says) == ("pending", "accepted", "needs-action")


# A room, a link


@pytest.mark.both_databases
def test_a_session_in_person_needs_a_room_until_it_has_one_that_no_other_session_is_in(app: Flask) -> None:
    with_dana, with_alex = sessions(app)

    def without_a_room() -> list[str]:
        with app.app_context():
            g.reading = True
            return [need.booking_ref for need in needs.all_of_them().no_room]

    assert without_a_room() == [with_alex.ref]
    with at_the_clinic(app):
        bookings.put_in(with_alex.ref, "  Room   4 ", "", account_id=None)
    assert without_a_room() == []
    assert (sessions(app)[1].place, sessions(app)[1].sequence) == ("Room 4", 1)
    assert acts(app) == [("changed", None)]

    lee = member(app, LEE)
    with at_the_clinic(app):
        other = Appointment(
            patient_id=with_dana.patient_id, staff_id=lee, starts_at=with_alex.starts_at, ends_at=with_alex.ends_at,
            busy_until=with_alex.busy_until, mode="in person", ref="bbbbbbbbbb",
        )  # fmt: skip
        session().add(other)
    with pytest.raises(Refused, match="room 4 is taken by another family session"), at_the_clinic(app):
        bookings.put_in("bbbbbbbbbb", "room 4", "", account_id=None)


def test_a_session_has_a_link_of_its_own_that_is_encrypted(app: Flask) -> None:
    ref = sessions(app)[0].ref
    with pytest.raises(Refused, match="https://"), at_the_clinic(app):
        bookings.put_in(ref, "", "http://meet.example.org", account_id=None)
    with at_the_clinic(app):
        bookings.put_in(ref, "", "https://meet.example.org/dana", account_id=None)

    assert sessions(app)[0].online_link == "https://meet.example.org/dana"


# Booking for a family


def wish(app: Flask, *people: Person, **other: Any) -> Wish:
    fields: dict[str, Any] = {
        "patient_id": patient_id(app, SAM),
        "staff_id": member(app, BEN),
        "related_person_ids": tuple(person_id(app, SAM, person) for person in people),
        "starts_at": at("2026-12-08T16:30"),
        "mode": "in person",
        "kind": "with patient",
    }
    return Wish(**(fields | other))


@pytest.mark.both_databases
def test_a_session_is_booked_for_a_family_that_calls(app: Flask) -> None:
    priya = account_id(app, PRIYA)
    asked = wish(app, DANA, ALEX, note=" They bring photos ")
    with at_the_clinic(app):
        bookings.book(asked, account_id=priya)

    booked = sessions(app)[-1]
    assert (booked.status, booked.booked_by_id, booked.note, booked.overridden_because) == (
        "confirmed", priya, "They bring photos", None,
    )  # fmt: skip
    assert sorted(mail(app)) == [("booking_confirmed", ALEX.email), ("booking_confirmed", DANA.email)]
    assert acts(app) == [("booked", priya)]
    with seen_by(app, ALEX):
        assert asked.starts_at in set(session().scalars(select(SharedAppointment.starts_at)))


def test_a_time_outside_needs_a_reason_that_only_the_care_team_reads(app: Flask) -> None:
    sunday = at("2026-12-06T07:00")
    with pytest.raises(Refused, match="Write down why"), at_the_clinic(app):
        bookings.book(wish(app, DANA, starts_at=sunday), account_id=None)
    with at_the_clinic(app):
        bookings.book(wish(app, DANA, starts_at=sunday, because="They drive far"), account_id=None)

    with seen_by(app, DANA):
        (seen,) = session().scalars(select(SharedAppointment).where(SharedAppointment.starts_at == sunday))
        assert "drive" not in repr([getattr(seen, column.key) for column in SharedAppointment.__table__.c])


@pytest.mark.both_databases
def test_a_taken_time_is_not_booked_whatever_the_reason(app: Flask) -> None:
    taken = sessions(app)[1].starts_at
    with pytest.raises(Refused, match="just taken"), at_the_clinic(app):
        bookings.book(wish(app, DANA, starts_at=taken, because="They cannot come at any other"), account_id=None)

    assert len(sessions(app)) == 2


def test_who_is_not_shared_with_cannot_be_booked_for(app: Flask) -> None:
    for people in ((PAT,), (DANA, PAT)):
        with pytest.raises(NotShared), at_the_clinic(app):
            bookings.book(wish(app, *people), account_id=None)
    with pytest.raises(Refused, match="Choose who comes"), at_the_clinic(app):
        bookings.book(wish(app), account_id=None)


def test_a_way_to_meet_or_a_kind_that_the_therapist_does_not_hold_is_refused(app: Flask) -> None:
    for other in ({"mode": "by post"}, {"kind": "couple"}):
        with pytest.raises(Refused), at_the_clinic(app):
            bookings.book(wish(app, DANA, **other), account_id=None)
    with pytest.raises(NotShared), at_the_clinic(app):
        bookings.book(wish(app, DANA, staff_id=member(app, PRIYA)), account_id=None)
