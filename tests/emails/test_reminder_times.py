"""When reminders go: on clocks that change, in other zones, and never at night."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from portal.emails.reminder_times import SOON, TOMORROW, due, is_true_now

pytestmark = pytest.mark.usefixtures("process_zone")

CHICAGO, KOLKATA, LONDON = ZoneInfo("America/Chicago"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/London")
LONG_BEFORE = dt.timedelta(days=9)
CLINICS = [ZoneInfo(f"America/{city}") for city in ("Chicago", "New_York", "Denver", "Phoenix", "St_Johns")]
READERS = [CHICAGO, KOLKATA, LONDON, ZoneInfo("Pacific/Honolulu"), ZoneInfo("Australia/Lord_Howe")]


def at(wall: str, zone: ZoneInfo = CHICAGO) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=zone).astimezone(dt.UTC)


def said(starts_at: dt.datetime, now: dt.datetime, reader: ZoneInfo = CHICAGO, **more: dt.datetime) -> list[str]:
    found = due(starts_at, now, CHICAGO, reader, **more)
    return [f"{message.removeprefix('reminder_')} {moment.astimezone(reader):%m-%d %H:%M}" for message, moment in found]


@pytest.mark.parametrize(
    ("starts", "then"),
    [
        # An afternoon: the same time the day before, and two hours before.
        ("2026-12-08T16:30", ["tomorrow 12-07 16:30", "soon 12-08 14:30"]),
        # Clocks go back and forward in the night between: the same clock time still, and hours that really pass.
        ("2026-11-01T16:30", ["tomorrow 10-31 16:30", "soon 11-01 14:30"]),
        ("2027-03-14T16:30", ["tomorrow 03-13 16:30", "soon 03-14 14:30"]),
        # The night begins at nine and ends at eight; on its edges nothing moves that need not.
        ("2026-12-08T20:59", ["tomorrow 12-07 20:59", "soon 12-08 18:59"]),
        ("2026-12-08T21:00", ["tomorrow 12-07 20:45", "soon 12-08 19:00"]),
        ("2026-12-08T22:59", ["tomorrow 12-07 20:45", "soon 12-08 20:59"]),
        ("2026-12-08T10:00", ["tomorrow 12-07 10:00", "soon 12-08 08:00"]),
        # Early: two hours before is night, and the day before has its reminder already.
        ("2026-12-08T09:59", ["tomorrow 12-07 09:59"]),
        ("2026-12-08T08:00", ["tomorrow 12-07 08:00"]),
        ("2026-12-08T07:00", ["tomorrow 12-07 08:00"]),
        ("2026-12-08T00:30", ["tomorrow 12-07 08:00"]),
        # So late that two hours before is night: that evening, which is today still.
        ("2026-12-08T23:00", ["tomorrow 12-07 20:45", "soon 12-08 20:45"]),
    ],
)
def test_one_goes_the_day_before_and_one_two_hours_before_and_none_at_night(starts: str, then: list[str]) -> None:
    assert said(at(starts), at(starts) - LONG_BEFORE) == then


@pytest.mark.parametrize(
    ("starts", "now", "then"),
    [
        ("2026-12-08T16:30", "2026-12-07T16:29", ["tomorrow 12-07 16:30", "soon 12-08 14:30"]),
        ("2026-12-08T16:30", "2026-12-07T16:30", ["soon 12-08 14:30"]),
        ("2026-12-08T16:30", "2026-12-08T14:30", []),
        # Booked after the day before had its moment: the evening stands in for both, and says tomorrow.
        ("2026-12-08T09:00", "2026-12-07T15:00", ["tomorrow 12-07 20:45"]),
        ("2026-12-08T09:00", "2026-12-07T20:45", []),
    ],
)
def test_what_is_past_is_not_made_up_for(starts: str, now: str, then: list[str]) -> None:
    assert said(at(starts), at(now)) == then


def test_an_evening_brings_none_when_the_day_brought_one() -> None:
    starts, later = at("2026-12-08T09:00"), at("2026-12-07T15:00")

    assert said(starts, later, last_sent=at("2026-12-07T09:00")) == []
    assert said(starts, later, last_sent=at("2026-12-06T09:00")) == ["tomorrow 12-07 20:45"]


@pytest.mark.parametrize(
    ("reader", "starts", "then"),
    [
        # Five in the morning in Kolkata, the day after the clinic's: the day before of theirs, once they are up.
        (KOLKATA, "2026-12-08T17:30", ["tomorrow 12-08 08:00"]),
        (KOLKATA, "2026-12-08T10:00", ["tomorrow 12-07 20:45", "soon 12-08 19:30"]),
        (LONDON, "2026-12-08T16:00", ["tomorrow 12-07 20:45", "soon 12-08 20:00"]),
        (LONDON, "2026-12-08T09:00", ["tomorrow 12-07 15:00", "soon 12-08 13:00"]),
        # London's clocks change a week before Chicago's: an hour apart, on the clinic's wall the same time.
        (LONDON, "2026-10-25T09:00", ["tomorrow 10-24 15:00", "soon 10-25 12:00"]),
    ],
)
def test_the_night_is_the_readers_and_the_clock_time_is_the_clinics(
    reader: ZoneInfo, starts: str, then: list[str]
) -> None:
    assert said(at(starts), at(starts) - LONG_BEFORE, reader) == then


def clock_changes(zone: ZoneInfo, first: int = 2024, last: int = 2030) -> list[dt.date]:
    days = [dt.date(first, 1, 1) + dt.timedelta(days=n) for n in range((last - first + 1) * 365 + 2)]
    return [one for one, next_one in pairwise(days) if noon(one, zone).utcoffset() != noon(next_one, zone).utcoffset()]


def noon(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), zone)


@pytest.mark.parametrize("clinic", CLINICS, ids=str)
def test_over_every_clock_change_until_2030_none_is_missed_none_is_double_and_none_goes_at_night(
    clinic: ZoneInfo,
) -> None:
    changes = {day for zone in (clinic, *READERS) for day in clock_changes(zone)}
    assert len(changes) >= 28
    for change in sorted(changes):
        for day in (change, change + dt.timedelta(days=1), change + dt.timedelta(days=2)):
            for wall in (dt.time(8, 30), dt.time(12), dt.time(16, 30), dt.time(19)):
                starts_at = dt.datetime.combine(day, wall, clinic).astimezone(dt.UTC)
                for reader in (clinic, *READERS):
                    check_one(starts_at, clinic, reader)


def check_one(starts_at: dt.datetime, clinic: ZoneInfo, reader: ZoneInfo) -> None:
    found = due(starts_at, starts_at - LONG_BEFORE, clinic, reader)
    messages = [message for message, _ in found]
    assert messages in ([TOMORROW, SOON], [TOMORROW]), "one or two, each kind once, the day before always"
    soon_wall = (starts_at - dt.timedelta(hours=2)).astimezone(reader).time()
    is_awake = dt.time(8) <= soon_wall < dt.time(21)
    if is_awake:
        assert dict(found)[SOON] == starts_at - dt.timedelta(hours=2)
    days = [moment.astimezone(reader).date() for _, moment in found]
    assert is_awake or len(days) == len(set(days)), "never two on one day because of the night"
    for message, moment in found:
        assert dt.time(8) <= moment.astimezone(reader).time() < dt.time(21)
        assert moment < starts_at
        assert is_true_now(message, starts_at, moment, clinic, reader)
    wall_before = dt.datetime.combine(
        starts_at.astimezone(clinic).date() - dt.timedelta(days=1), starts_at.astimezone(clinic).time()
    )
    if dt.time(8) <= wall_before.replace(tzinfo=clinic).astimezone(reader).time() < dt.time(21):
        assert dict(found)[TOMORROW].astimezone(clinic).replace(tzinfo=None) == wall_before


@pytest.mark.parametrize(
    ("message", "now", "is_true"),
    [
        (TOMORROW, "2026-12-07T16:29", False),
        (TOMORROW, "2026-12-07T16:30", True),
        (TOMORROW, "2026-12-07T23:59", True),
        (TOMORROW, "2026-12-08T00:00", False),
        (SOON, "2026-12-08T14:29", False),
        (SOON, "2026-12-08T14:30", True),
        (SOON, "2026-12-08T16:29", True),
        (SOON, "2026-12-08T16:30", False),
    ],
)
def test_a_reminder_that_comes_late_is_given_only_while_it_is_true(message: str, now: str, is_true: bool) -> None:
    assert is_true_now(message, at("2026-12-08T16:30"), at(now), CHICAGO, CHICAGO) == is_true
