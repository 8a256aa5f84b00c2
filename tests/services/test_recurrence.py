"""Dates of series: what calendars have got wrong before, in whatever zone the process itself runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from portal.models import Frequency
from portal.services.recurrence import Rule, aligned, at_most, instant, last_wall, occurrences, until_day, walls

CHICAGO = ZoneInfo("America/Chicago")
NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")
BERLIN = ZoneInfo("Europe/Berlin")
LISBON = ZoneInfo("Europe/Lisbon")


pytestmark = pytest.mark.usefixtures("process_zone")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def weekly(start: str, wall: str, days: str, zone: ZoneInfo, minutes: int = 60, **more: object) -> Rule:
    return Rule(
        day(start),
        dt.time.fromisoformat(wall),
        minutes,
        zone,
        Frequency.WEEKLY,
        by_day=tuple(days.split()),
        **more,  # type: ignore[arg-type]
    )


def starts(rule: Rule, first: str, last: str) -> list[dt.datetime]:
    return [one.starts_at for one in occurrences(rule, utc(first), utc(last))]


def local(zone: ZoneInfo, text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_monday_session_in_lisbon_stays_at_half_past_eleven_when_clocks_go_back() -> None:
    rule = weekly("2020-09-21", "11:30", "MO", LISBON, 90)

    assert starts(rule, "2020-10-19", "2020-10-27") == [utc("2020-10-19T10:30"), utc("2020-10-26T11:30")]

    def is_on(wall: str) -> bool:
        moment = local(LISBON, f"2020-11-02T{wall}")
        return bool(occurrences(rule, moment, moment + dt.timedelta(seconds=1)))

    assert [is_on(wall) for wall in ("11:15", "11:31", "12:59", "13:01")] == [False, True, True, False]


def test_an_evening_session_in_berlin_is_at_seven_in_winter_and_in_summer() -> None:
    rule = weekly("2019-03-20", "19:00", "WE", BERLIN)

    assert starts(rule, "2019-03-20", "2019-03-21") == [utc("2019-03-20T18:00")]
    assert starts(rule, "2019-04-24", "2019-04-25") == [utc("2019-04-24T17:00")]


def test_a_tuesday_session_in_chicago_is_at_half_past_seven_before_and_after_the_change() -> None:
    rule = weekly("2022-11-01", "07:30", "TU", CHICAGO)

    assert starts(rule, "2022-11-01", "2022-11-09") == [utc("2022-11-01T12:30"), utc("2022-11-08T13:30")]


def test_daily_three_times_is_three_times() -> None:
    rule = Rule(day("2020-01-28"), dt.time(22), 60, BERLIN, Frequency.DAILY, count=3)

    assert [wall.day for wall in walls(rule)] == [28, 29, 30]


def test_a_last_day_before_the_first_makes_no_session_and_no_error() -> None:
    rule = weekly("2019-03-05", "09:00", "TU", BERLIN, until=day("2019-03-01"))

    assert list(walls(rule)) == []
    assert last_wall(rule) is None
    assert list(walls(replace(rule, frequency=Frequency.ONCE))) == []


def test_the_last_friday_of_december_can_move_to_another_day() -> None:
    monthly = Rule(
        day("2021-10-29"), dt.time(9), 60, BERLIN, Frequency.MONTHLY, by_day=("-1FR",), until=day("2022-01-31"),
        skipped=frozenset({day("2021-12-31")}), extra=frozenset({dt.datetime(2021, 12, 17, 9)}),
    )  # fmt: skip

    assert [wall.date() for wall in walls(monthly)] == [
        day("2021-10-29"), day("2021-11-26"), day("2021-12-17"), day("2022-01-28"),
    ]  # fmt: skip


def test_a_moment_without_length_is_in_the_hour_that_begins_with_it() -> None:
    rule = Rule(day("2019-03-04"), dt.time(8), 0, ZoneInfo("UTC"))

    assert starts(rule, "2019-03-04T07:00", "2019-03-04T08:00") == []
    assert starts(rule, "2019-03-04T08:00", "2019-03-04T09:00") == [utc("2019-03-04T08:00")]


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        (NEW_YORK, "2023-11-03T09:00", "2023-11-03T13:00"),
        (NEW_YORK, "2023-06-13T22:00", "2023-06-14T02:00"),
        (HONOLULU, "2023-08-15T00:00", "2023-08-15T10:00"),
        (BERLIN, "2023-01-02T08:00", "2023-01-02T07:00"),
        (NEW_YORK, "2023-01-03T08:00", "2023-01-03T13:00"),
        (ZoneInfo("Asia/Kolkata"), "2023-01-06T08:00", "2023-01-06T02:30"),
        # RFC 5545, 3.3.5: half past two does not exist on this day and is counted from the offset before the gap …
        (NEW_YORK, "2007-03-11T02:30", "2007-03-11T07:30"),
        # … and half past one exists twice on this one; the first is meant.
        (NEW_YORK, "2007-11-04T01:30", "2007-11-04T05:30"),
    ],
)
def test_a_time_on_a_wall_is_one_moment(zone: ZoneInfo, wall: str, moment: str) -> None:
    assert instant(dt.datetime.fromisoformat(wall), zone) == utc(moment)


@pytest.mark.parametrize("seen_from", [ZoneInfo("Europe/Brussels"), HONOLULU, NEW_YORK])
def test_a_session_stays_on_its_own_date_wherever_it_is_read(seen_from: ZoneInfo) -> None:
    rule = Rule(day("2023-08-15"), dt.time(17), 60, HONOLULU)
    around = (local(seen_from, "2023-08-13"), local(seen_from, "2023-08-18"))

    (one,) = occurrences(rule, *around)

    assert one.wall.date() == day("2023-08-15")
    assert one.starts_at.astimezone(HONOLULU).date() == day("2023-08-15")
    assert one.ends_at == utc("2023-08-16T04:00")


def test_a_session_lasts_as_long_as_it_says_in_the_night_when_clocks_change() -> None:
    night = Rule(day("2027-03-13"), dt.time(23), 6 * 60, CHICAGO)

    (one,) = occurrences(night, utc("2027-03-13"), utc("2027-03-15"))

    assert one.ends_at - one.starts_at == dt.timedelta(hours=6)
    assert one.ends_at.astimezone(CHICAGO).time() == dt.time(6)


def test_every_second_week_is_counted_from_the_first_session_and_not_from_the_day_before_it() -> None:
    thursday = weekly("2026-12-03", "18:00", "MO", CHICAGO, every=2, count=3)

    assert [wall.date() for wall in walls(aligned(thursday))] == [
        day("2026-12-07"), day("2026-12-21"), day("2027-01-04"),
    ]  # fmt: skip


def test_a_series_that_nobody_ends_can_be_counted_without_waiting_for_ever() -> None:
    open_ended = weekly("2026-11-30", "18:00", "MO", CHICAGO)

    assert at_most(open_ended, 500) == 501
    assert last_wall(open_ended) is None


@pytest.mark.parametrize(("moment", "last"), [("2027-02-11T00:00", "2027-02-10"), ("2027-02-10T23:59", "2027-02-09")])
def test_another_calendars_last_moment_is_a_last_day_here(moment: str, last: str) -> None:
    assert until_day(utc(moment), weekly("2026-11-30", "18:00", "MO WE", CHICAGO)) == day(last)
