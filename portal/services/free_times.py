"""The times at which a therapist can hold a family session: one function offers and validates them.

Starts lie on a grid that begins with each free window and never shifts when others book. Days are
the clinic's days on the wall clock; steps are real minutes, so a clock change adds or drops an hour.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60


class Period(StrEnum):
    """Calendar periods that sessions are counted in; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Window:
    """Free minutes of one day on the wall clock, from `start` up to `end`; 1440 is the end of the day."""

    start: int
    end: int


@dataclass(frozen=True)
class Terms:
    """How one therapist holds sessions. Lengths in minutes; at most so many sessions a day, week, month and year."""

    zone: ZoneInfo
    minutes: int
    gap_minutes: int = 0
    step_minutes: int | None = None
    notice: dt.timedelta = dt.timedelta(0)
    horizon_days: int = 28
    per_day: int | None = None
    per_week: int | None = None
    per_month: int | None = None
    per_year: int | None = None
    weekly: dict[int, Sequence[Window]] = field(default_factory=dict)
    overrides: dict[dt.date, Sequence[Window]] = field(default_factory=dict)
    closed: frozenset[dt.date] = frozenset()

    @property
    def limits(self) -> dict[Period, int]:
        """The limits that are set."""
        limits = zip(Period, (self.per_day, self.per_week, self.per_month, self.per_year), strict=True)
        return {period: limit for period, limit in limits if limit is not None}

    @property
    def length(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.minutes)

    @property
    def gap(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.gap_minutes)

    @property
    def step(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.step_minutes or self.minutes + self.gap_minutes)


@dataclass(frozen=True)
class Busy:
    """A session the therapist already has; `until` includes the gap after it."""

    start: dt.datetime
    until: dt.datetime


def offered(terms: Terms, busy: Iterable[Busy], *, now: dt.datetime, days: Iterable[dt.date]) -> Iterator[dt.datetime]:
    """Every start, in UTC and in order, that can be booked on `days`.

    A start exactly at now + notice is offered; the last day is `horizon_days` after today.
    """
    taken = sorted(busy, key=lambda one: one.start)
    today = now.astimezone(terms.zone).date()
    first, last = now + terms.notice, today + dt.timedelta(days=terms.horizon_days)
    for day in sorted(set(days)):
        if not today <= day <= last or day in terms.closed or is_full_on(terms, taken, day):
            continue
        for start in _grid(terms, day):
            if start >= first and not any(
                start < one.until and one.start < start + terms.length + terms.gap for one in taken
            ):
                yield start


def days_ahead(terms: Terms, now: dt.datetime) -> list[dt.date]:
    """The days on which anything could be offered."""
    today = now.astimezone(terms.zone).date()
    return [today + dt.timedelta(days=n) for n in range(terms.horizon_days + 1)]


def first_day(period: Period, day: dt.date) -> dt.date:
    """The first day of the period that `day` lies in."""
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - dt.timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)


def merged(windows: Iterable[Window]) -> list[Window]:
    """Windows in order, overlapping and touching ones joined; one that ends before it starts is none."""
    joined: list[Window] = []
    for window in sorted(windows, key=lambda one: (one.start, one.end)):
        if window.end <= window.start:
            continue
        if joined and window.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return joined


def common(*everybodys: Iterable[Window]) -> list[Window]:
    """The minutes that are free for all of them, in order; none when somebody has none, or nobody is asked."""
    if not everybodys:
        return []
    shared, *others = (merged(windows) for windows in everybodys)
    for windows in others:
        shared = merged(Window(max(a.start, b.start), min(a.end, b.end)) for a in shared for b in windows)
    return shared


def windows_on(terms: Terms, day: dt.date) -> list[Window]:
    """The therapist's free hours of one day, whatever is booked in them."""
    return merged(terms.overrides.get(day, terms.weekly.get(day.weekday(), ())))


def takes_up(terms: Terms, start: dt.datetime) -> tuple[dt.date, Window]:
    """The day and the minutes on the clinic's wall clock that a session at `start` takes up."""
    wall, end = start.astimezone(terms.zone), (start + terms.length).astimezone(terms.zone)
    days = (end.date() - wall.date()).days
    return wall.date(), Window(wall.hour * 60 + wall.minute, days * DAY_MINUTES + end.hour * 60 + end.minute)


def is_full_on(terms: Terms, taken: Sequence[Busy], day: dt.date) -> bool:
    """Whether as many sessions are taken as the terms allow on that day, or in its week, month or year."""
    return any(
        sum(first_day(period, one.start.astimezone(terms.zone).date()) == first_day(period, day) for one in taken)
        >= limit
        for period, limit in terms.limits.items()
    )


def _grid(terms: Terms, day: dt.date) -> Iterator[dt.datetime]:
    for window in windows_on(terms, day):
        start, end = _instant(day, window.start, terms.zone), _instant(day, window.end, terms.zone)
        while start + terms.length <= end:
            yield start
            start += terms.step


def _instant(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    days, minute = divmod(minute, DAY_MINUTES)
    wall = dt.datetime.combine(day + dt.timedelta(days=days), dt.time(minute // 60, minute % 60), zone)
    return wall.astimezone(dt.UTC)
