"""The rules of the care team's acts on family sessions: reasons, offers, working days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.errors import Refused
from portal.services.bookings_rules import (
    check_because,
    check_offer,
    check_outside,
    check_to_come,
    kept_until,
    last_day,
    suggestion,
)

MONDAY = dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def in_english(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_time_that_is_not_offered_needs_a_reason() -> None:
    check_outside(MONDAY, [MONDAY], "")
    check_outside(MONDAY, [], "Their train leaves at six")
    with pytest.raises(Refused, match="Write down why"):
        check_outside(MONDAY, [MONDAY + HOUR], "  ")


def test_a_time_that_is_over_is_no_choice_and_a_reason_is_short() -> None:
    with pytest.raises(Refused, match="This time is over"):
        check_to_come(MONDAY, MONDAY)
    with pytest.raises(Refused, match="at most 300 letters"):
        check_because("x" * 301)


def test_at_most_three_times_that_do_not_overlap_are_offered() -> None:
    free = [MONDAY + n * HOUR for n in range(5)]
    check_offer(free[:3], free, HOUR)
    with pytest.raises(Refused, match="at most 3 times"):
        check_offer(free[:4], free, HOUR)
    with pytest.raises(Refused, match="do not overlap"):
        check_offer(free[:2], free, HOUR + dt.timedelta(minutes=1))
    with pytest.raises(Refused, match="just taken"):
        check_offer([MONDAY + 9 * HOUR], free, HOUR)


def test_an_offer_stands_to_the_end_of_the_third_working_day() -> None:
    assert last_day(dt.date(2026, 11, 16), ()) == dt.date(2026, 11, 19)
    assert last_day(dt.date(2026, 11, 20), ()) == dt.date(2026, 11, 25)
    closed = {dt.date(2026, 11, 26), dt.date(2026, 11, 27)}
    assert last_day(dt.date(2026, 11, 23), closed) == dt.date(2026, 11, 30)


def test_an_offer_stands_no_longer_than_the_first_of_its_times_can_be_booked() -> None:
    ends = MONDAY + 3 * DAY

    assert kept_until([MONDAY + 9 * DAY, MONDAY + 3 * DAY], DAY, ends) == MONDAY + 2 * DAY
    assert kept_until([MONDAY + 9 * DAY], DAY, ends) == ends


def test_times_on_three_days_are_suggested_before_two_of_one_day() -> None:
    starts = [MONDAY + n * DAY + hour * HOUR for n in range(4) for hour in (0, 1)]
    on_days = {start: start.date() for start in starts}

    assert suggestion(on_days, HOUR) == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]
    assert suggestion({start: start.date() for start in starts[:2]}, HOUR) == starts[:2]
    assert suggestion({start: start.date() for start in starts[:2]}, 2 * HOUR) == starts[:1]
    assert suggestion({}, HOUR) == []
