"""Hours are changed over booked sessions: each is listed and decided about, and nothing changes by itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, BEN, LEE, SAM
from portal.db import rollback, session
from portal.errors import NotShared, Refused
from portal.models import (
    Account,
    Appointment,
    FamilySessionTerms,
    FreeHoursOverride,
    OutgoingEmail,
    RecordEntry,
    Relative,
    StaffMember,
)
from portal.services import availability, kept_times
from portal.services.availability_rules import Availability, OtherDays
from portal.services.free_times import Window
from portal.services.therapist_times import free_times
from tests.conftest import at_the_clinic, patient_id
from tests.services.test_consents import rows

CHICAGO = ZoneInfo("America/Chicago")
# Ben holds sessions at 10:00 and from 4:30 PM to 8:30 PM. Tomorrow at 5:30 he has Sam and Dana; on Thursday in
# ten days at 4:30 Sam and Alex.
EVENINGS = {weekday: [Window(17 * 60 + 30, 20 * 60 + 30)] for weekday in range(5)}


def member(app: Flask, email: str = BEN.email) -> int:
    return rows(app, select(StaffMember.id).join(Account).where(Account.email == email))[0]  # type: ignore[no-any-return]


def ben_says(app: Flask, **other: Any) -> Availability:
    ben = member(app)
    with app.app_context():
        g.reading = True
        return replace(availability.of(ben), **other)


def save(app: Flask, said: Availability, decisions: dict[str, str] | None = None) -> list[str]:
    """Save, where everything is decided; the labels of the sessions about which nothing is, when nothing was done."""
    ben = member(app)
    with at_the_clinic(app):
        outcome = availability.change(ben, said, decisions or {}, account_id=None)
        undecided = [one.ref for one in outcome.outside] if outcome.undecided else []
        if outcome.undecided:
            rollback()
    return undecided


def booked(app: Flask) -> list[Appointment]:
    return rows(
        app, select(Appointment).where(Appointment.patient_id == patient_id(app, SAM)).order_by(Appointment.starts_at)
    )


def walls(app: Flask) -> list[str]:
    ben = member(app)
    with app.app_context():
        g.reading = True
        return [f"{start.astimezone(CHICAGO):%m-%d %H:%M}" for start in free_times(ben)]


def test_what_was_said_is_what_is_read_again(app: Flask) -> None:
    said = Availability(
        minutes=60, gap_minutes=15, step_minutes=30, notice_hours=12, cancel_hours=6, horizon_days=14, per_day=3,
        per_week=9, per_month=30, per_year=300, per_family_open=1, most_moves=None, modes=("in person", "online"),
        kinds=("couple", "parents"), rooms=("Room 4", "Room 5"), online_link="https://meet.example.org/ben",
        asks_first=True, weekly={0: (Window(540, 600), Window(660, 1440))},
        days=(OtherDays(dt.date(2026, 12, 21), dt.date(2026, 12, 31)),
              OtherDays(dt.date(2027, 1, 4), dt.date(2027, 1, 4), Window(600, 720))),
    )  # fmt: skip
    tomorrow, in_ten_days = booked(app)

    save(app, said, {tomorrow.ref: "keep", in_ten_days.ref: "keep"})
    again = ben_says(app)

    assert replace(again, weekly={0: tuple(again.weekly[0])}) == said


@pytest.mark.both_databases
def test_a_session_outside_the_new_hours_waits_for_a_decision(app: Flask) -> None:
    before = ben_says(app)
    _, in_ten_days = booked(app)

    undecided = save(app, ben_says(app, weekly=EVENINGS))

    assert undecided == [in_ten_days.ref]
    assert ben_says(app) == before
    assert {one.status for one in booked(app)} == {"confirmed"}


@pytest.mark.both_databases
def test_what_is_kept_stays_booked_outside_the_hours(app: Flask) -> None:
    _, in_ten_days = booked(app)

    assert save(app, ben_says(app, weekly=EVENINGS), {in_ten_days.ref: "keep"}) == []

    assert ben_says(app).weekly == EVENINGS
    assert {one.status for one in booked(app)} == {"confirmed"}
    assert rows(app, select(OutgoingEmail)) == []
    assert not [wall for wall in walls(app) if wall.endswith(("10:00", "16:30"))]
    # And it is named again when the hours change again.
    assert in_ten_days.ref in save(app, ben_says(app, weekly={}))


@pytest.mark.both_databases
def test_a_session_is_cancelled_with_the_change_and_new_times_are_kept_for_its_family(app: Flask) -> None:
    _, in_ten_days = booked(app)

    save(app, ben_says(app, weekly=EVENINGS), {in_ten_days.ref: "offer"})

    cancelled, *kept = rows(
        app,
        select(Appointment)
        .where((Appointment.id == in_ten_days.id) | (Appointment.instead_of_id == in_ten_days.id))
        .order_by(Appointment.instead_of_id.is_not(None), Appointment.starts_at),
    )
    assert (cancelled.status, cancelled.cancelled_by) == ("cancelled", "clinic")
    assert [one.status for one in kept] == ["proposed"] * 3
    assert len({one.starts_at.astimezone(CHICAGO).date() for one in kept}) == 3
    assert all(one.starts_at.astimezone(CHICAGO).hour >= 17 for one in kept)
    (alex,) = rows(app, select(Relative.id).join(Account).where(Account.email == ALEX.email))
    assert {one.held_for_id for one in kept} == {alex}
    assert {email.message for email in rows(app, select(OutgoingEmail))} == {"booking_cancelled"}


def test_a_session_is_cancelled_without_new_times(app: Flask) -> None:
    _, in_ten_days = booked(app)

    save(app, ben_says(app, weekly=EVENINGS), {in_ten_days.ref: "cancel"})

    assert [one.status for one in booked(app)] == ["confirmed", "cancelled"]
    on_record = rows(app, select(RecordEntry).order_by(RecordEntry.id))
    assert [(entry.act, entry.what) for entry in on_record][-2:] == [("cancelled", "family"), ("changed", "hours")]


def test_new_times_are_not_promised_where_there_are_none(app: Flask) -> None:
    tomorrow, in_ten_days = booked(app)
    with pytest.raises(Refused, match="There is no time to offer instead"):
        save(app, ben_says(app, weekly={}), {tomorrow.ref: "keep", in_ten_days.ref: "offer"})

    assert {one.status for one in booked(app)} == {"confirmed"}


@pytest.mark.both_databases
def test_a_time_that_is_kept_for_somebody_goes_with_the_hours_it_lies_in(app: Flask) -> None:
    ben, sam = member(app), patient_id(app, SAM)
    _, in_ten_days = booked(app)
    at = dt.datetime(2026, 12, 1, 16, 30, tzinfo=CHICAGO)
    with at_the_clinic(app):
        (alex,) = session().scalars(select(Relative.id).join(Account).where(Account.email == ALEX.email))
        for start in (at, at + dt.timedelta(hours=2)):
            kept_times.keep(sam, alex, ben, start, mode="online", kind="with patient", until=at - dt.timedelta(days=2))

    save(app, ben_says(app, weekly=EVENINGS), {in_ten_days.ref: "keep"})

    kept = rows(app, select(Appointment.starts_at).where(Appointment.status == "proposed"))
    assert kept == [at + dt.timedelta(hours=2)]


@pytest.mark.both_databases
def test_days_off_and_extra_days_take_the_place_of_the_weekday(app: Flask) -> None:
    saturday, monday = dt.date(2026, 12, 5), dt.date(2026, 12, 7)
    days = [OtherDays(monday, monday + dt.timedelta(days=1)), OtherDays(saturday, saturday, Window(600, 720))]

    save(app, ben_says(app, days=days))

    found = walls(app)
    assert [wall for wall in found if wall.startswith(("12-05", "12-07", "12-08"))] == ["12-05 10:00", "12-05 11:00"]
    assert "12-09 10:00" in found


def test_days_that_are_over_stay_written_down_and_are_not_shown(app: Flask) -> None:
    ben, yesterday = member(app), dt.date(2026, 11, 22)
    with at_the_clinic(app):
        session().add(FreeHoursOverride(staff_id=ben, on_date=yesterday, closed=True))

    save(app, ben_says(app))

    assert ben_says(app).days == ()
    assert rows(app, select(FreeHoursOverride.on_date)) == [yesterday]


@pytest.mark.both_databases
def test_a_therapist_without_hours_begins_with_what_is_usual(app: Flask) -> None:
    lee = member(app, LEE.email)
    with at_the_clinic(app):
        row = session().get_one(FamilySessionTerms, lee)
        for one in row.hours:
            session().delete(one)
        session().flush()
        session().delete(row)
    with app.app_context():
        g.reading = True
        assert availability.of(lee) == Availability()
        assert lee in {one.id for one in availability.therapists()}
    with at_the_clinic(app):
        availability.change(lee, Availability(weekly=EVENINGS), {}, account_id=None)
    with app.app_context():
        g.reading = True
        assert free_times(lee)


def test_who_holds_no_sessions_is_no_therapist(app: Flask) -> None:
    with app.app_context():
        g.reading = True
        others = [one.ref for one in session().scalars(select(StaffMember)) if not one.has_role("therapist")]
        for ref in [*others, "zzzzzzzzzz"]:
            with pytest.raises(NotShared):
                availability.therapist(ref)
