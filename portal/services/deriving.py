"""Entries out of a series: what everybody reads is written down in the transaction that changes the series.

A session that is still planned keeps its row, and so its name in every calendar, whatever else changed. What was
moved or cancelled by itself stays so. What has begun is never touched.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal import clinic, clock
from portal.db import session
from portal.models import CancelledBy, Frequency, ScheduleEntry, Series, SessionType, Status
from portal.models.schedule import SHOWN, Facet
from portal.services.closures import closed_days
from portal.services.recurrence import Occurrence, Rule, instant, last_wall, occurrences

# Sessions are written down for a year and a month: as far as the month pages of anybody go.
HORIZON = dt.timedelta(days=400)
# What began earlier than this before it was published is not written down any more.
LATE = dt.timedelta(days=31)


@dataclass(frozen=True)
class Facts:
    """When and where one session is, and with whom."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    kind: str
    place: str
    mode: str
    leader_id: int | None


def rule_of(series: Series) -> Rule:
    """When a series takes place."""
    return Rule(
        starts_on=series.starts_on,
        wall_time=series.wall_time,
        minutes=series.minutes,
        zone=ZoneInfo(series.zone),
        frequency=Frequency(series.frequency),
        every=series.every,
        by_day=tuple(filter(None, series.by_day.split(","))),
        week_starts=series.week_starts,
        until=series.until,
        count=series.count,
        skipped=frozenset(map(dt.date.fromisoformat, series.skipped)),
        extra=frozenset(map(dt.datetime.fromisoformat, series.extra)),
    )


def derive(series: Series, *, since: dt.datetime, overwrite: bool = False) -> list[ScheduleEntry]:
    """Make the entries from `since` up to the horizon what the series says; returns those that look different now.

    `overwrite` gives sessions that were changed or cancelled by themselves back to the series.
    """
    until = clock.midnight(clinic.today() + HORIZON, clinic.zone())
    changed = derive_between(series, since, until, overwrite=overwrite)
    last = last_wall(rule_of(series))
    is_all = not rule_of(series).is_open and (last is None or instant(last, ZoneInfo(series.zone)) < until)
    series.carried_to = None if is_all else clinic.today() + HORIZON
    return changed


def derive_between(
    series: Series, since: dt.datetime, until: dt.datetime, *, overwrite: bool = False
) -> list[ScheduleEntry]:
    """The same for the sessions that the series has from `since` up to, not including, `until`."""
    rule = rule_of(series)
    wanted = {one.wall: one for one in occurrences(rule, since, until) if one.starts_at >= since}
    rows = [row for row in _rows(series, rule, since) if _planned_at(row, rule) < until]
    before = {row: what_is_shown(row) for row in rows}
    closed = _closed(series, wanted.values(), rows, rule)
    pairs = _matched(rows, wanted)
    for row, one in pairs.items():
        _give(series, row, one, overwrite=overwrite)
        open_or_close(row, closed, rule.zone)
    for row in rows:
        if row not in pairs and row.cancelled_by in (None, CancelledBy.CLOSURE):
            cancel(row, CancelledBy.SERIES)
    held = {one.wall for one in pairs.values()}
    new = [_new(series, one) for wall, one in wanted.items() if wall not in held and wall.date() not in closed]
    session().add_all(new)
    session().flush()
    return new + [row for row in rows if what_is_shown(row) != before[row]]


# One session


def what_is_shown(row: ScheduleEntry) -> tuple[Any, ...]:
    """All that a reader can see of a session."""
    return tuple(getattr(row, name) for name in SHOWN)


def facts_of(row: ScheduleEntry) -> Facts:
    """When and where a session is, and with whom."""
    return Facts(row.starts_at, row.ends_at, row.kind, row.place, row.mode, row.leader_id)


def give(row: ScheduleEntry, facts: Facts) -> None:
    """Give a session other facts. It counts as changed, unless all that changed is its time, and back again."""
    before = facts_of(row)
    if facts.starts_at != before.starts_at:
        announced = row.was_at or before.starts_at
        row.was_at = None if announced == facts.starts_at else announced
    row.starts_at, row.ends_at, row.leader_id = facts.starts_at, facts.ends_at, facts.leader_id
    row.kind, row.place, row.mode = facts.kind, facts.place, facts.mode
    row.changed_in |= difference(before, facts)
    if row.status != Status.CANCELLED:
        row.status = Status.CHANGED if row.was_at is not None or row.changed_in else Status.ON


