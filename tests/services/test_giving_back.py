"""A time that a relative gives back goes to others, not to them again; and a session nobody comes to does not stay."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, PRIYA, SAM
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import Refused
from portal.models import Appointment, AppointmentStatus, Consent, ConsentScope, FamilySessionTerms
from portal.services import booking, bookings, consents, kept_times, leaving, sessions
from portal.services.booking import Choice
from tests.conftest import Clock, at_the_clinic, patient_id
from tests.services.test_bookings import account_id
from tests.services.test_consents import person_id, rows
from tests.services.test_sessions import again, emails, looking, of_ben, with_alex
from tests.services.test_waiting_list import EVENING, LATER, close, ends, offers, opens, sweeps, waits

pytestmark = pytest.mark.both_databases


@pytest.fixture
def app(app: Flask) -> Flask:
    """A house in which Ben offers nothing yet, and has no session with Sam's family."""
    close(app)
    ben = of_ben(app)
    with at_the_clinic(app):
        for one in session().scalars(select(Appointment)):
            one.status = AppointmentStatus.CANCELLED
        session().get_one(FamilySessionTerms, ben).per_family_open = None
    return app


def books(app: Flask, start: dt.datetime) -> Appointment:
    """Dana takes that time with Ben."""
    sam, ben = patient_id(app, SAM), of_ben(app)
    with looking(app, DANA):
        ref = booking.book(Choice(sam, ben, start, "online")).ref
    return again(app, ref)


# Given back


def test_who_cancels_is_not_offered_the_same_time_from_the_list_and_the_next_one_is(app: Flask, clock: Clock) -> None:
    opens(app, EVENING)
    made = books(app, EVENING)
    waits(app, DANA)
    clock.forward(minutes=1)
    waits(app, ALEX)

    with looking(app, DANA):
        sessions.cancel(made.id)

    assert offers(app) == [(ALEX.email, EVENING)]


def test_who_moves_to_the_time_they_waited_for_waits_no_more_and_is_not_offered_the_old_one(app: Flask) -> None:
    opens(app, EVENING)
    made = books(app, EVENING)
    waits(app, DANA)
    opens(app, LATER)
    assert offers(app) == [(DANA.email, LATER)]

    with looking(app, DANA):
        booking.move(made.id, LATER)

    assert again(app, made.ref).starts_at == LATER
    assert offers(app) == []
    assert ends(app) == ["booked"]


# How long, how many


def test_an_offer_ends_when_nobody_could_book_the_time_any_more(app: Flask, clock: Clock) -> None:
    waits(app, DANA)
    clock.set(EVENING - dt.timedelta(hours=30))  # Ben takes bookings until a day before

    opens(app, EVENING)

    [until] = rows(app, select(Appointment.held_until).where(kept_times.IS_KEPT))
    assert until == EVENING - dt.timedelta(hours=24)


def test_a_time_that_would_have_to_be_taken_within_hours_is_offered_to_everybody_instead(
    app: Flask, clock: Clock
) -> None:
    waits(app, DANA)
    clock.set(EVENING - dt.timedelta(hours=26))

    opens(app, EVENING)

    assert offers(app) == []


def test_a_kept_time_is_no_second_session_on_a_day_of_one(app: Flask) -> None:
    ben, noon = of_ben(app), EVENING.replace(hour=12)
    with at_the_clinic(app):
        session().get_one(FamilySessionTerms, ben).per_day = 1
    waits(app, DANA)
    opens(app, EVENING)
    opens(app, noon)
    books(app, noon)

    with pytest.raises(Refused, match="just taken"):
        books(app, EVENING)


def test_what_is_kept_for_sams_session_is_not_taken_for_anybody_elses(app: Flask) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    waits(app, DANA)
    opens(app, EVENING)

    with looking(app, DANA) as dana:
        assert kept_times.of(sam, dana, ben, EVENING) is not None
        assert kept_times.of(sam + 1, dana, ben, EVENING) is None


# Nobody comes


def test_a_session_that_staff_move_is_confirmed_by_a_yes_and_called_off_without_one(app: Flask, clock: Clock) -> None:
    opens(app, EVENING, LATER)
    for yes in (True, False):
        made = books(app, EVENING)
        with at_the_clinic(app):
            bookings.move(made.ref, LATER, account_id=account_id(app, PRIYA))
        assert again(app, made.ref).status == "pending"
        if yes:
            with looking(app, DANA):
                sessions.relative_answers(made.id, yes=True)
            assert again(app, made.ref).status == "confirmed"
            with looking(app, DANA):
                sessions.cancel(made.id)
        else:
            clock.forward(days=2)
            sweeps(app)
            assert again(app, made.ref).status == "cancelled"


def test_when_the_only_yes_leaves_the_others_have_two_days(app: Flask, clock: Clock) -> None:
    opens(app, EVENING)
    made = books(app, EVENING)
    with_alex(app, made, yes=None)

    with looking(app, DANA):
        sessions.cancel(made.id)

    assert again(app, made.ref).status == "pending"
    assert emails(app, "booking_cancelled") == [DANA.email]
    clock.forward(days=2)
    sweeps(app)
    assert again(app, made.ref).status == "cancelled"


def test_somebody_who_sees_no_family_sessions_any_more_keeps_none_going(app: Flask) -> None:
    opens(app, EVENING)
    made = books(app, EVENING)
    with_alex(app, made, yes=True)
    sam, alex = patient_id(app, SAM), person_id(app, SAM, ALEX)
    with at_the_clinic(app):
        consents.stop(sam, alex)

    with looking(app, DANA):
        sessions.cancel(made.id)

    assert again(app, made.ref).status == "cancelled"


def test_leaving_the_program_frees_what_is_kept_for_who_sees_only_something_else_from_then_on(app: Flask) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        dana = person_id(app, SAM, DANA)
        [signed] = session().scalars(select(Consent).where(Consent.related_person_id == dana)).all()
        signed.ends_with_program = True
        copied = {column.key: getattr(signed, column.key) for column in Consent.__table__.columns if column.key != "id"}
        session().add(
            Consent(
                **copied | {"ends_with_program": False, "ref": "0therkns3n"}, scopes=[ConsentScope(scope=Scope.TIMES)]
            )
        )
    waits(app, DANA)
    opens(app, EVENING)
    assert offers(app) == [(DANA.email, EVENING)]

    with at_the_clinic(app):
        leaving.leave(sam, account_id=account_id(app, PRIYA))

    assert offers(app) == []
    assert ends(app) == ["sharing ended"]
