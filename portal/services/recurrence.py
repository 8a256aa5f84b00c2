"""The dates of a series: a rule on a wall clock in its zone becomes moments.

A subset of RFC 5545: daily, weekly by day, monthly by the n-th day, COUNT or UNTIL, EXDATE, RDATE. Where clocks
change it follows section 3.3.5: a time that does not exist is counted from the offset before the gap, a time that
exists twice is the first of the two. A session lasts as many minutes as it says, whatever the clocks do.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from dateutil import rrule

from portal.models import Frequency

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
BY_DAY = re.compile(rf"([+-]?[1-5])?({'|'.join(WEEKDAYS)})")
FREQUENCIES = {Frequency.DAILY: rrule.DAILY, Frequency.WEEKLY: rrule.WEEKLY, Frequency.MONTHLY: rrule.MONTHLY}
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """When a series takes place. `wall_time` and `extra` (RDATE) are on the wall clock of `zone`, without an offset.

    `skipped` (EXDATE) are dates; `until` is the last date on which a session may begin. `by_day` is RFC 5545's BYDAY.
    """

    starts_on: dt.date
    wall_time: dt.time
    minutes: int
    zone: ZoneInfo
    frequency: Frequency = Frequency.ONCE
    every: int = 1
    by_day: tuple[str, ...] = ()
    week_starts: str = "MO"
    until: dt.date | None = None
    count: int | None = None
    skipped: frozenset[dt.date] = frozenset()
    extra: frozenset[dt.datetime] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether it goes on until somebody ends it."""
        return self.frequency != Frequency.ONCE and self.until is None and self.count is None


@dataclass(frozen=True)
class Occurrence:
    """One session of a series: its start on the wall clock, which names it, and its moments in UTC."""

    wall: dt.datetime
    starts_at: dt.datetime
    ends_at: dt.datetime


def instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment in UTC at which a clock in `zone` shows `wall`, by the rule at the head of this module."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def walls(rule: Rule) -> Iterator[dt.datetime]:
    """Every start on the wall clock, in order, each once. Without end when the rule is open."""
    dates = rrule.rruleset()
    begin = dt.datetime.combine(rule.starts_on, rule.wall_time)
    if rule.frequency != Frequency.ONCE:
        dates.rrule(_pattern(rule, begin))
    elif rule.until is None or rule.starts_on <= rule.until:
        dates.rdate(begin)
    for day in rule.skipped:
        dates.exdate(dt.datetime.combine(day, rule.wall_time))
    for wall in rule.extra:
        dates.rdate(wall)
    return iter(dates)


def occurrences(rule: Rule, first: dt.datetime, last: dt.datetime) -> list[Occurrence]:
    """The sessions that take place at some moment from `first` up to, not including, `last`, in order.

    A session is over at its last moment; one without length is there at its only one.
    """
    latest = last.astimezone(rule.zone).replace(tzinfo=None) + DAY
    found = (at_wall(rule, wall) for wall in takewhile(lambda wall: wall <= latest, walls(rule)))
    return [
        one for one in found if one.starts_at < last and (one.ends_at > first or one.starts_at == one.ends_at >= first)
    ]


def at_wall(rule: Rule, wall: dt.datetime) -> Occurrence:
    """The session that begins at `wall`."""
    starts_at = instant(wall, rule.zone)
    return Occurrence(wall, starts_at, starts_at + dt.timedelta(minutes=rule.minutes))


def last_wall(rule: Rule) -> dt.datetime | None:
    """The start of the last session; None when there is none, or no last one."""
    if rule.is_open:
        return None
    return max(walls(rule), default=None)


def aligned(rule: Rule) -> Rule:
    """The same rule, beginning on the first day that fits it: weeks and counts then begin there too."""
    if rule.frequency == Frequency.ONCE:
        return rule
    plain = replace(rule, every=1, until=None, count=None, skipped=frozenset(), extra=frozenset())
    first = next(iter(walls(plain)), None)
    return replace(rule, starts_on=first.date()) if first else rule


def at_most(rule: Rule, most: int) -> int:
    """How many sessions the rule makes; one more than `most` stands for all that are too many."""
    return sum(1 for _ in islice(walls(rule), most + 1))


def until_day(moment: dt.datetime, rule: Rule) -> dt.date:
    """The last date on which a session may begin, where another calendar names a last moment (UNTIL in UTC)."""
    wall = moment.astimezone(rule.zone).replace(tzinfo=None)
    return wall.date() if wall.time() >= rule.wall_time else wall.date() - DAY


def _pattern(rule: Rule, begin: dt.datetime) -> rrule.rrule:
    return rrule.rrule(
        FREQUENCIES[rule.frequency],
        dtstart=begin,
        interval=rule.every,
        wkst=WEEKDAYS.index(rule.week_starts),
        byweekday=[_weekday(day) for day in rule.by_day] or None,
        until=dt.datetime.combine(rule.until, dt.time.max) if rule.until else None,
        count=rule.count if rule.until is None else None,
    )


def _weekday(day: str) -> rrule.weekday:
    found = BY_DAY.fullmatch(day)
    if found is None:
        raise ValueError(f"{day!r} is no BYDAY of RFC 5545.")
    which, name = found.groups()
    return rrule.weekday(WEEKDAYS.index(name), int(which) if which else None)