def difference(before: Facts, after: Facts) -> Facet:
    """In what two sets of facts differ that readers see, besides the start."""
    found = Facet(0)
    if before.ends_at - before.starts_at != after.ends_at - after.starts_at:
        found |= Facet.TIMES
    if (before.place, before.mode) != (after.place, after.mode):
        found |= Facet.PLACE
    if before.kind != after.kind:
        found |= Facet.KIND
    return found


def cancel(row: ScheduleEntry, by: CancelledBy, because: str = "") -> None:
    """Call a session off."""
    row.status, row.cancelled_by, row.cancelled_at = Status.CANCELLED, by, clock.now()
    row.cancelled_because = because.strip()[:300] or None


def reopen(row: ScheduleEntry) -> None:
    """Let a session that was called off take place."""
    row.cancelled_by = row.cancelled_at = row.cancelled_because = None
    row.status = Status.CHANGED if row.was_at is not None or row.changed_in else Status.ON


def open_or_close(row: ScheduleEntry, closed: Iterable[dt.date], zone: ZoneInfo) -> None:
    """Call a session off when its day is closed, and let it take place again when that was why it was off."""
    is_closed = row.starts_at.astimezone(zone).date() in closed
    if is_closed and row.status != Status.CANCELLED:
        cancel(row, CancelledBy.CLOSURE)
    elif not is_closed and row.cancelled_by == CancelledBy.CLOSURE:
        reopen(row)


def facts_at(series: Series, one: Occurrence) -> Facts:
    """What the series says of one of its sessions."""
    kind = SessionType(series.type).kind
    return Facts(one.starts_at, one.ends_at, kind, series.place, series.mode, series.leader_id)


def _give(series: Series, row: ScheduleEntry, one: Occurrence, *, overwrite: bool) -> None:
    row.series_id, row.timetable_id, row.recurrence_id = series.id, series.timetable_id, one.wall
    if overwrite and row.cancelled_by == CancelledBy.HAND:
        reopen(row)
    if row.cancelled_by == CancelledBy.SERIES:
        reopen(row)
    if row.is_exception and not overwrite:
        return
    give(row, facts_at(series, one))
    row.is_exception = False


def _new(series: Series, one: Occurrence) -> ScheduleEntry:
    facts = facts_at(series, one)
    return ScheduleEntry(
        timetable_id=series.timetable_id,
        series_id=series.id,
        recurrence_id=one.wall,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        kind=facts.kind,
        status=Status.ON,
        place=facts.place,
        mode=facts.mode,
        leader_id=facts.leader_id,
    )


# Which row is which session


def _rows(series: Series, rule: Rule, since: dt.datetime) -> list[ScheduleEntry]:
    wall = since.astimezone(rule.zone).replace(tzinfo=None) - dt.timedelta(days=1)
    rows = session().scalars(
        select(ScheduleEntry)
        .where(ScheduleEntry.series_id == series.id, ScheduleEntry.recurrence_id >= wall)
        .order_by(ScheduleEntry.recurrence_id)
    )
    return [row for row in rows if _planned_at(row, rule) >= since]


def _planned_at(row: ScheduleEntry, rule: Rule) -> dt.datetime:
    assert row.recurrence_id is not None
    return instant(row.recurrence_id, rule.zone)


def _closed(
    series: Series, wanted: Iterable[Occurrence], rows: Iterable[ScheduleEntry], rule: Rule
) -> dict[dt.date, str]:
    days = [one.wall.date() for one in wanted] + [row.starts_at.astimezone(rule.zone).date() for row in rows]
    if not days:
        return {}
    return closed_days(min(days), max(days), series.timetable.program_id)


def _matched(rows: Iterable[ScheduleEntry], wanted: dict[dt.datetime, Occurrence]) -> dict[ScheduleEntry, Occurrence]:
    """Which session each row is from now on: the same start, else the same day, else the same week, in order."""
    pairs: dict[ScheduleEntry, Occurrence] = {}
    left = dict(wanted)
    for alike in (_start, _day, _week):
        waiting: dict[object, list[dt.datetime]] = defaultdict(list)
        for wall in sorted(left):
            waiting[alike(wall)].append(wall)
        for row in rows:
            assert row.recurrence_id is not None
            is_gone = alike is _week and row.cancelled_by == CancelledBy.SERIES
            if row not in pairs and not is_gone and waiting[alike(row.recurrence_id)]:
                pairs[row] = left.pop(waiting[alike(row.recurrence_id)].pop(0))
    return pairs


def _start(wall: dt.datetime) -> object:
    return wall


def _day(wall: dt.datetime) -> object:
    return wall.date()


def _week(wall: dt.datetime) -> object:
    return wall.isocalendar()[:2]
