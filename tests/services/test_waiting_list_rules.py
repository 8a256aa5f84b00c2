"""Which times suit somebody who waits: the whole session, on the clinic's wall clock, in hours free for both."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from portal.services.free_times import Terms, Window
from portal.services.waiting_list_rules import Part, Wish, first_fit, fits, mode_for, usual_end

pytestmark = pytest.mark.usefixtures("process_zone")

CHICAGO = ZoneInfo("America/Chicago")
TERMS = Terms(zone=CHICAGO, minutes=50, weekly={day: [Window(9 * 60, 24 * 60)] for day in range(7)})
TUESDAY = dt.date(2026, 12, 8)


def at(wall: str, day: dt.date = TUESDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(wall), CHICAGO).astimezone(dt.UTC)


def wish(*parts: str, days: tuple[int, ...] = tuple(range(7)), until_on: dt.date = TUESDAY) -> Wish:
    return Wish(days, parts, until_on, None, "with patient")


@pytest.mark.parametrize(
    ("wall", "suiting"),
    [
        ("09:00", {Part.MORNING}),
        ("11:10", {Part.MORNING}),
        ("12:00", {Part.AFTERNOON}),
        ("16:10", {Part.AFTERNOON}),
        ("17:00", {Part.EVENING}),
        ("23:10", {Part.EVENING}),
        ("11:30", set()),
        ("16:30", set()),
    ],
)
def test_a_session_lies_wholly_in_the_part_of_the_day_that_was_asked_for(wall: str, suiting: set[str]) -> None:
    assert {part for part in Part if fits(at(wall), TERMS, wish(part))} == suiting


def test_a_session_may_begin_in_the_afternoon_and_end_in_the_evening_for_who_can_come_at_both() -> None:
    assert fits(at("16:30"), TERMS, wish(Part.AFTERNOON, Part.EVENING))
    assert not fits(at("16:30"), TERMS, wish(Part.MORNING, Part.EVENING))


def test_days_are_the_clinics_days_although_it_is_the_next_one_in_utc() -> None:
    assert fits(at("22:00"), TERMS, wish(Part.EVENING, days=(1,)))
    assert not fits(at("22:00"), TERMS, wish(Part.EVENING, days=(2,)))


def test_the_last_day_still_suits_and_the_next_does_not() -> None:
    assert fits(at("18:00"), TERMS, wish(Part.EVENING))
    assert not fits(at("18:00", TUESDAY + dt.timedelta(days=1)), TERMS, wish(Part.EVENING))


def test_what_lies_outside_the_therapists_hours_suits_nobody() -> None:
    assert not fits(at("08:00"), TERMS, wish(*Part))


def test_on_the_day_the_clocks_change_the_wall_clock_counts() -> None:
    sunday = dt.date(2027, 3, 14)

    assert fits(at("17:00", sunday), TERMS, wish(Part.EVENING, until_on=sunday))
    assert not fits(at("16:30", sunday), TERMS, wish(Part.EVENING, until_on=sunday))


def test_the_first_time_that_suits_and_was_not_let_pass() -> None:
    starts = [at("10:00"), at("17:00"), at("18:00")]

    assert first_fit(starts, TERMS, wish(Part.EVENING)) == at("17:00")
    assert first_fit(starts, TERMS, wish(Part.EVENING), {at("17:00")}) == at("18:00")
    assert first_fit(starts, TERMS, wish(Part.AFTERNOON)) is None


def test_who_does_not_mind_meets_the_way_the_therapist_names_first() -> None:
    both = ("online", "in person")

    assert mode_for(wish(*Part), both) == "online"
    assert mode_for(Wish((0,), (), TUESDAY, "in person", ""), both) == "in person"
    assert mode_for(Wish((0,), (), TUESDAY, "in person", ""), ("online",)) is None


def test_four_weeks_are_proposed_or_as_long_as_it_is_shared() -> None:
    assert usual_end(TUESDAY, dt.date(2027, 3, 1)) == dt.date(2027, 1, 5)
    assert usual_end(TUESDAY, dt.date(2026, 12, 11)) == dt.date(2026, 12, 11)
