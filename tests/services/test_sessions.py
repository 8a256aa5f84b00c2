"""The three yeses of a family session, who leaves it, and what those who stay hear of it: nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, LEE, SAM, Person
from portal.consent.shared import SharedAppointment
from portal.consent.viewer import Viewer, look_as
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import (
    Account,
    Appointment,
    FamilySessionTerms,
    OutgoingEmail,
    Relative,
    StaffMember,
)
from portal.services import booking, rooms, sessions, therapist_times
from portal.services.booking import Choice
from portal.services.booking_rules import check_moves
from tests.conftest import Clock, at_the_clinic, patient_id
from tests.services.test_consents import person_id, rows

pytestmark = pytest.mark.both_databases


@contextmanager
def looking(app: Flask, person: Person) -> Iterator[int]:
    """Act as a relative; gives their number."""
    with at_the_clinic(app):
        relative = session().scalars(select(Relative).join(Account).where(Account.email == person.email)).one()
        look_as(Viewer(account_id=relative.account_id, account_ref=person.email, relative_id=relative.id))
        yield relative.id


def of_ben(app: Flask) -> int:
    return rows(app, select(StaffMember.id).where(StaffMember.name == BEN.name))[0]


def book(app: Flask, person: Person, nth: int = -1) -> Appointment:
    sam, ben = patient_id(app, SAM), of_ben(app)
    with looking(app, person):
        start = therapist_times.free_times(ben)[nth]
        made = booking.book(Choice(sam, ben, start, "online"))
        ref = made.ref
    return again(app, ref)


def again(app: Flask, ref: str) -> Appointment:
    return rows(app, select(Appointment).where(Appointment.ref == ref))[0]


def ask_first(app: Flask, person: Person) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, person)
    with at_the_clinic(app):
        sessions.ask_the_patient_first(sam, [dana])


def therapist_asks_first(app: Flask) -> None:
    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.asks_first = True


def emails(app: Flask, message: str) -> list[str]:
    asked = select(Account.email).join(OutgoingEmail, OutgoingEmail.account_id == Account.id)
    return rows(app, asked.where(OutgoingEmail.message == message, OutgoingEmail.ended_at.is_(None)))


def as_seen_by(app: Flask, person: Person, made: Appointment) -> SharedAppointment | None:
    with looking(app, person):
        seen = session().get(SharedAppointment, made.id)
        session().expunge_all()
        return seen


# The yes of the patient and of the therapist


def test_a_yes_given_in_advance_books_at_once(app: Flask) -> None:
    made = book(app, DANA)

    assert (made.status, made.answer_by) == ("confirmed", None)
    assert emails(app, "booking_confirmed") == [DANA.email]


def test_a_patient_who_wants_to_be_asked_is_asked_and_nobody_gets_an_email_before(app: Flask) -> None:
    ask_first(app, DANA)

    made = book(app, DANA)

    assert made.status == "pending"
    assert emails(app, "booking_confirmed") == []
    assert made.starts_at not in rows_of_free_times(app)

    with at_the_clinic(app):
        sessions.patient_answers(made.patient_id, made.ref, yes=True)

    assert again(app, made.ref).status == "confirmed"
    assert emails(app, "booking_confirmed") == [DANA.email]


def rows_of_free_times(app: Flask) -> list[dt.datetime]:
    ben = of_ben(app)
    with app.app_context():
        return therapist_times.free_times(ben)


def test_it_waits_until_both_have_said_yes(app: Flask) -> None:
    ask_first(app, DANA)
    therapist_asks_first(app)
    made = book(app, DANA)

    with at_the_clinic(app):
        sessions.staff_answers(made.ref, yes=True, account_id=None)
    assert again(app, made.ref).status == "pending"
    with at_the_clinic(app):
        sessions.patient_answers(made.patient_id, made.ref, yes=True)

    assert again(app, made.ref).status == "confirmed"
    assert emails(app, "booking_confirmed") == [DANA.email]


def test_the_no_of_the_patient_of_the_therapist_and_of_nobody_are_one_no(app: Flask, clock: Clock) -> None:
    ask_first(app, DANA)
    therapist_asks_first(app)
    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.per_family_open = None
    by_patient, by_therapist, by_nobody = (book(app, DANA, nth) for nth in (-1, -3, -5))

    with at_the_clinic(app):
        sessions.patient_answers(by_patient.patient_id, by_patient.ref, yes=False)
        sessions.staff_answers(by_therapist.ref, yes=False, account_id=None)
    clock.forward(days=2)
    with at_the_clinic(app):
        for one in sessions.unanswered():
            sessions.let_unanswered_go(one)

    seen = [as_seen_by(app, DANA, made) for made in (by_patient, by_therapist, by_nobody)]
    faces = {(one.status, one.cancelled_by, one.sequence, one.answer_by, one.says) for one in seen if one}
    assert len(seen) == 3
    assert faces == {("cancelled", "clinic", 1, None, "accepted")}
    assert emails(app, "booking_cancelled") == [DANA.email] * 3
    free = rows_of_free_times(app)
    assert all(made.starts_at in free for made in (by_patient, by_therapist, by_nobody))


def test_a_yes_that_comes_after_a_no_is_too_late(app: Flask) -> None:
    ask_first(app, DANA)
    therapist_asks_first(app)
    made = book(app, DANA)
    with at_the_clinic(app):
        sessions.patient_answers(made.patient_id, made.ref, yes=False)

    with app.app_context(), pytest.raises(NotShared):
        sessions.staff_answers(made.ref, yes=True, account_id=None)


def test_somebody_elses_patient_cannot_answer(app: Flask) -> None:
    from portal.cast import ROBIN

    ask_first(app, DANA)
    made = book(app, DANA)

    with app.app_context(), pytest.raises(NotShared):
        sessions.patient_answers(patient_id(app, ROBIN), made.ref, yes=True)


# Several relatives in one session


def with_alex(app: Flask, made: Appointment, *, yes: bool | None = True) -> None:
    sam, alex = patient_id(app, SAM), person_id(app, SAM, ALEX)
    with at_the_clinic(app):
        sessions.ask_to_come(sam, made.ref, alex, door="patient", account_id=None)
    if yes is not None:
        with looking(app, ALEX):
            sessions.relative_answers(made.id, yes=yes)


def test_sam_asks_alex_to_danas_session_and_alex_has_a_yes_of_their_own(app: Flask) -> None:
    made = book(app, DANA)

    with_alex(app, made, yes=None)
    assert emails(app, "booking_asked") == [ALEX.email]
    assert as_seen_by(app, ALEX, made).says == "needs-action"  # type: ignore[union-attr]
    with looking(app, ALEX):
        sessions.relative_answers(made.id, yes=True)

    assert as_seen_by(app, ALEX, made).says == "accepted"  # type: ignore[union-attr]
    assert ALEX.email in emails(app, "booking_confirmed")


def test_dana_sees_the_same_whether_alex_is_asked_comes_or_does_not(app: Flask) -> None:
    made = book(app, DANA)

    def of_dana() -> dict[str, object]:
        seen = as_seen_by(app, DANA, made)
        return {column.key: getattr(seen, column.key) for column in SharedAppointment.__table__.columns}

    alone = of_dana()
    with_alex(app, made, yes=None)
    asked = of_dana()
    with looking(app, ALEX):
        sessions.relative_answers(made.id, yes=False)

    assert alone == asked == of_dana()


def test_somebody_who_sees_no_family_sessions_cannot_be_asked(app: Flask) -> None:
    from portal.cast import PAT

    made = book(app, DANA)
    sam, pat = patient_id(app, SAM), person_id(app, SAM, PAT)

    with app.app_context(), pytest.raises(NotShared):
        sessions.ask_to_come(sam, made.ref, pat, door="patient", account_id=None)


def test_one_leaving_is_not_a_cancellation_and_looks_like_one_to_who_leaves(app: Flask, clock: Clock) -> None:
    made = book(app, DANA)
    with_alex(app, made)

    with looking(app, DANA):
        sessions.cancel(made.id)

    assert again(app, made.ref).status == "confirmed"
    assert emails(app, "booking_cancelled") == [DANA.email]
    left = as_seen_by(app, DANA, made)
    assert left is not None
    assert (left.status, left.cancelled_by, left.sequence) == ("cancelled", "relative", 1)
    assert left.starts_at == made.starts_at
    assert as_seen_by(app, ALEX, made).status == "confirmed"  # type: ignore[union-attr]


def test_who_has_left_learns_nothing_of_what_becomes_of_it(app: Flask) -> None:
    made = book(app, DANA)
    with_alex(app, made)
    with looking(app, DANA):
        sessions.cancel(made.id)

    def of_dana() -> dict[str, object]:
        seen = as_seen_by(app, DANA, made)
        return {column.key: getattr(seen, column.key) for column in SharedAppointment.__table__.columns}

    before = of_dana()
    with looking(app, ALEX):
        booking.move(made.id, therapist_times.free_times(made.staff_id)[-2])
    with looking(app, ALEX):
        sessions.cancel(made.id)

    assert again(app, made.ref).status == "cancelled"
    assert of_dana() == before


def test_the_last_to_leave_ends_it(app: Flask) -> None:
    made = book(app, DANA)
    with_alex(app, made)
    with looking(app, DANA):
        sessions.cancel(made.id)
    with looking(app, ALEX):
        sessions.cancel(made.id)

    assert again(app, made.ref).status == "cancelled"
    assert made.starts_at in rows_of_free_times(app)


def test_moving_asks_the_others_again(app: Flask) -> None:
    made = book(app, DANA)
    with_alex(app, made)

    with looking(app, DANA):
        booking.move(made.id, therapist_times.free_times(made.staff_id)[-2])

    assert as_seen_by(app, DANA, made).says == "accepted"  # type: ignore[union-attr]
    assert as_seen_by(app, ALEX, made).says == "needs-action"  # type: ignore[union-attr]
    assert sorted(emails(app, "booking_moved")) == [ALEX.email, DANA.email]


def test_moving_asks_a_patient_who_wants_to_be_asked_and_the_calendar_entry_stays_one(app: Flask) -> None:
    made = book(app, DANA)
    ask_first(app, DANA)

    with looking(app, DANA):
        booking.move(made.id, therapist_times.free_times(made.staff_id)[-2])

    moved = again(app, made.ref)
    assert (moved.status, moved.sequence, moved.was_at, moved.moves) == ("pending", 1, made.starts_at, 1)


# How often


@pytest.mark.parametrize(
    ("moves", "most", "is_refused"), [(4, 3, True), (0, 0, True), (2, 3, False), (3, 3, True), (9, None, False)]
)
def test_a_session_is_moved_so_often_and_no_more(app: Flask, moves: int, most: int | None, is_refused: bool) -> None:
    if is_refused:
        with pytest.raises(Refused, match="cannot be moved again"):
            check_moves(moves, most, "555-0100")
    else:
        check_moves(moves, most, "555-0100")


def test_the_fourth_move_needs_a_call(app: Flask) -> None:
    made = book(app, DANA)
    for nth in (-2, -3, -4):
        with looking(app, DANA):
            booking.move(made.id, therapist_times.free_times(made.staff_id)[nth])

    with looking(app, DANA), pytest.raises(Refused, match="cannot be moved again here"):
        booking.move(made.id, therapist_times.free_times(made.staff_id)[-6])


def test_rooms_are_given_out_one_after_the_other_and_none_takes_no_time_away(app: Flask) -> None:
    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.rooms, terms.modes = ["Room 4"], ["online", "in person"]
        lee = session().scalars(select(StaffMember.id).where(StaffMember.name == LEE.name)).one()
    first = book_in_person(app, of_ben(app))
    with at_the_clinic(app):
        terms = session().get_one(FamilySessionTerms, lee)
        assert first.place == "Room 4"
        assert rooms.free_one(terms, "in person", first.starts_at, first.ends_at) == ""
        assert rooms.free_one(terms, "in person", first.ends_at, first.ends_at + dt.timedelta(hours=1)) == "Room 4"
        assert rooms.free_one(terms, "online", first.starts_at, first.ends_at) == ""


def book_in_person(app: Flask, staff_id: int) -> Appointment:
    sam = patient_id(app, SAM)
    with looking(app, DANA):
        start = therapist_times.free_times(staff_id)[-1]
        ref = booking.book(Choice(sam, staff_id, start, "in person")).ref
    return again(app, ref)
