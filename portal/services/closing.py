"""Close the clinic or one program for some days, and open it again: sessions on those days go and come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clinic, clock
from portal.consent import record
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import (
    BOOKED,
    Act,
    Appointment,
    Closure,
    Program,
    ScheduleEntry,
    Series,
)
from portal.services.closures import closed_days
from portal.services.deriving import derive_between, open_or_close, rule_of, what_is_shown
from portal.services.occurrences import zone_of
from portal.services.recurrence import instant
from portal.services.schedule_audience import Effect
from portal.services.schedule_changes import tell

WHAT = "closure"
LONGEST_NAME = 120
MOST_DAYS = 62
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Done:
    """What an act did. `bookings` are family sessions on closed days: each is for the care team to cancel or keep."""

    closure: Closure
    changed: tuple[ScheduleEntry, ...]
    bookings: tuple[Appointment, ...]
    effect: Effect


# Rules


def check_closure(first: dt.date, last: dt.date, name: str, today: dt.date) -> None:
    """Raise Refused unless it is some days that are not over, with a name that families read."""
    if not name.strip():
        raise Refused(_l("Give it a name families understand, like “Holiday”"), "name")
    if len(name.strip()) > LONGEST_NAME:
        raise Refused(_l("Make the name shorter: at most %(most)d letters", most=LONGEST_NAME), "name")
    if last < first:
        raise Refused(_l("The last day is before the first. Choose a later last day"), "ends_on")
    if last < today:
        raise Refused(_l("These days are over. Choose days that are still to come"), "ends_on")
    if (last - first).days >= MOST_DAYS:
        raise Refused(_l("Choose at most %(most)d days", most=MOST_DAYS), "ends_on")


# Questions


def find(ref: str) -> Closure:
    """A closure by its label. Raises NotShared."""
    closure = session().scalar(select(Closure).where(Closure.ref == ref))
    if closure is None:
        raise NotShared
    return closure


def to_come() -> list[Closure]:
    """Closures that are not over, in order."""
    rows = session().scalars(
        select(Closure).where(Closure.ends_on >= clinic.today()).order_by(Closure.starts_on, Closure.ends_on)
    )
    return list(rows)


# Acts


def close(first: dt.date, last: dt.date, name: str, *, account_id: int | None, program_id: int | None = None) -> Done:
    """Close the clinic, or one program, from `first` to `last`, both included. Raises Refused, or NotShared."""
    check_closure(first, last, name, clinic.today())
    if program_id is not None and session().get(Program, program_id) is None:
        raise NotShared
    _check_new(first, last, program_id)
    closure = Closure(starts_on=first, ends_on=last, name=" ".join(name.split()), program_id=program_id)
    session().add(closure)
    session().flush()
    return _done(closure, apply(first, last), account_id)


def withdraw(ref: str, *, account_id: int | None) -> Done:
    """Open again on the days of a closure. Raises NotShared."""
    closure = find(ref)
    session().delete(closure)
    session().flush()
    return _done(closure, apply(closure.starts_on, closure.ends_on), account_id)


def apply(first: dt.date, last: dt.date) -> list[ScheduleEntry]:
    """Make the sessions from `first` to `last` what the closures say now; returns those that look different."""
    changed = [*_opened_or_closed(first, last), *_written_again(first, last)]
    session().flush()
    return changed


def _opened_or_closed(first: dt.date, last: dt.date) -> Iterable[ScheduleEntry]:
    # A day of some zone begins and ends within a day of the clinic's.
    began, ended = clock.midnight(first - DAY, clinic.zone()), clock.midnight(last + 2 * DAY, clinic.zone())
    rows = session().scalars(
        select(ScheduleEntry)
        .options(joinedload(ScheduleEntry.series), joinedload(ScheduleEntry.timetable))
        .where(ScheduleEntry.starts_at >= max(began, clock.now()), ScheduleEntry.starts_at < ended)
        .order_by(ScheduleEntry.starts_at)
    )
    closed: dict[int | None, dict[dt.date, str]] = {}
    for row in rows:
        zone, program_id = zone_of(row), row.timetable.program_id
        if not first <= row.starts_at.astimezone(zone).date() <= last:
            continue
        if program_id not in closed:
            closed[program_id] = closed_days(first, last, program_id)
        before = what_is_shown(row)
        open_or_close(row, closed[program_id], zone)
        if what_is_shown(row) != before:
            yield row


def _written_again(first: dt.date, last: dt.date) -> Iterable[ScheduleEntry]:
    """Sessions that were never written down because the day was closed when their series was published."""
    all_series = session().scalars(
        select(Series)
        .options(joinedload(Series.timetable))
        .where(
            Series.published_at.is_not(None),
        )
        .order_by(Series.id)
    )
    for series in all_series:
        zone = rule_of(series).zone
        began, ended = (instant(dt.datetime.combine(day, dt.time()), zone) for day in (first, last + DAY))
        yield from derive_between(series, max(began, clock.now()), ended)


def _check_new(first: dt.date, last: dt.date, program_id: int | None) -> None:
    known = session().scalar(
        select(Closure.id).where(
            Closure.starts_on == first, Closure.ends_on == last, Closure.program_id.is_not_distinct_from(program_id)
        )
    )
    if known is not None:
        raise Refused(_l("These days are closed already"), "starts_on")


def _done(closure: Closure, changed: list[ScheduleEntry], account_id: int | None) -> Done:
    record.write(Act.CHANGED, WHAT, door="staff", patient_id=None, account_id=account_id, thing_id=closure.id)
    return Done(closure, tuple(changed), _bookings(closure), tell(changed, account_id=account_id))


def _bookings(closure: Closure) -> tuple[Appointment, ...]:
    if closure.program_id is not None:
        return ()
    began = clock.midnight(closure.starts_on, clinic.zone())
    ended = clock.midnight(closure.ends_on + DAY, clinic.zone())
    rows = session().scalars(
        select(Appointment)
        .where(
            Appointment.status.in_(BOOKED),
            Appointment.starts_at >= max(began, clock.now()),
            Appointment.starts_at < ended,
        )
        .order_by(Appointment.starts_at)
    )
    return tuple(rows)
