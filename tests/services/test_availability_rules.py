"""What a therapist may say of their hours: rows that do not overlap, limits that can be reached, encrypted links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from portal.errors import Refused
from portal.services.availability_rules import Availability, OtherDays, check, check_limits, holds, limits_of
from portal.services.clock_changes import clock_changes
from portal.services.free_times import Terms, Window

TODAY = dt.date(2026, 11, 23)
CHICAGO = ZoneInfo("America/Chicago")
DAY = dt.timedelta(days=1)
# Hours on the wall, in minutes after midnight.
NINE, TEN, ELEVEN, FOUR, SEVEN, EIGHT, NINE_PM = (hour * 60 for hour in (9, 10, 11, 16, 19, 20, 21))


@pytest.fixture(autouse=True)
def in_english(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def refused(**said: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as no:
        check(replace(Availability(), **said), TODAY)
    return no.value.sentence, no.value.field


@pytest.mark.parametrize(
    ("limits", "is_fine"),
    [
        ((3, None, 5, None), True),
        ((9, None, 5, None), False),
        ((9, None, None, 25), True),
        ((1, None, None, 1), True),
        ((None, None, None, None), True),
        ((9, 20, 5, 100), False),
        ((None, 0, None, None), True),
    ],
)
def test_a_limit_of_a_longer_time_is_no_smaller_than_one_of_a_shorter_time(
    limits: tuple[int | None, ...], is_fine: bool
) -> None:
    if is_fine:
        check_limits(limits_of(*limits))
        return
    with pytest.raises(Refused) as no:
        check_limits(limits_of(*limits))
    assert no.value.field == "per_month"


def test_overlapping_rows_of_a_day_are_both_named() -> None:
    sentence, field = refused(weekly={1: [Window(FOUR, EIGHT), Window(NINE, ELEVEN), Window(SEVEN, NINE_PM)]})

    assert field == "tue"
    assert sentence == ("Tuesday: row 1, 4:00 PM to 8:00 PM, and row 3, 7:00 PM to 9:00 PM, overlap. Change one")


def test_a_row_that_holds_another_one_overlaps_it() -> None:
    sentence, _ = refused(weekly={0: [Window(TEN, ELEVEN), Window(NINE, EIGHT)]})

    assert "row 1, 10:00 AM to 11:00 AM, and row 2, 9:00 AM to 8:00 PM" in sentence


def test_rows_that_touch_and_the_same_hours_on_two_days_are_fine() -> None:
    check(Availability(weekly={0: [Window(NINE, TEN), Window(TEN, ELEVEN)], 1: [Window(NINE, TEN)]}), TODAY)


def test_a_row_that_ends_before_it_begins_is_said() -> None:
    sentence, field = refused(weekly={2: [Window(EIGHT, SEVEN)]})

    assert (sentence, field) == ("Wednesday, row 1: 8:00 PM to 7:00 PM leaves no time. Choose a later end", "wed")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([OtherDays(TODAY + DAY, TODAY)], "Row 1: the last day is before the first"),
        ([OtherDays(TODAY - 3 * DAY, TODAY - DAY)], "Row 1: these days are over"),
        ([OtherDays(TODAY, TODAY + 366 * DAY)], "Row 1: choose at most 366 days"),
        ([OtherDays(TODAY, TODAY, Window(EIGHT, SEVEN))], "Row 1: 8:00 PM to 7:00 PM leaves no time"),
        (
            [
                OtherDays(TODAY, TODAY),
                OtherDays(TODAY + DAY, TODAY + 5 * DAY),
                OtherDays(TODAY + 3 * DAY, TODAY + 3 * DAY),
            ],
            "Row 2 and row 3 are about the same day and overlap",
        ),
        (
            [OtherDays(TODAY, TODAY, Window(NINE, ELEVEN)), OtherDays(TODAY, TODAY, Window(TEN, FOUR))],
            "Row 1 and row 2 are about the same day and overlap",
        ),
    ],
)
def test_days_that_differ_say_one_thing_of_each_day_to_come(days: list[OtherDays], said: str) -> None:
    sentence, field = refused(days=days)

    assert field == "days"
    assert said in sentence


def test_a_leave_that_began_and_two_pieces_of_one_day_are_fine() -> None:
    on_one_day = [
        OtherDays(TODAY + 9 * DAY, TODAY + 9 * DAY, window) for window in (Window(NINE, TEN), Window(FOUR, EIGHT))
    ]

    check(Availability(days=[OtherDays(TODAY - DAY, TODAY + DAY), *on_one_day]), TODAY)


@pytest.mark.parametrize(
    ("name", "fewest", "most"),
    [
        ("minutes", 5, 480),
        ("gap_minutes", 0, 480),
        ("notice_hours", 0, 720),
        ("cancel_hours", 0, 720),
        ("horizon_days", 1, 366),
    ],
)
def test_a_number_lies_in_its_bounds_and_is_not_missing(name: str, fewest: int, most: int) -> None:
    for fine in (fewest, most):
        check(replace(Availability(), **{name: fine}), TODAY)  # type: ignore[arg-type]
    for wrong in (fewest - 1, most + 1, None):
        assert refused(**{name: wrong}) == (f"Enter a number from {fewest} to {most}", name)


def test_a_limit_may_be_missing() -> None:
    check(replace(Availability(), step_minutes=None, per_day=None, per_family_open=None, most_moves=None), TODAY)
    assert refused(step_minutes=0)[1] == "step_minutes"


@pytest.mark.parametrize("link", ["", "https://meet.example.org/ben", "https://meet.example.org:8443/ben?room=1"])
def test_a_link_that_is_encrypted_is_fine(link: str) -> None:
    check(Availability(online_link=link), TODAY)


@pytest.mark.parametrize(
    "link",
    ["http://meet.example.org", "meet.example.org", "javascript:alert(1)", "https://", "https://a b.org", "https://[x"],
)
def test_any_other_link_is_refused(link: str) -> None:
    assert refused(online_link=link) == ("Enter a web address that begins with https://", "online_link")


def test_ways_kinds_and_rooms_are_those_there_are() -> None:
    assert refused(modes=())[1] == refused(modes=("by post",))[1] == "modes"
    assert refused(kinds=())[1] == refused(kinds=("with the dog",))[1] == "kinds"
    assert refused(rooms=("Room 4", "Room 5", "room 4")) == ("room 4 is there twice. Take one of them out", "rooms")
    assert refused(rooms=("x" * 121,))[1] == refused(rooms=tuple(map(str, range(51))))[1] == "rooms"


def test_hours_hold_a_start_whatever_is_booked_closed_full_or_too_soon() -> None:
    terms = Terms(
        zone=CHICAGO, minutes=50, gap_minutes=10, notice=30 * DAY, horizon_days=0, per_day=0,
        weekly={1: [Window(FOUR, EIGHT)]}, closed=frozenset({dt.date(2026, 11, 24)}),
    )  # fmt: skip
    five = dt.datetime(2026, 11, 24, 17, 0, tzinfo=CHICAGO)

    assert holds(terms, five)
    assert not holds(terms, five + dt.timedelta(minutes=30))
    assert not holds(terms, five + DAY)
    assert not holds(replace(terms, overrides={dt.date(2026, 11, 24): []}), five)


def test_the_clock_jumps_forward_in_march_and_back_in_november() -> None:
    days = [dt.date(2026, 11, 1) + n * DAY for n in range(180)]

    found = [(one.day, one.before, one.after) for one in clock_changes(CHICAGO, days)]

    assert found == [
        (dt.date(2026, 11, 1), dt.time(2), dt.time(1)),
        (dt.date(2027, 3, 14), dt.time(2), dt.time(3)),
    ]
    assert clock_changes(ZoneInfo("Asia/Kolkata"), days) == []
