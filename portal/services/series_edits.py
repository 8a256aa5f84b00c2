"""What an edit of a series begins with: from which session on it is for, and what the editor shows first."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal import clock
from portal.db import session
from portal.errors import Refused
from portal.models import CancelledBy, ScheduleEntry, Series
from portal.services.deriving import rule_of
from portal.services.recurrence import Rule, instant, walls
from portal.services.series_rules import Plan


class Which(StrEnum):
    """Which sessions of a series a change is for, counted from one of them."""

    LATER = "later"
    ALL = "all"


def begin_of(entry: ScheduleEntry, which: Which, wall_time: dt.time | None = None) -> dt.datetime:
    """The first start on the wall clock that a change from `entry` on is for: never one that has begun.

    Nor one that would have, were it at `wall_time`. Raises Refused when nothing of the series is still to come.
    """
    assert entry.series is not None
    assert entry.recurrence_id is not None
    rule = rule_of(entry.series)
    earliest = entry.recurrence_id if which == Which.LATER else None
    now = clock.now()

    def is_to_come(wall: dt.datetime) -> bool:
        other = dt.datetime.combine(wall.date(), wall_time or wall.time())
        return min(instant(wall, rule.zone), instant(other, rule.zone)) > now

    found = next((wall for wall in walls(rule) if (earliest is None or wall >= earliest) and is_to_come(wall)), None)
    if found is None:
        raise Refused(_l("Every session of this series is over"))
    return found


def plan_of(series: Series, begin: dt.datetime | None = None) -> Plan:
    """What the editor shows for a series, from the session at `begin` on: its count is what is left of it."""
    rule = rule_of(series)
    begin = begin or next(walls(rule), dt.datetime.combine(series.starts_on, series.wall_time))
    return Plan(
        timetable_id=series.timetable_id,
        type=series.type,
        starts_on=begin.date(),
        wall_time=series.wall_time,
        minutes=series.minutes,
        zone=series.zone,
        frequency=series.frequency,
        every=series.every,
        by_day=rule.by_day,
        week_starts=series.week_starts,
        until=series.until,
        count=_count_from(rule, begin),
        skipped=frozenset(day for day in rule.skipped if day >= begin.date()),
        extra=frozenset(wall for wall in rule.extra if wall >= begin),
        place=series.place,
        mode=series.mode,
        leader_id=series.leader_id,
        name=series.name,
    )


def changed_by_themselves(series: Series, begin: dt.datetime) -> list[ScheduleEntry]:
    """Sessions from `begin` on that were moved, changed or cancelled by themselves, in order."""
    rows = session().scalars(
        select(ScheduleEntry)
        .where(ScheduleEntry.series_id == series.id, ScheduleEntry.recurrence_id >= begin)
        .order_by(ScheduleEntry.recurrence_id)
    )
    return [row for row in rows if row.is_exception or row.cancelled_by == CancelledBy.HAND]


def _count_from(rule: Rule, begin: dt.datetime) -> int | None:
    if rule.count is None:
        return None
    plain = replace(rule, skipped=frozenset(), extra=frozenset())
    return sum(wall >= begin for wall in walls(plain))
