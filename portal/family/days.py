"""Days with their sessions, as the week, the agenda and the month show them."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask_babel import format_date, gettext

from portal import clinic, words
from portal.family import slots
from portal.family.planned import Planned
from portal.family.slots import Slot


@dataclass(frozen=True)
class Day:
    """One day of the clinic and what is on it. `day_words`: how a grid calls it, where its number is not enough."""

    date: str
    date_words: str
    weekday_short: str
    day: int
    is_today: bool
    slots: list[Slot] = field(default_factory=list)
    day_words: str = ""


@dataclass(frozen=True)
class Weekday:
    """The head of a column."""

    short: str
    full: str


@dataclass(frozen=True)
class Month:
    """A month as weeks of days; None stands outside it."""

    name: str
    weekdays: list[Weekday]
    weeks: list[list[Day | None]]


Words = Callable[[Planned], Slot]


def week(first: dt.date, planned: Iterable[Planned], closed: Mapping[dt.date, str], *, names: bool) -> list[Day]:
    """Seven days, each session with its start and length. `names`: say whose it is."""
    return _run_of_days(first, planned, closed, lambda one: slots.brief(one, names))


def agenda(first: dt.date, planned: Iterable[Planned], closed: Mapping[dt.date, str], *, names: bool) -> list[Day]:
    """Seven days, each session in full."""
    return _run_of_days(first, planned, closed, lambda one: slots.full(one, names))


def busy_days(
    first: dt.date, last: dt.date, planned: Iterable[Planned], closed: Mapping[dt.date, str], *, names: bool
) -> list[Day]:
    """The days from `first` to `last` that have something on them, each session in full: a month in words."""
    by_day = _by_day(planned)
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    found = (_day(day, by_day.get(day, ()), closed, lambda one: slots.full(one, names)) for day in days)
    return [day for day in found if day.slots]


def month(first: dt.date, planned: Iterable[Planned], closed: Mapping[dt.date, str], *, names: bool) -> Month:
    """The month that begins on `first`, Sunday to Saturday."""
    by_day = _by_day(planned)
    weeks = [
        [
            _day(day, by_day.get(day, ()), closed, lambda one: slots.short(one, names), closed_icon="")
            if day.month == first.month
            else None
            for day in row
        ]
        for row in sunday_weeks(first)
    ]
    return Month(words.month(first), weekdays(), weeks)


def sheet(
    first: dt.date, weeks: int, planned: Iterable[Planned], closed: Mapping[dt.date, str], in_words: Words
) -> Month:
    """So many weeks on paper, Sunday to Saturday, beginning with the week of `first`; what lies before is left out."""
    days = [sunday_of(first) + dt.timedelta(days=n) for n in range(7 * weeks)]
    by_day = _by_day(planned)
    found = [
        replace(
            _day(day, by_day.get(day, ()), closed, in_words, closed_icon=""),
            is_today=False,
            day_words=words.short_day(day) if day.day == 1 or day == first else str(day.day),
        )
        if day >= first
        else None
        for day in days
    ]
    name = gettext("%(first)s to %(last)s", first=words.day(first), last=words.day(days[-1]))
    return Month(name, weekdays(), [found[n : n + 7] for n in range(0, len(found), 7)])


def sunday_of(day: dt.date) -> dt.date:
    """The Sunday on which the week of this day begins."""
    return day - dt.timedelta(days=(day.weekday() + 1) % 7)


def sunday_weeks(first: dt.date) -> list[list[dt.date]]:
    """The weeks of a month, each from Sunday to Saturday, with the days around it."""
    return calendar.Calendar(calendar.SUNDAY).monthdatescalendar(first.year, first.month)


def weekdays() -> list[Weekday]:
    """Sunday to Saturday."""
    sunday = dt.date(2023, 1, 1)
    return [
        Weekday(words.weekday(day), format_date(day, "EEEE"))
        for day in (sunday + dt.timedelta(days=n) for n in range(7))
    ]


def clock_change(first: dt.date, last: dt.date) -> str:
    """A sentence when clocks change from `first` to `last`, else nothing."""
    for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1)):
        at = [dt.datetime.combine(day + dt.timedelta(days=n), dt.time(), clinic.zone()).utcoffset() for n in (0, 1)]
        if at[0] != at[1]:
            when = words.full_day(day)
            return gettext("Clocks change %(day)s. Session times stay the same on the clock.", day=when)
    return ""


def _run_of_days(
    first: dt.date, planned: Iterable[Planned], closed: Mapping[dt.date, str], in_words: Words
) -> list[Day]:
    by_day = _by_day(planned)
    days = (first + dt.timedelta(days=n) for n in range(7))
    return [_day(day, by_day.get(day, ()), closed, in_words) for day in days]


def _by_day(planned: Iterable[Planned]) -> dict[dt.date, list[Planned]]:
    found: dict[dt.date, list[Planned]] = {}
    for one in planned:
        found.setdefault(words.local(one.starts_at).date(), []).append(one)
    return found


def _day(
    day: dt.date,
    planned: Sequence[Planned],
    closed: Mapping[dt.date, str],
    in_words: Words,
    closed_icon: str = "moon",
) -> Day:
    shut = [Slot(gettext("Closed"), closed[day], icon=closed_icon)] if day in closed else []
    return Day(
        date=day.isoformat(),
        date_words=words.day(day),
        weekday_short=words.weekday(day),
        day=day.day,
        is_today=day == clinic.today(),
        slots=shut + [in_words(one) for one in planned],
    )
