"""Series: published, changed, split, ended, and what becomes of each session meanwhile."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from flask import Flask

from portal import clock as portal_clock
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Kind, SessionType
from portal.services import carrying_on, closing, occurrences, series, series_words
from portal.services.series_edits import Which, begin_of, changed_by_themselves, plan_of
from portal.services.series_rules import check_plan, minutes_between
from tests.conftest import Clock, at_the_clinic
from tests.services.planning import at, march, on, sessions


def test_a_month_of_evenings_stays_at_six_over_the_change_of_clocks(app: Flask, process_zone: None) -> None:
    with at_the_clinic(app):
        closing.close(dt.date(2027, 3, 17), dt.date(2027, 3, 17), "Day off", account_id=None)
        said = series_words.in_words(march())
        made = series.publish(march(), account_id=None)
        moved = on(sessions(), "2027-03-24")
        occurrences.move(moved.ref, dt.date(2027, 3, 24), dt.time(18, 30), account_id=None)

        assert (said.how_many, said.skips) == ("9 sessions.", "Skips 1 closed day.")
        assert said.sentence == (
            "Every Monday and Wednesday, 6:00 PM to 9:00 PM, from Monday, March 1 until Wednesday, March 31."
        )
        assert said.clock_change == "Clocks change before Monday, March 15. 6:00 PM stays 6:00 PM."
        assert at(sessions(made.series)) == [
            "03-01 18:00", "03-03 18:00", "03-08 18:00", "03-10 18:00", "03-15 18:00", "03-22 18:00",
            "03-24 18:30 changed", "03-29 18:00", "03-31 18:00",
        ]  # fmt: skip
        assert [row.starts_at.hour for row in sessions()] == [0, 0, 0, 0, 23, 23, 23, 23, 23]


def test_a_plan_of_two_years_is_told_to_its_end(app: Flask) -> None:
    with at_the_clinic(app):
        said = series_words.in_words(replace(march(), until=dt.date(2029, 2, 28)))

        assert said.sentence.endswith("from Monday, March 1 until Wednesday, February 28, 2029.")
        assert said.how_many == "210 sessions."
        assert len(said.sessions) == 210


def test_this_and_later_leaves_what_was_before_and_what_was_moved_by_itself(app: Flask) -> None:
    with at_the_clinic(app):
        first = series.publish(march(), account_id=None).series
        before = {row.recurrence_id: row.ref for row in sessions()}
        moved, cancelled = on(sessions(), "2027-03-24"), on(sessions(), "2027-03-22")
        occurrences.move(moved.ref, dt.date(2027, 3, 25), dt.time(10), account_id=None)
        occurrences.call_off(cancelled.ref, "snow", account_id=None)
        entry = on(sessions(), "2027-03-15")

        plan = plan_of(first, begin_of(entry, Which.LATER))
        later = series.change(entry, replace(plan, wall_time=dt.time(17)), Which.LATER, account_id=None).series

        assert at(sessions(first)) == ["03-01 18:00", "03-03 18:00", "03-08 18:00", "03-10 18:00"]
        assert at(sessions(later)) == [
            "03-15 17:00 changed", "03-17 17:00 changed", "03-22 17:00 cancelled", "03-25 10:00 changed",
            "03-29 17:00 changed", "03-31 17:00 changed",
        ]  # fmt: skip
        assert [row.ref for row in sessions(first)] == list(before.values())[:4]
        assert {row.ref for row in sessions(later)} == set(list(before.values())[4:])
        assert (first.until, later.until, later.split_from) == (dt.date(2027, 3, 10), dt.date(2027, 3, 31), first.uid)
        assert (first.sequence, later.starts_on) == (1, dt.date(2027, 3, 15))
        assert [row.ref for row in changed_by_themselves(later, dt.datetime(2027, 3, 15))] == [cancelled.ref, moved.ref]


def test_all_of_them_can_take_back_what_was_changed_by_itself(app: Flask) -> None:
    with at_the_clinic(app):
        first = series.publish(march(until=dt.date(2027, 3, 10)), account_id=None).series
        moved, cancelled = on(sessions(), "2027-03-03"), on(sessions(), "2027-03-08")
        occurrences.move(moved.ref, dt.date(2027, 3, 4), dt.time(10), account_id=None)
        occurrences.call_off(cancelled.ref, account_id=None)

        changed = series.change(moved, plan_of(first), Which.ALL, account_id=None, overwrite=True)

        assert changed.series is first
        assert at(sessions()) == ["03-01 18:00", "03-03 18:00", "03-08 18:00", "03-10 18:00"]
        assert {row.ref for row in changed.changed} == {moved.ref, cancelled.ref}


def test_what_is_over_stays_as_it_was_when_all_are_changed(app: Flask, clock: Clock) -> None:
    with at_the_clinic(app):
        first = series.publish(march(count=6, until=None), account_id=None).series
    clock.set(dt.datetime.fromisoformat("2027-03-09T12:00:00-06:00"))
    with at_the_clinic(app):
        session().add(first)
        entry = on(sessions(), "2027-03-01")
        plan = plan_of(first, begin_of(entry, Which.ALL))
        assert (plan.starts_on, plan.count) == (dt.date(2027, 3, 10), 3)

        later = series.change(entry, replace(plan, place="Room 8"), Which.ALL, account_id=None).series

        assert [(row.place, row.status) for row in sessions(first)] == [("Room 7", "on")] * 3
        assert [(row.place, row.status) for row in sessions(later)] == [("Room 8", "changed")] * 3
        assert at(sessions(later)) == ["03-10 18:00 changed", "03-15 18:00 changed", "03-17 18:00 changed"]


def test_another_day_of_the_week_moves_each_weeks_session_and_says_when_it_was(app: Flask) -> None:
    with at_the_clinic(app):
        first = series.publish(march(), account_id=None).series
        refs = [row.ref for row in sessions()]

        series.change(sessions()[0], replace(plan_of(first), by_day=("TU", "WE")), Which.ALL, account_id=None)

        assert [row.ref for row in sessions()] == refs
        assert at(sessions())[:3] == ["03-02 18:00 changed", "03-03 18:00", "03-09 18:00 changed"]
        assert sessions()[0].was_at == portal_clock.midnight(dt.date(2027, 3, 2), dt.UTC)  # Monday at six in Chicago


def test_a_session_that_is_moved_back_is_a_session_like_any_other(app: Flask) -> None:
    with at_the_clinic(app):
        series.publish(march(), account_id=None)
        one = on(sessions(), "2027-03-24")
        occurrences.move(one.ref, dt.date(2027, 3, 25), dt.time(10), account_id=None)
        occurrences.move(one.ref, dt.date(2027, 3, 26), dt.time(10), account_id=None)
        assert (one.sequence, one.status, one.was_at) == (2, "changed", on(sessions(), "2027-03-24").was_at)

        occurrences.move(one.ref, dt.date(2027, 3, 24), dt.time(18), account_id=None)

        assert (one.sequence, one.status, one.was_at, one.is_exception) == (3, "on", None, False)


def test_daily_three_times_with_the_second_cancelled_is_three_sessions_one_of_them_cancelled(app: Flask) -> None:
    with at_the_clinic(app):
        daily = march(frequency="daily", by_day=(), until=None, count=3, wall_time=dt.time(22), minutes=60)
        series.publish(daily, account_id=None)
        occurrences.call_off(on(sessions(), "2027-03-02").ref, account_id=None)

        assert at(sessions()) == ["03-01 22:00", "03-02 22:00 cancelled", "03-03 22:00"]
        occurrences.bring_back(on(sessions(), "2027-03-02").ref, account_id=None)
        assert at(sessions()) == ["03-01 22:00", "03-02 22:00", "03-03 22:00"]


def test_a_single_session_may_get_a_second_date(app: Flask) -> None:
    with at_the_clinic(app):
        once = series.publish(march(frequency="once", by_day=(), until=None), account_id=None).series
        series.add_date(once.ref, dt.datetime(2027, 3, 6, 10), account_id=1)

        assert at(sessions(once)) == ["03-01 18:00", "03-06 10:00"]
        with pytest.raises(Refused, match="at that time already"):
            series.add_date(once.ref, dt.datetime(2027, 3, 6, 10), account_id=1)


def test_the_sessions_of_a_series_that_was_ended_are_shown_as_cancelled_for_a_week(app: Flask, clock: Clock) -> None:
    with at_the_clinic(app):
        made = series.publish(march(), account_id=None).series
        series.end(made.ref, dt.date(2027, 3, 10), account_id=1)
        assert [row.status for row in sessions()] == ["on"] * 4 + ["cancelled"] * 6
        with pytest.raises(Refused, match="series has ended"):
            occurrences.bring_back(sessions()[-1].ref, account_id=1)

    clock.forward(days=8)
    with app.app_context():
        carrying_on.carry_on()
    with at_the_clinic(app):
        assert at(sessions()) == ["03-01 18:00", "03-03 18:00", "03-08 18:00", "03-10 18:00"]


@pytest.mark.both_databases
def test_a_series_without_an_end_is_carried_on_as_time_goes_by(app: Flask, clock: Clock) -> None:
    with at_the_clinic(app):
        series.publish(march(starts_on=dt.date(2026, 11, 30), until=None, by_day=("MO",)), account_id=None)
        written = len(sessions())
        gone = on(sessions(), "2026-12-07")
        occurrences.call_off(gone.ref, account_id=None)
    assert 50 < written < 60

    clock.forward(days=15)
    with app.app_context():
        assert carrying_on.carry_on() == 1
        assert carrying_on.carry_on() == 0

    with at_the_clinic(app):
        assert len(sessions()) == written + 2
        assert on(sessions(), "2026-12-07").status == "cancelled"


def test_a_closed_day_calls_sessions_off_until_it_is_open_again(app: Flask) -> None:
    with at_the_clinic(app):
        series.publish(march(until=dt.date(2027, 3, 10)), account_id=None)
        refs = [row.ref for row in sessions()]
        done = closing.close(dt.date(2027, 3, 3), dt.date(2027, 3, 4), "Flood", account_id=None)
        late = series.publish(march(until=dt.date(2027, 3, 3), wall_time=dt.time(9)), account_id=None).series

        assert [row.status for row in sessions() if row.series_id != late.id] == ["on", "cancelled", "on", "on"]
        assert at(sessions(late)) == ["03-01 09:00"], "what was never announced is not announced as cancelled"
        with pytest.raises(Refused, match="closed that day"):
            occurrences.move(refs[0], dt.date(2027, 3, 4), dt.time(18), account_id=None)

        closing.withdraw(done.closure.ref, account_id=None)

        assert [row.ref for row in sessions() if row.series_id != late.id] == refs
        assert at(sessions(late)) == ["03-01 09:00", "03-03 09:00"]
        assert {row.status for row in sessions()} == {"on"}


def test_a_closed_program_leaves_the_other_programs_open(app: Flask) -> None:
    with at_the_clinic(app):
        one = series.publish(march(), account_id=None).series
        other = series.publish(replace(march(), timetable_id=one.timetable_id + 1), account_id=None).series
        closing.close(
            dt.date(2027, 3, 1), dt.date(2027, 3, 1), "Retreat", account_id=None, program_id=one.timetable.program_id
        )

        assert [sessions(of)[0].status for of in (one, other)] == ["cancelled", "on"]


def test_a_draft_is_nobodys_session_until_it_is_published(app: Flask) -> None:
    with at_the_clinic(app):
        draft = series.save_draft(march())
        assert sessions() == []
        series.save_draft(march(name="Skills"), draft.ref)
        series.publish_draft(draft.ref, plan_of(draft), account_id=1)

        assert len(sessions(draft)) == 10
        with pytest.raises(NotShared):
            series.throw_away(draft.ref)


NO_SENSE: list[tuple[dict[str, object], str]] = [
    ({"type": "medication"}, "type"),
    ({"type": "drug_test"}, "type"),
    ({"minutes": 0}, "minutes"),
    ({"minutes": 1441}, "minutes"),
    ({"by_day": ()}, "by_day"),
    ({"every": 13}, "every"),
    ({"until": dt.date(2027, 2, 28)}, "until"),
    ({"until": dt.date(2031, 1, 1)}, "until"),
    ({"count": 3}, "until"),
    ({"until": None, "count": 1001}, "count"),
    ({"until": dt.date(2027, 3, 1), "by_day": ("TU",)}, "until"),
    ({"mode": "by pigeon"}, "mode"),
    ({"place": "x" * 201}, "place"),
    ({"name": "x" * 121}, "name"),
]


def test_a_plan_that_makes_no_sense_is_refused_in_a_sentence_beside_its_field(app: Flask) -> None:
    with at_the_clinic(app):
        for more, field in NO_SENSE:
            with pytest.raises(Refused, match=r"[a-z]") as refused:
                check_plan(march(**more))
            assert refused.value.field == field, more


def test_a_session_cannot_end_before_it_begins_or_be_planned_for_yesterday_or_change_under_a_writer(app: Flask) -> None:
    with at_the_clinic(app):
        with pytest.raises(Refused, match="end must be after"):
            minutes_between(dt.time(18), dt.time(17, 30))
        with pytest.raises(Refused, match="first day"):
            series.publish(march(starts_on=dt.date(2026, 9, 1)), account_id=None)
        made = series.publish(march(), account_id=None).series
        with pytest.raises(Refused, match="still to come"):
            occurrences.move(sessions()[0].ref, dt.date(2026, 11, 20), dt.time(18), account_id=None)
        with pytest.raises(Refused, match="while you were writing"):
            series.change(sessions()[0], plan_of(made), Which.ALL, account_id=None, sequence=7)


def test_families_hear_of_all_types_of_session_in_four_words() -> None:
    assert {kind: {str(one) for one in SessionType if one.kind == kind} for kind in Kind} == {
        Kind.GROUP: {"group"},
        Kind.INDIVIDUAL: {"individual", "case_management"},
        Kind.FAMILY: {"family", "relatives", "couples", "multi_family", "consult", "planning"},
        Kind.CLASS: {"orientation", "class", "support", "alumni", "open_day"},
        Kind.CLOSED: set(),
    }
