"""One session by itself: moved, changed, cancelled, brought back. The rest of its series does not notice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal import clinic, clock
from portal.consent import record
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Act, CancelledBy, ScheduleEntry, Status
from portal.services.closures import closed_days
from portal.services.deriving import Facts, cancel, facts_at, facts_of, give, reopen, rule_of, what_is_shown
from portal.services.recurrence import at_wall, instant
from portal.services.schedule_audience import Effect
from portal.services.schedule_changes import tell
from portal.services.series_rules import check_length, check_mode, check_ours, check_place, check_to_come

WHAT = "session"


@dataclass(frozen=True)
class Done:
    """What an act did: the session, and what it comes to that it looks different now."""

    entry: ScheduleEntry
    effect: Effect


@dataclass(frozen=True)
class Details:
    """What the editor says of one session. Day and time on the wall clock of its zone, length in minutes."""

    day: dt.date
    wall_time: dt.time
    minutes: int
    place: str
    mode: str
    leader_id: int | None


# Questions


def find(ref: str, *, for_update: bool = False) -> ScheduleEntry:
    """A session by its label. Raises NotShared."""
    asked = select(ScheduleEntry).where(ScheduleEntry.ref == ref)
    entry = session().scalar(asked.with_for_update() if for_update else asked)
    if entry is None:
        raise NotShared
    return entry


def zone_of(entry: ScheduleEntry) -> ZoneInfo:
    """On whose wall clock the session was planned."""
    return ZoneInfo(entry.series.zone) if entry.series is not None else clinic.zone()


def details_of(entry: ScheduleEntry) -> Details:
    """What the editor shows of one session."""
    wall = entry.starts_at.astimezone(zone_of(entry))
    minutes = int((entry.ends_at - entry.starts_at).total_seconds()) // 60
    return Details(wall.date(), wall.time(), minutes, entry.place, entry.mode, entry.leader_id)


# Acts


def change(ref: str, details: Details, *, account_id: int | None) -> Done:
    """Let one session be what `details` say. Raises Refused, or NotShared."""
    entry = _to_come(ref)
    if entry.status == Status.CANCELLED:
        raise Refused(_l("This session is cancelled. Bring it back first"))
    check_length(details.minutes)
    check_mode(details.mode)
    check_place(details.place)
    zone = zone_of(entry)
    starts_at = instant(dt.datetime.combine(details.day, details.wall_time), zone)
    check_to_come(starts_at, clock.now(), "day")
    _check_open(entry, details.day)
    before = what_is_shown(entry)
    give(
        entry,
        replace(
            facts_of(entry),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=details.minutes),
            place=" ".join(details.place.split()),
            mode=details.mode,
            leader_id=details.leader_id,
        ),
    )
    entry.is_exception = facts_of(entry) != _by_its_series(entry)
    return _done(entry, before, account_id)


def move(ref: str, day: dt.date, wall_time: dt.time, *, account_id: int | None, minutes: int | None = None) -> Done:
    """Hold one session at another time, as long as it was or for `minutes`. Raises Refused, or NotShared."""
    details = details_of(find(ref))
    minutes = details.minutes if minutes is None else minutes
    return change(ref, replace(details, day=day, wall_time=wall_time, minutes=minutes), account_id=account_id)


def call_off(ref: str, because: str = "", *, account_id: int | None) -> Done:
    """Cancel one session; `because` is for the care team only. Raises Refused, or NotShared."""
    entry = _to_come(ref)
    if entry.status == Status.CANCELLED:
        raise Refused(_l("This session is cancelled already"))
    before = what_is_shown(entry)
    cancel(entry, CancelledBy.HAND, because)
    return _done(entry, before, account_id)


def bring_back(ref: str, *, account_id: int | None) -> Done:
    """Let a cancelled session take place. Raises Refused, or NotShared."""
    entry = _to_come(ref)
    if entry.status != Status.CANCELLED:
        raise Refused(_l("This session is not cancelled"))
    if entry.cancelled_by == CancelledBy.SERIES:
        raise Refused(_l("Its series has ended or meets on other days. Add an extra date instead"))
    _check_open(entry, entry.starts_at.astimezone(zone_of(entry)).date())
    before = what_is_shown(entry)
    reopen(entry)
    return _done(entry, before, account_id)


def _to_come(ref: str) -> ScheduleEntry:
    entry = find(ref, for_update=True)
    check_ours(entry)
    check_to_come(entry.starts_at, clock.now())
    return entry


def _check_open(entry: ScheduleEntry, day: dt.date) -> None:
    if day in closed_days(day, day, entry.timetable.program_id):
        raise Refused(_l("It is closed that day. Choose another day"), "day")


def _by_its_series(entry: ScheduleEntry) -> Facts | None:
    if entry.series is None or entry.recurrence_id is None:
        return None
    return facts_at(entry.series, at_wall(rule_of(entry.series), entry.recurrence_id))


def _done(entry: ScheduleEntry, before: tuple[object, ...], account_id: int | None) -> Done:
    changed = [entry] if what_is_shown(entry) != before else []
    record.write(Act.CHANGED, WHAT, door="staff", patient_id=None, account_id=account_id, thing_id=entry.id)
    return Done(entry, tell(changed, account_id=account_id))
