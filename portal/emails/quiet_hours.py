"""Quiet hours: from when until when, on a reader's own clock, email waits."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

# What begins sooner than this is told of at any hour.
TOO_SOON_TO_WAIT = dt.timedelta(hours=12)
DAY = dt.timedelta(days=1)


def over_at(
    moment: dt.datetime, quiet_from: dt.time | None, quiet_until: dt.time | None, zone: ZoneInfo
) -> dt.datetime | None:
    """When the quiet hours in which `moment` lies are over, in UTC; None when it lies in none.

    A range that ends before it begins goes over midnight. Where clocks change, the wall says what is quiet.
    """
    if quiet_from is None or quiet_until is None or not _is_quiet(moment, quiet_from, quiet_until, zone):
        return None
    wall = moment.astimezone(zone)
    day = wall.date() + DAY if wall.time() >= quiet_until else wall.date()
    # Clocks that go back show this end twice; for clocks that jump over it, it lies before and behind the jump.
    ends = sorted(
        dt.datetime.combine(day, quiet_until.replace(fold=fold), zone).astimezone(dt.UTC) for fold in (False, True)
    )
    coming = (end for end in ends if end > moment and not _is_quiet(end, quiet_from, quiet_until, zone))
    return next(coming, ends[-1])


def _is_quiet(moment: dt.datetime, quiet_from: dt.time, quiet_until: dt.time, zone: ZoneInfo) -> bool:
    wall = moment.astimezone(zone).time()
    if quiet_from < quiet_until:
        return quiet_from <= wall < quiet_until
    return wall >= quiet_from or wall < quiet_until
