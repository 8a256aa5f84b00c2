"""Times that are offered: grids, gaps, notice, overrides and clock changes, whatever zone the server is in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.services.free_times import Busy, Terms, Window, common, days_ahead, merged, offered

UTC = ZoneInfo("UTC")
ALL_DAY = {weekday: [Window(0, 1440)] for weekday in range(7)}


pytestmark = pytest.mark.usefixtures("process_zone")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def daily(*hours: tuple[str, str]) -> dict[int, Sequence[Window]]:
    windows = [Window(minutes(start), minutes(end)) for start, end in hours]
    return dict.fromkeys(range(7), windows)


def minutes(wall: str) -> int:
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)


def busy(terms: Terms, start: str, end: str) -> Busy:
    begin, finish = (at(moment).replace(tzinfo=terms.zone) for moment in (start, end))
    return Busy(begin, finish + terms.gap)


def starts(terms: Terms, day: str, *taken: Busy, now: str = "2000-01-01T00:00:00+00:00") -> list[str]:
    """The starts of one day as wall-clock times, the day lying within the horizon."""
    date = dt.date.fromisoformat(day)
    moment = at(now)
    wide = dt.timedelta(days=(date - moment.astimezone(terms.zone).date()).days + 1)
    terms = Terms(**(terms.__dict__ | {"horizon_days": wide.days}))
    return [f"{start.astimezone(terms.zone):%H:%M}" for start in offered(terms, taken, now=moment, days=[date])]


@pytest.mark.parametrize("length", [60, 30])
def test_a_free_day_has_a_start_every_hour(length: int) -> None:
    terms = Terms(zone=UTC, minutes=length, step_minutes=60, weekly=ALL_DAY)

    assert len(starts(terms, "2021-06-21", now="2021-06-20T11:59:59+00:00")) == 24


def test_today_only_what_is_still_to_come_is_offered() -> None:
    terms = Terms(zone=UTC, minutes=60, step_minutes=60, weekly=ALL_DAY)

    offers = starts(terms, "2021-06-20", now="2021-06-20T11:59:59+00:00")

    assert (len(offers), offers[0], offers[-1]) == (12, "12:00", "23:00")


def test_notice_is_counted_in_real_minutes() -> None:
    terms = Terms(zone=UTC, minutes=60, step_minutes=60, weekly=ALL_DAY, notice=dt.timedelta(minutes=1500))

    offers = starts(terms, "2021-06-21", now="2021-06-20T11:59:59+00:00")

    assert (len(offers), offers[0], offers[-1]) == (11, "13:00", "23:00")


def test_a_start_exactly_at_now_plus_notice_is_offered() -> None:
    terms = Terms(zone=UTC, minutes=60, weekly=ALL_DAY, notice=dt.timedelta(hours=24))

    assert starts(terms, "2021-06-21", now="2021-06-20T09:00:00+00:00")[0] == "09:00"
    assert starts(terms, "2021-06-21", now="2021-06-20T09:00:01+00:00")[0] == "10:00"


@pytest.mark.parametrize(("end", "count"), [("24:00", 72), ("23:45", 71)])
def test_a_session_must_end_within_the_free_hours(end: str, count: int) -> None:
    assert len(starts(Terms(zone=UTC, minutes=20, weekly=daily(("0:00", end))), "2021-06-21")) == count


def test_two_free_hours_a_day_apart_from_each_other() -> None:
    terms = Terms(zone=UTC, minutes=20, weekly=daily(("11:00", "12:00"), ("14:00", "15:00")))

    assert starts(terms, "2021-06-21") == ["11:00", "11:20", "11:40", "14:00", "14:20", "14:40"]


def test_overlapping_free_hours_are_one() -> None:
    terms = Terms(zone=UTC, minutes=20, weekly=daily(("11:00", "12:00"), ("11:20", "12:40")))

    assert starts(terms, "2021-06-21") == ["11:00", "11:20", "11:40", "12:00", "12:20"]


def test_the_grid_begins_with_the_free_hours() -> None:
    terms = Terms(zone=UTC, minutes=8, weekly=daily(("7:22", "8:00")))

    assert starts(terms, "2021-06-21") == ["07:22", "07:30", "07:38", "07:46"]


def test_short_free_minutes_in_london() -> None:
    terms = Terms(zone=ZoneInfo("Europe/London"), minutes=5, weekly=daily(("7:00", "7:05"), ("7:10", "7:30")))

    assert len(starts(terms, "2023-07-13")) == 5


def test_what_is_booked_removes_a_start_and_shifts_none() -> None:
    terms = Terms(zone=ZoneInfo("America/Los_Angeles"), minutes=60, weekly=daily(("8:00", "12:30")))

    taken = busy(terms, "2024-09-12T10:00", "2024-09-12T10:10")

    assert starts(terms, "2024-09-12", taken) == ["08:00", "09:00", "11:00"]


def test_half_hour_zones_keep_their_half_hours() -> None:
    terms = Terms(zone=ZoneInfo("Asia/Kolkata"), minutes=60, weekly=daily(("7:30", "9:30")))

    assert starts(terms, "2023-07-13") == ["07:30", "08:30"]


def test_hours_that_end_before_they_start_are_none() -> None:
    assert starts(Terms(zone=UTC, minutes=30, weekly=daily(("8:00", "7:00"))), "2021-06-21") == []


def test_a_day_off_replaces_the_weekly_hours() -> None:
    terms = Terms(
        zone=ZoneInfo("Europe/London"),
        minutes=60,
        weekly=daily(("8:00", "17:00")),
        overrides={dt.date(2023, 6, 13): []},
    )

    assert starts(terms, "2023-06-13") == []
    assert len(starts(terms, "2023-06-14")) == 9


def test_other_hours_on_one_day_replace_the_weekly_hours() -> None:
    zone = ZoneInfo("America/New_York")
    terms = Terms(
        zone=zone,
        minutes=60,
        weekly=daily(("8:00", "17:00")),
        overrides={dt.date(2023, 6, 13): [Window(minutes("10:00"), minutes("15:00"))]},
    )

    assert starts(terms, "2023-06-13") == ["10:00", "11:00", "12:00", "13:00", "14:00"]
    assert starts(terms, "2023-06-14")[0] == "08:00"


def test_late_hours_on_one_day_belong_to_that_day_though_it_is_tomorrow_elsewhere() -> None:
    zone = ZoneInfo("America/New_York")
    late = {dt.date(2023, 6, 13): [Window(minutes("22:00"), minutes("23:00"))]}
    terms = Terms(zone=zone, minutes=60, overrides=late)

    offers = list(offered(terms, [], now=at("2023-06-10T12:00:00+00:00"), days=[dt.date(2023, 6, 13)]))

    assert [start.isoformat() for start in offers] == ["2023-06-14T02:00:00+00:00"]
    assert [start.astimezone(zone).date() for start in offers] == [dt.date(2023, 6, 13)]


def test_hours_of_one_day_in_honolulu_stay_on_that_day_when_read_in_brussels() -> None:
    zone = ZoneInfo("Pacific/Honolulu")
    terms = Terms(zone=zone, minutes=60, overrides={dt.date(2023, 8, 15): [Window(0, 1440)]}, horizon_days=9)
    now = at("2023-08-12T00:00:00+02:00")

    offers = list(offered(terms, [], now=now, days=days_ahead(terms, now)))

    assert {start.astimezone(zone).date() for start in offers} == {dt.date(2023, 8, 15)}
    assert (offers[0].isoformat(), len(offers)) == ("2023-08-15T10:00:00+00:00", 24)


def test_the_last_start_of_an_evening_that_is_free_until_the_end_of_the_day() -> None:
    terms = Terms(zone=ZoneInfo("Europe/Athens"), minutes=15, weekly=daily(("21:30", "24:00")))

    offers = list(offered(terms, [], now=at("2023-07-13T00:00:00+03:00"), days=[dt.date(2023, 7, 13)]))

    assert offers[-1] == at("2023-07-13T22:45:00+02:00")


@pytest.mark.parametrize(
    ("zone", "day", "first", "after"),
    [
        ("Europe/Berlin", "2023-01-02", "2023-01-02T07:00", "2023-01-02T16:00"),
        ("America/New_York", "2023-01-03", "2023-01-03T13:00", "2023-01-03T22:00"),
        ("Asia/Kolkata", "2023-01-06", "2023-01-06T02:30", "2023-01-06T11:30"),
    ],
)
def test_the_same_hours_are_other_moments_where_a_therapist_travels(
    zone: str, day: str, first: str, after: str
) -> None:
    terms = Terms(zone=ZoneInfo(zone), minutes=60, weekly=daily(("8:00", "17:00")))

    offers = list(offered(terms, [], now=at("2022-12-30T00:00:00+00:00"), days=[dt.date.fromisoformat(day)]))

    assert (offers[0], offers[-1] + terms.length) == (at(f"{first}+00:00"), at(f"{after}+00:00"))


@pytest.mark.parametrize(("gap", "free"), [(30, ["10:30"]), (0, ["10:00", "10:30"])])
def test_the_gap_after_a_session_stays_free(gap: int, free: list[str]) -> None:
    terms = Terms(zone=UTC, minutes=30, gap_minutes=gap, step_minutes=30, weekly=daily(("10:00", "11:30")))

    offers = starts(terms, "2021-06-21", busy(terms, "2021-06-21T09:00", "2021-06-21T10:00"))

    assert offers[: len(free)] == free


def test_the_gap_before_a_session_stays_free() -> None:
    terms = Terms(zone=UTC, minutes=30, gap_minutes=30, step_minutes=30, weekly=daily(("9:30", "10:30")))

    assert starts(terms, "2021-06-21", busy(terms, "2021-06-21T10:30", "2021-06-21T11:30")) == ["09:30"]


def test_a_long_session_takes_every_start_it_touches() -> None:
    terms = Terms(zone=UTC, minutes=180, step_minutes=30, weekly=daily(("9:00", "14:30")))

    assert starts(terms, "2021-06-21", busy(terms, "2021-06-21T09:30", "2021-06-21T12:30")) == []


def test_a_therapist_who_works_wednesdays_only() -> None:
    hours = [Window(minutes("9:00"), minutes("17:00"))]
    terms = Terms(zone=UTC, minutes=60, weekly={0: hours, 2: hours}, overrides={dt.date(2026, 11, 23): []})

    taken = busy(terms, "2026-11-25T10:00", "2026-11-25T11:00")

    assert starts(terms, "2026-11-23") == []
    assert starts(terms, "2026-11-25", taken) == ["09:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    assert starts(terms, "2026-11-26") == []


def test_a_step_shorter_than_the_session() -> None:
    terms = Terms(zone=UTC, minutes=30, step_minutes=15, weekly=daily(("9:00", "10:00")))

    assert starts(terms, "2021-06-21") == ["09:00", "09:15", "09:30"]


def test_the_wall_clock_stays_when_clocks_change() -> None:
    zone = ZoneInfo("America/Chicago")
    terms = Terms(zone=zone, minutes=50, gap_minutes=10, weekly=daily(("7:30", "8:30")), horizon_days=30)
    days = [dt.date(2022, 11, 1), dt.date(2022, 11, 8)]

    offers = list(offered(terms, [], now=at("2022-10-30T12:00:00+00:00"), days=days))

    assert [start.isoformat() for start in offers] == ["2022-11-01T12:30:00+00:00", "2022-11-08T13:30:00+00:00"]


def test_a_time_that_the_clock_skips_is_not_offered() -> None:
    terms = Terms(zone=ZoneInfo("America/Chicago"), minutes=60, weekly=daily(("1:00", "5:00")))

    assert starts(terms, "2027-03-14") == ["01:00", "03:00", "04:00"]


def test_a_clinic_that_is_closed_offers_nothing() -> None:
    terms = Terms(zone=UTC, minutes=60, weekly=ALL_DAY, closed=frozenset({dt.date(2021, 6, 21)}))

    assert starts(terms, "2021-06-21") == []


def test_no_more_than_so_many_a_day() -> None:
    terms = Terms(zone=UTC, minutes=60, weekly=ALL_DAY, per_day=2)
    one = busy(terms, "2021-06-21T09:00", "2021-06-21T10:00")
    two = busy(terms, "2021-06-21T12:00", "2021-06-21T13:00")

    assert len(starts(terms, "2021-06-21", one)) == 23
    assert starts(terms, "2021-06-21", one, two) == []


def test_nothing_is_offered_beyond_the_horizon() -> None:
    terms = Terms(zone=UTC, minutes=60, weekly=ALL_DAY, horizon_days=2)
    now = at("2021-06-20T12:00:00+00:00")

    offers = list(offered(terms, [], now=now, days=[dt.date(2021, 6, 20) + dt.timedelta(n) for n in range(9)]))

    assert {start.date() for start in offers} == {dt.date(2021, 6, 20), dt.date(2021, 6, 21), dt.date(2021, 6, 22)}


def hours(*of_one: str) -> list[Window]:
    """ "9:00-12:00": free hours of one of them."""
    return [Window(*(minutes(wall) for wall in one.split("-"))) for one in of_one]


def test_three_people_have_two_times_in_common() -> None:
    assert common(
        hours("9:00-12:00", "14:00-17:00"),
        hours("10:00-13:00", "15:00-18:00"),
        hours("11:00-12:30", "15:30-16:30"),
    ) == hours("11:00-12:00", "15:30-16:30")


def test_four_people_have_what_the_busiest_of_them_has() -> None:
    assert common(
        hours("9:00-17:00"), hours("10:00-16:00"), hours("11:00-15:00"), hours("11:15-11:30", "13:00-14:00")
    ) == hours("11:15-11:30", "13:00-14:00")


@pytest.mark.parametrize(
    "everybody",
    [
        (hours("9:00-10:00"), hours("10:00-11:00")),
        (hours("9:00-10:00"), []),
        ([], hours("9:00-10:00"), hours("9:00-10:00")),
        (),
    ],
)
def test_hours_that_only_touch_or_that_somebody_lacks_are_not_in_common(everybody: tuple[list[Window], ...]) -> None:
    assert common(*everybody) == []


WINDOWS = st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(lambda pair: Window(*pair)), max_size=4)


@given(WINDOWS)
def test_joined_hours_are_in_order_and_never_touch(windows: list[Window]) -> None:
    joined = merged(windows)

    assert all(window.start < window.end for window in joined)
    assert all(before.end < after.start for before, after in pairwise(joined))


@given(
    windows=WINDOWS,
    length=st.integers(5, 180),
    gap=st.integers(0, 60),
    zone=st.sampled_from(["America/Chicago", "Europe/Lisbon", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    day=st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)),
    picks=st.lists(st.integers(0, 200), max_size=6),
)
def test_taking_what_is_offered_never_makes_two_sessions_overlap(
    windows: list[Window], length: int, gap: int, zone: str, day: dt.date, picks: list[int]
) -> None:
    terms = Terms(
        zone=ZoneInfo(zone), minutes=length, gap_minutes=gap, weekly=dict.fromkeys(range(7), windows), horizon_days=1
    )
    now = dt.datetime.combine(day, dt.time(), terms.zone)
    taken: list[Busy] = []

    for pick in picks:
        offers = list(offered(terms, taken, now=now, days=days_ahead(terms, now)))
        if offers:
            start = offers[pick % len(offers)]
            taken.append(Busy(start, start + terms.length + terms.gap))

    taken.sort(key=lambda one: one.start)
    assert all(before.until <= after.start for before, after in pairwise(taken))


@given(st.lists(WINDOWS, min_size=1, max_size=4))
def test_a_minute_is_in_common_just_when_everybody_is_free(everybody: list[list[Window]]) -> None:
    shared = common(*everybody)

    for minute in {edge + off for one in everybody for window in one for edge in (window.start, window.end)
                   for off in (-1, 0)}:  # fmt: skip
        is_free = all(any(window.start <= minute < window.end for window in one) for one in everybody)
        assert is_free == any(window.start <= minute < window.end for window in shared)
