"""The days on which clocks change: where the clock on the wall jumps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from portal import clock

DAY = dt.timedelta(days=1)
QUARTER = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class ClockChange:
    """The clock would come to show `before` and shows `after`: later in spring, earlier in autumn."""

    day: dt.date
    before: dt.time
    after: dt.time


def clock_changes(zone: ZoneInfo, days: Iterable[dt.date]) -> list[ClockChange]:
    """The changes of the clock on these days, in their order."""
    found = []
    for day in days:
        moment, end = clock.midnight(day, zone), clock.midnight(day + DAY, zone)
        is_as_long_as_any = end - moment == DAY
        while moment < end and not is_as_long_as_any:
            wall, later = (one.astimezone(zone).replace(tzinfo=None) for one in (moment, moment + QUARTER))
            if later - wall != QUARTER:
                found.append(ClockChange(day, (wall + QUARTER).time(), later.time()))
                break
            moment += QUARTER
    return found
