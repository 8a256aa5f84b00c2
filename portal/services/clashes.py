"""Rooms and people that would be in two places at once: found before a session is published, and never by itself."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select

from portal import clinic, clock
from portal.db import session
from portal.models import BOOKED, Appointment, ScheduleEntry, Series, Status, Timetable
from portal.services.closures import closed_days
from portal.services.deriving import HORIZON
from portal.services.recurrence import occurrences
from portal.services.series_rules import Plan

ONLINE = "online"


class Over(StrEnum):
    """What both want."""

    ROOM = "room"
    LEADER = "leader"


@dataclass(frozen=True)
class Taken:
    """A room, a leader or both, from `starts_at` up to, not including, `ends_at`. `name` is for the care team.

    `ref` labels the session that takes it, where it is one of a timetable.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str = ""
    leader_id: int | None = None
    name: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Clash:
    """Two sessions that want the same at once."""

    wanted: Taken
    other: Taken
    over: Over


def clashes(wanted: Iterable[Taken], others: Iterable[Taken]) -> list[Clash]:
    """Every pair of a wanted session and another one that overlap and want the same room or leader, in order.

    Rooms are the same whatever their capitals and spaces; online is no room.
    """
    taken: dict[tuple[Over, object], list[Taken]] = defaultdict(list)
    for other in others:
        for what in _wants(other):
            taken[what].append(other)
    for some in taken.values():
        some.sort(key=_start)
    found = [
        Clash(one, other, what[0])
        for one in sorted(wanted, key=_start)
        for what in _wants(one)
        for other in taken[what]
        if other.starts_at < one.ends_at and one.starts_at < other.ends_at
    ]
    return sorted(found, key=lambda clash: (clash.wanted.starts_at, clash.other.starts_at, clash.over))


def of_plan(plan: Plan, *, series: Series | None = None) -> list[Clash]:
    """What the sessions of a plan would clash with. `series` is the one that it changes, whose own do not count.

    At most as far ahead as sessions are written down. Two questions.
    """
    now = clock.now()
    until = clock.midnight(clinic.today() + HORIZON, clinic.zone())
    found = occurrences(plan.rule, now, until)
    if not found:
        return []
    timetable = session().get(Timetable, plan.timetable_id)
    program_id = timetable.program_id if timetable else None
    closed = closed_days(found[0].wall.date(), found[-1].wall.date(), program_id)
    wanted = [
        Taken(one.starts_at, one.ends_at, plan.place if plan.mode != ONLINE else "", plan.leader_id, plan.name)
        for one in found
        if one.wall.date() not in closed
    ]
    return clashes(wanted, taken_between(now, until, plan.place, plan.leader_id, but_not=series.id if series else None))


def of_session(entry: ScheduleEntry, wanted: Taken) -> list[Clash]:
    """What one session would clash with, were it as `wanted` says. Two questions."""
    others = taken_between(wanted.starts_at, wanted.ends_at, wanted.place, wanted.leader_id, but_not_entry=entry.id)
    return clashes([wanted], others)


def taken_between(
    first: dt.datetime,
    last: dt.datetime,
    place: str,
    leader_id: int | None,
    *,
    but_not: int | None = None,
    but_not_entry: int | None = None,
) -> list[Taken]:
    """When a room or a leader is taken: by sessions of all timetables, and by family sessions with the gap after."""
    same = [ScheduleEntry.leader_id == leader_id] if leader_id is not None else []
    rows = session().execute(
        select(ScheduleEntry, Timetable.name)
        .join(Timetable, Timetable.id == ScheduleEntry.timetable_id)
        .where(
            ScheduleEntry.starts_at < last,
            ScheduleEntry.ends_at > first,
            ScheduleEntry.status != Status.CANCELLED,
            or_(ScheduleEntry.place != "" if place else ScheduleEntry.id < 0, *same),
            ScheduleEntry.id != (but_not_entry or 0),
            or_(ScheduleEntry.series_id.is_(None), ScheduleEntry.series_id != (but_not or 0)),
        )
    )
    taken = [
        Taken(row.starts_at, row.ends_at, row.place if row.mode != ONLINE else "", row.leader_id, name, row.ref)
        for row, name in rows
    ]
    if leader_id is None:
        return taken
    booked = session().execute(
        select(Appointment.starts_at, Appointment.busy_until).where(
            Appointment.staff_id == leader_id,
            Appointment.status.in_(BOOKED),
            Appointment.starts_at < last,
            Appointment.busy_until > first,
        )
    )
    return taken + [Taken(starts_at, until, "", leader_id) for starts_at, until in booked]


def _wants(one: Taken) -> list[tuple[Over, object]]:
    room = " ".join(one.place.split()).casefold()
    wants: list[tuple[Over, object]] = []
    if room and room != ONLINE:
        wants.append((Over.ROOM, room))
    if one.leader_id is not None:
        wants.append((Over.LEADER, one.leader_id))
    return wants


def _start(one: Taken) -> dt.datetime:
    return one.starts_at
