"""What is offered can be booked, and nothing else can: random hours, overrides, bookings, zones and clock changes.

`OFFERS` sets how many random therapists are tried; one function offers times and validates them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from portal import clinic
from portal import clock as portal_clock
from portal.cast import BEN, DANA, SAM
from portal.consent.viewer import Viewer, look_as
from portal.db import session
from portal.errors import Refused
from portal.models import (
    Account,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Clinic,
    Closure,
    Consent,
    FamilySessionTerms,
    FreeHours,
    FreeHoursOverride,
    OutgoingEmail,
    RelatedPerson,
    Relative,
    StaffMember,
)
from portal.services import booking, therapist_times
from portal.services.booking import Choice
from tests.conftest import Clock, patient_id
from tests.services.test_recurrence_oracle import ZONES, clock_changes

OFFERS = int(os.environ.get("OFFERS", "15"))
MOST_TRIED = 12
MOST_ROUNDS = 5
tried = {"therapists": 0, "offered": 0, "not offered": 0}

minutes = st.integers(0, 96).map(lambda quarters: quarters * 15)
windows = st.tuples(minutes, minutes)


@pytest.mark.both_databases
def test_booking_takes_what_is_offered_and_refuses_everything_else(app: Flask, clock: Clock) -> None:
    sam = patient_id(app, SAM)

    @settings(max_examples=OFFERS, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(chosen=st.data())
    def try_one(chosen: st.DataObject) -> None:
        with app.app_context():
            _a_therapist(chosen, clock, sam)
            staff_id = _ben()
            offered = therapist_times.free_times(staff_id)
            _try_all(sam, staff_id, offered, chosen)
            session().rollback()
            clinic.forget()

    for _ in range(MOST_ROUNDS):  # some rounds have few therapists with time to offer
        try_one()
        if tried["offered"] >= OFFERS:
            break
    print(tried)
    assert tried["offered"] >= OFFERS
    assert tried["not offered"] >= 5 * OFFERS


def _try_all(sam: int, staff_id: int, offered: list[dt.datetime], chosen: st.DataObject) -> None:
    terms = session().get_one(FamilySessionTerms, staff_id)
    tried["therapists"] += 1
    for start in chosen.draw(st.lists(st.sampled_from(offered), min_size=4, max_size=MOST_TRIED)) if offered else []:
        assert _is_booked(sam, staff_id, start), start
        tried["offered"] += 1
    for start in _near(offered, terms, chosen):
        if start not in offered:
            assert not _is_booked(sam, staff_id, start), start
            tried["not offered"] += 1
    for one, other in pairwise(offered):
        assert one < other


def _is_booked(sam: int, staff_id: int, start: dt.datetime) -> bool:
    """Whether booking takes it; nothing of it stays."""
    savepoint = session().begin_nested()
    try:
        made = booking.book(Choice(sam, staff_id, start, "online"))
        session().flush()
        return made.id is not None
    except Refused:
        return False
    finally:
        savepoint.rollback()


def _near(offered: list[dt.datetime], terms: FamilySessionTerms, chosen: st.DataObject) -> Iterator[dt.datetime]:
    """Starts beside those that are offered, and any others."""
    now = portal_clock.now()
    for start in offered[:3] + offered[-3:]:
        for shift in (-15, -1, 1, 15, terms.minutes, -terms.minutes):
            yield start + dt.timedelta(minutes=shift)
    for hours in chosen.draw(st.lists(st.integers(-48, 24 * 40), min_size=8, max_size=8)):
        yield now + dt.timedelta(hours=hours)


def _ben() -> int:
    return session().scalars(select(StaffMember.id).where(StaffMember.name == BEN.name)).one()


def _a_therapist(chosen: st.DataObject, clock: Clock, sam: int) -> None:
    """Another clinic clock, other hours and other bookings; the consent holds all the while."""
    zone = ZoneInfo(chosen.draw(st.sampled_from(ZONES)))
    changes = list(clock_changes(zone, dt.date(2024, 1, 1), dt.date(2031, 1, 1)))
    around = chosen.draw(st.sampled_from(changes)) if changes else dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    now = around - dt.timedelta(minutes=chosen.draw(st.integers(0, 20 * 24 * 60)))
    clock.set(now)
    _move_the_clinic(zone)
    long_ago, far_away = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    session().execute(
        update(Consent)
        .where(Consent.patient_id == sam)
        .values(signed_at=long_ago, starts_at=long_ago, ends_at=far_away, ends_sooner_at=None, verified_at=long_ago)
    )
    relative = session().scalars(select(Relative).join(Account).where(Account.email == DANA.email)).one()
    session().execute(update(RelatedPerson).where(RelatedPerson.patient_id == sam).values(accepted_at=long_ago))
    _terms(chosen, zone, now)
    _bookings(chosen, sam, now)
    session().flush()
    session().expire_all()
    look_as(Viewer(account_id=relative.account_id, account_ref="dana", relative_id=relative.id))


def _move_the_clinic(zone: ZoneInfo) -> None:
    """Its facts are remembered; this context has other ones."""
    session().execute(update(Clinic).values(time_zone=zone.key))
    g.clinic = dataclasses.replace(clinic.facts(), time_zone=zone.key)


def _terms(chosen: st.DataObject, zone: ZoneInfo, now: dt.datetime) -> None:
    staff_id, draw = _ben(), chosen.draw
    some = st.one_of(st.none(), st.integers(0, 6))
    session().execute(
        update(FamilySessionTerms)
        .where(FamilySessionTerms.staff_id == staff_id)
        .values(
            minutes=draw(st.sampled_from([15, 20, 45, 50, 60, 90])),
            gap_minutes=draw(st.sampled_from([0, 10, 30])),
            step_minutes=draw(st.sampled_from([None, None, 15, 20, 60])),
            notice_hours=draw(st.integers(0, 72)),
            horizon_days=draw(st.integers(1, 35)),
            per_day=draw(some), per_week=draw(some), per_month=draw(some), per_year=draw(some),
            per_family_open=None, modes=["online"],
        )
    )  # fmt: skip
    session().execute(delete(FreeHours).where(FreeHours.staff_id == staff_id))
    session().execute(delete(FreeHoursOverride).where(FreeHoursOverride.staff_id == staff_id))
    session().execute(delete(Closure))
    for weekday in range(7):
        for start, end in draw(st.lists(windows, max_size=3)):
            session().add(FreeHours(staff_id=staff_id, weekday=weekday, from_minute=start, to_minute=end))
    today = now.astimezone(zone).date()
    for ahead in draw(st.sets(st.integers(0, 20), max_size=4)):
        day, hours = today + dt.timedelta(days=ahead), draw(st.one_of(st.none(), windows))
        start, end = hours or (None, None)
        session().add(
            FreeHoursOverride(staff_id=staff_id, on_date=day, closed=hours is None, from_minute=start, to_minute=end)
        )
    if draw(st.booleans()):
        first = today + dt.timedelta(days=draw(st.integers(0, 10)))
        session().add(Closure(starts_on=first, ends_on=first + dt.timedelta(days=1), name="Holiday"))


def _bookings(chosen: st.DataObject, sam: int, now: dt.datetime) -> None:
    staff_id = _ben()
    session().execute(delete(OutgoingEmail))
    mine = select(Appointment.id).where(Appointment.staff_id == staff_id)
    session().execute(delete(AppointmentParticipant).where(AppointmentParticipant.appointment_id.in_(mine)))
    session().execute(delete(Appointment).where(Appointment.staff_id == staff_id))
    busy_until = now - dt.timedelta(days=2)
    for wait, length, gap, status in chosen.draw(
        st.lists(
            st.tuples(
                st.integers(0, 60 * 72), st.integers(10, 120), st.integers(0, 30), st.sampled_from(AppointmentStatus)
            ),
            max_size=12,
        )
    ):
        starts_at = busy_until + dt.timedelta(minutes=wait)
        ends_at = starts_at + dt.timedelta(minutes=length)
        busy_until = ends_at + dt.timedelta(minutes=gap)
        kept = status == AppointmentStatus.PROPOSED
        session().add(
            Appointment(
                patient_id=sam, staff_id=staff_id, starts_at=starts_at, ends_at=ends_at, busy_until=busy_until,
                status=status, held_until=now + dt.timedelta(minutes=length - 60) if kept else None,
            )
        )  # fmt: skip
