"""Free times as a calendar of days, each leading to its list of times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from portal import words
from portal.family import own_time
from portal.family.days import Weekday, sunday_weeks, weekdays


@dataclass(frozen=True)
class FreeTime:
    """One start. `value` is what the form sends, an ISO 8601 instant in UTC; `own_time` it on the reader's clock."""

    value: str
    words: str
    own_time: str


@dataclass(frozen=True)
class FreeDay:
    """One day of the clinic's calendar and the times that are free on it."""

    id: str
    day: int
    date: str
    date_words: str
    times: list[FreeTime]

    @property
    def free(self) -> int:
        return len(self.times)


@dataclass(frozen=True)
class FreeMonth:
    """A month as weeks of days; None stands outside it."""

    name: str
    weekdays: list[Weekday]
    weeks: list[list[FreeDay | None]]


@dataclass(frozen=True)
class FreeDays:
    """The months that have free days, and those days in order."""

    months: list[FreeMonth]
    days: list[FreeDay]


def picture(starts: Sequence[dt.datetime], length: dt.timedelta) -> FreeDays:
    """`starts` (in order) as months and days on the clinic's wall clock."""
    by_day: dict[dt.date, list[FreeTime]] = {}
    for start in starts:
        time = FreeTime(as_value(start), words.times(start, start + length), own_time.in_words(start, start + length))
        by_day.setdefault(words.local(start).date(), []).append(time)
    firsts = sorted({day.replace(day=1) for day in by_day})
    return FreeDays([_month(first, by_day) for first in firsts], [_day(day, by_day) for day in sorted(by_day)])


def as_value(start: dt.datetime) -> str:
    """ "2026-12-08T22:30Z": a start as addresses and forms carry it."""
    return start.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")


def from_value(text: str | None) -> dt.datetime | None:
    """The start that `text` says; None for anything else."""
    try:
        start = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return start.astimezone(dt.UTC) if start.tzinfo else None


def _month(first: dt.date, by_day: dict[dt.date, list[FreeTime]]) -> FreeMonth:
    weeks = [[_day(day, by_day) if day.month == first.month else None for day in week] for week in sunday_weeks(first)]
    return FreeMonth(words.month(first), weekdays(), weeks)


def _day(day: dt.date, by_day: dict[dt.date, list[FreeTime]]) -> FreeDay:
    return FreeDay(f"d-{day.isoformat()}", day.day, day.isoformat(), words.day(day), by_day.get(day, []))
