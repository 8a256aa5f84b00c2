"""A calendar imported again: what it says anew is taken over, what it has no more goes, what is over stays."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.db import session
from portal.models import OutgoingEmail, Patient, RecordEntry, ScheduleChange, ScheduleEntry, Series, Timetable
from portal.services import occurrences, series
from portal.services.series_edits import Which, plan_of
from tests.conftest import Clock, at_the_clinic
from tests.exchange.bundles import every_row
from tests.exchange.calendar_samples import imported, reasons, sessions, written

FRIDAYS = "RRULE:FREQ=WEEKLY;COUNT=3"


def event(uid: str = "a", start: str = "20261204T100000", rule: str = FRIDAYS, **more: str) -> str:
    lines = [f"{name.replace('_', '-')}:{value}" for name, value in more.items()]
    return "\n".join(
        [f"UID:{uid}", f"DTSTART;TZID=America/Chicago:{start}", "DURATION:PT1H", *filter(None, [rule]), *lines]
    )


def single(original: str, start: str, uid: str = "a", **more: str) -> str:
    return event(uid, start, f"RECURRENCE-ID;TZID=America/Chicago:{original}", **more)


def counts(summary: dict[str, object]) -> list[object]:
    return [summary[name] for name in ("created", "updated", "unchanged", "removed")]


@pytest.mark.both_databases
def test_an_event_moves_with_its_source_and_keeps_its_name(app: Flask, tmp_path: Path) -> None:
    imported(app, written(tmp_path, event(SEQUENCE="1")))
    before = refs(app)

    summary = imported(app, written(tmp_path, event(start="20261204T113000", SEQUENCE="2", LOCATION="Room 8")))

    assert counts(summary) == [{}, {"series": 1}, {}, {}]
    assert sessions(app) == [f"{day} 11:30-12:30 group Room 8 changed" for day in ("12-04", "12-11", "12-18")]
    assert refs(app) == before


def test_an_older_version_changes_nothing_and_is_said(app: Flask, tmp_path: Path) -> None:
    imported(app, written(tmp_path, event(SEQUENCE="2")))

    summary = imported(app, written(tmp_path, event(start="20261204T090000", SEQUENCE="1")))

    assert counts(summary) == [{}, {}, {}, {}]
    assert "older than what was imported before" in reasons(summary)[0]
    assert sessions(app)[0] == "12-04 10:00-11:00 group"


def test_what_the_source_has_no_more_is_cancelled_and_what_is_over_stays(
    app: Flask, tmp_path: Path, clock: Clock
) -> None:
    imported(app, written(tmp_path, event("a"), event("b", "20261205T100000", "")))
    clock.set(dt.datetime.fromisoformat("2026-12-04T15:00:00-06:00"))

    summary = imported(app, written(tmp_path, event("b", "20261205T100000", "")))

    assert counts(summary) == [{}, {}, {"series": 1}, {"series": 1}]
    assert sessions(app) == [
        "12-04 10:00-11:00 group",
        "12-05 10:00-11:00 group",
        "12-11 10:00-11:00 group cancelled",
        "12-18 10:00-11:00 group cancelled",
    ]

    imported(app, written(tmp_path, event("a"), event("b", "20261205T100000", "")))

    assert [one for one in sessions(app) if "cancelled" in one] == []
    assert len(sessions(app)) == 4


def test_a_cancelled_event_is_cancelled_here(app: Flask, tmp_path: Path) -> None:
    imported(app, written(tmp_path, event()))

    summary = imported(app, written(tmp_path, event(STATUS="CANCELLED", SEQUENCE="1")))

    assert (summary["removed"], summary["left_out"]) == ({"series": 1}, {"cancelled": 1})
    assert {one.rpartition(" ")[2] for one in sessions(app)} == {"cancelled"}


def test_a_session_that_differs_is_given_back_when_it_does_no_more(app: Flask, tmp_path: Path) -> None:
    moved = single("20261204T100000", "20261203T140000")
    off = single("20261211T100000", "20261211T100000", STATUS="CANCELLED")
    imported(app, written(tmp_path, event(), moved, off))
    assert sessions(app) == [
        "12-03 14:00-15:00 group changed", "12-11 10:00-11:00 group cancelled", "12-18 10:00-11:00 group",
    ]  # fmt: skip

    imported(app, written(tmp_path, event()))

    assert sessions(app) == [f"{day} 10:00-11:00 group" for day in ("12-04", "12-11", "12-18")]


def test_a_session_cancelled_here_stays_so_while_its_source_says_the_same_of_it(app: Flask, tmp_path: Path) -> None:
    imported(app, written(tmp_path, event(), event("b", "20261205T100000")))
    with at_the_clinic(app):
        entry = session().scalars(select(ScheduleEntry).where(ScheduleEntry.id.in_(ids()))).first()
        assert entry is not None
        occurrences.call_off(entry.ref, account_id=None)

    imported(app, written(tmp_path, event(), event("b", "20261205T100000")))
    imported(app, written(tmp_path, event(LOCATION="Room 8"), event("b", "20261205T100000")))

    assert sessions(app)[0] == "12-04 10:00-11:00 group Room 8 cancelled"


def test_a_series_divided_here_is_not_doubled(app: Flask, tmp_path: Path) -> None:
    imported(app, written(tmp_path, event()))
    with at_the_clinic(app):
        second = session().scalars(select(ScheduleEntry).where(ScheduleEntry.id.in_(ids()))).all()[1]
        assert second.series is not None
        plan = plan_of(second.series, second.recurrence_id)
        series.change(second, plan, Which.LATER, account_id=None)

    summary = imported(app, written(tmp_path, event(start="20261204T113000")))

    assert "changed here from one session on" in reasons(summary)[0]
    assert counts(summary) == [{}, {}, {}, {}]


def test_an_event_not_understood_any_more_is_left_as_it_is(app: Flask, tmp_path: Path) -> None:
    imported(app, written(tmp_path, event()))

    summary = imported(app, written(tmp_path, event(rule="RRULE:FREQ=YEARLY")))

    assert (summary["removed"], len(reasons(summary))) == ({}, 1)
    assert sessions(app)[0] == "12-04 10:00-11:00 group"


def test_sources_of_one_timetable_and_other_timetables_are_left_alone(app: Flask, tmp_path: Path) -> None:
    imported(app, written(tmp_path, event()))
    imported(app, written(tmp_path, event("c", "20261202T090000", "")), "--program", "Evening A", "--kind", "class")
    imported(app, written(tmp_path, event()), "--program", "Evening B")

    summary = imported(app, written(tmp_path, event("d", "20261203T090000", "")))

    assert summary["removed"] == {"series": 1}
    assert sum("cancelled" in one for one in sessions(app)) == 3
    assert "12-02 09:00-10:00 class" in sessions(app)


def test_a_session_the_rule_does_not_have_or_far_ahead_is_a_series_of_its_own(app: Flask, tmp_path: Path) -> None:
    weekly = event(rule="RRULE:FREQ=WEEKLY")
    extra = single("20261208T100000", "20261209T100000")
    imported(app, written(tmp_path, weekly, extra, single("20280303T100000", "20280304T100000")))

    assert [one for one in sessions(app) if one.startswith("12-09")] == ["12-09 10:00-11:00 group"]
    with app.app_context():
        g.reading = True
        rows = session().scalars(select(Series).where(Series.external_id.is_not(None)).order_by(Series.starts_on))
        assert [(str(row.starts_on), row.skipped) for row in rows] == [
            ("2026-12-04", ["2028-03-03"]), ("2026-12-09", []), ("2028-03-04", []),
        ]  # fmt: skip


def test_one_import_is_one_change_and_one_email_each(app: Flask, tmp_path: Path) -> None:
    many = [event(f"e{n}", f"202612{n:02}T090000", "") for n in range(1, 9)]
    with app.app_context():
        g.reading = True
        before = len(session().scalars(select(OutgoingEmail)).all())

    imported(app, written(tmp_path, *many))

    with app.app_context():
        g.reading = True
        (change,) = session().scalars(select(ScheduleChange))
        mails = session().scalars(select(OutgoingEmail)).all()[before:]
        assert {mail.about_id for mail in mails} == {change.id}
        to = [(mail.account_id, mail.patient_id) for mail in mails]
        assert len(to) == len(set(to)) > 0
        assert session().scalar(select(RecordEntry.what).where(RecordEntry.act == "imported")) == "calendar"


def test_the_timetable_of_one_person_is_made_when_there_is_none(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        g.reading = True
        ref, patient_id = session().execute(select(Patient.ref, Patient.id)).first() or ("", 0)

    imported(app, written(tmp_path, event(rule="")), "--person", ref)
    imported(app, written(tmp_path, event(rule="")), "--person", ref)

    assert sessions(app) == ["12-04 10:00-11:00 individual"]
    with app.app_context():
        g.reading = True
        (mine,) = session().scalars(select(Timetable).where(Timetable.external_id == f"Patient/{ref}"))
        assert [member.patient_id for member in mine.members] == [patient_id]


def test_a_dry_run_says_the_same_and_stores_nothing(app: Flask, tmp_path: Path) -> None:
    file = written(tmp_path, event(), event("b", "20261205T100000", "DTEND:x"))
    before = every_row(app)

    said = imported(app, file, "--program", "Evening A", "--dry-run")

    assert every_row(app) == before
    assert said == imported(app, file)


def refs(app: Flask) -> list[str]:
    with app.app_context():
        g.reading = True
        found = select(ScheduleEntry.ref).where(ScheduleEntry.id.in_(ids())).order_by(ScheduleEntry.starts_at)
        return list(session().scalars(found))


def ids() -> list[int]:
    """Sessions that came out of a calendar file, in order."""
    return list(
        session().scalars(
            select(ScheduleEntry.id)
            .join(Series, Series.id == ScheduleEntry.series_id)
            .where(Series.external_id.is_not(None))
            .order_by(ScheduleEntry.starts_at)
        )
    )
