"""When reminders of a family session go: the day before at its own clock time, and two hours before it begins.

Never at night on the reader's own clock, never after the start, and never two on one of the reader's days where
the night brought them together.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

TOMORROW, SOON = "reminder_tomorrow", "reminder_soon"
REMINDERS = (TOMORROW, SOON)

LEAD = dt.timedelta(hours=2)
NIGHT_BEGINS, NIGHT_ENDS = dt.time(21), dt.time(8)
# What the night would swallow goes before it, early enough for a second try.
EVENING = dt.time(20, 45)
DAY = dt.timedelta(days=1)


def due(
    starts_at: dt.datetime,
    now: dt.datetime,
    clinic_zone: ZoneInfo,
    reader_zone: ZoneInfo,
    last_sent: dt.datetime | None = None,
) -> list[tuple[str, dt.datetime]]:
    """The reminders still to come, each with its moment in UTC. `last_sent` is when the latest one went, if any did.

    The one of the day before stays on the reader's own day, so "tomorrow" remains true: from the night's morning
    it moves to the end of the night, from its evening to before it. The one two hours before cannot wait; it goes
    the evening before, and not at all where that day brings another.
    """
    before, soon = _day_before(starts_at, clinic_zone, reader_zone), starts_at.astimezone(dt.UTC) - LEAD
    found = [(TOMORROW, before)] if before > now else []
    if not _is_night(soon, reader_zone):
        return [*found, (SOON, soon)] if soon > now else found
    evening = _evening_before(soon, reader_zone)
    others = [moment for _, moment in found] + ([last_sent] if last_sent is not None else [])
    if evening > now and _day(evening, reader_zone) not in {_day(other, reader_zone) for other in others}:
        is_same_day = _day(evening, reader_zone) == _day(starts_at, reader_zone)
        found.append((SOON if is_same_day else TOMORROW, evening))
    return found


def is_true_now(
    message: str, starts_at: dt.datetime, now: dt.datetime, clinic_zone: ZoneInfo, reader_zone: ZoneInfo
) -> bool:
    """Whether this reminder may be given now: its moment has come, its day has not passed, nothing has begun."""
    if now >= starts_at:
        return False
    before = _day_before(starts_at, clinic_zone, reader_zone)
    if message == TOMORROW:
        return before <= now and _day(before, reader_zone) == _day(now, reader_zone)
    soon = starts_at.astimezone(dt.UTC) - LEAD
    return now >= (_evening_before(soon, reader_zone) if _is_night(soon, reader_zone) else soon)


def _day_before(starts_at: dt.datetime, clinic_zone: ZoneInfo, reader_zone: ZoneInfo) -> dt.datetime:
    wall = starts_at.astimezone(clinic_zone)
    moment = dt.datetime.combine(wall.date() - DAY, wall.time().replace(fold=0), clinic_zone)
    if not _is_night(moment, reader_zone):
        return moment.astimezone(dt.UTC)
    # Where only one of the two clocks changes, a day between can be an hour too long or too short.
    day = _day(starts_at, reader_zone) - DAY
    morning = _at(day, NIGHT_ENDS, reader_zone)
    return morning if moment < morning else _at(day, EVENING, reader_zone)


def _evening_before(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Before the night in which `moment` lies."""
    wall = moment.astimezone(zone)
    return _at(wall.date() - DAY if wall.time() < NIGHT_ENDS else wall.date(), EVENING, zone)


def _is_night(moment: dt.datetime, zone: ZoneInfo) -> bool:
    wall = moment.astimezone(zone).time()
    return wall >= NIGHT_BEGINS or wall < NIGHT_ENDS


def _day(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    return moment.astimezone(zone).date()


def _at(day: dt.date, wall: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, wall, zone).astimezone(dt.UTC)
