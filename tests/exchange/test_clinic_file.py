"""A clinic file sets up the clinic, as often as one likes, all of it or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask, g
from sqlalchemy import select

from portal.db import session
from portal.models import (
    Account,
    Clinic,
    Closure,
    FamilySessionTerms,
    FreeHours,
    FreeHoursOverride,
    Patient,
    Program,
    StaffMember,
    Timetable,
)
from portal.services import therapist_times
from tests.exchange.bundles import every_row, run

CLINIC = """
[clinic]
public_name = "Lakeside Portal"
legal_name = "Lakeside Recovery LLC"
time_zone = "America/Denver"
phone = "555-0199"
minor_rule = "minor_alone"
majority = 19

[[programs]]
name = "Morning C"
weeks = 8

[[staff]]
email = "Mo@lakeside.example"
name = "Mo Reyes"
roles = ["therapist", "coordinator"]
[staff.family_sessions]
minutes = 50
gap_minutes = 10
step_minutes = 30
notice_hours = 0
per_day = 4
per_week = 12
per_month = 40
per_year = 300
most_moves = 1
modes = ["online", "in person"]
kinds = ["with patient", "couple"]
rooms = ["Room 4", "Room 5"]
online_link = "https://meet.lakeside.example/mo"
asks_first = true
hours = [ {days = ["mon", "tue"], from = "09:00", to = "11:00"}, {days = ["mon"], from = "10:00", to = "12:00"} ]
overrides = [ {date = "2026-11-24", from = "22:00", to = "24:00"}, {date = 2026-12-01, closed = true} ]

[[closures]]
from = "2026-11-30"
to = "2026-11-30"
name = "Inventory"
"""

MO_AGAIN = '[[staff]]\nemail = "mo@lakeside.example"\nname = "M"\nroles = []\n'


def load(app: Flask, content: str | bytes, folder: Path) -> Result:
    file = folder / "clinic.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run(app, "load-clinic", str(file))


def loaded(app: Flask, content: str, folder: Path) -> dict[str, Any]:
    result = load(app, content, folder)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def rows(app: Flask, query: Any) -> list[Any]:
    with app.app_context():
        g.reading = True
        return list(session().scalars(query).unique())


def free_times(app: Flask) -> list[str]:
    with app.app_context():
        g.reading = True
        mo = session().scalars(select(StaffMember.id).join(Account).where(Account.email == "mo@lakeside.example")).one()
        from portal import clinic

        return [f"{time.astimezone(clinic.zone()):%m-%d %H:%M}" for time in therapist_times.free_times(mo)]


@pytest.mark.both_databases
def test_every_key_of_the_file_is_stored(app: Flask, tmp_path: Path) -> None:
    summary = loaded(app, CLINIC, tmp_path)

    assert summary["created"]["staff"] == summary["created"]["programs"] == summary["created"]["closures"] == 1
    (clinic,) = rows(app, select(Clinic))
    assert (clinic.legal_name, clinic.time_zone, clinic.minor_rule, clinic.majority) == (
        "Lakeside Recovery LLC", "America/Denver", "minor_alone", 19,
    )  # fmt: skip
    (mo,) = rows(app, select(StaffMember).where(StaffMember.name == "Mo Reyes"))
    assert mo.staff_roles == ["therapist", "coordinator"]
    (account,) = rows(app, select(Account).where(Account.email == "mo@lakeside.example"))
    assert account.password is None
    (terms,) = rows(app, select(FamilySessionTerms).where(FamilySessionTerms.staff_id == mo.id))
    assert (terms.step_minutes, terms.cancel_hours, terms.per_family_open, terms.modes) == (
        30, 24, None, ["online", "in person"],
    )  # fmt: skip
    assert (terms.per_day, terms.per_week, terms.per_month, terms.per_year, terms.most_moves) == (4, 12, 40, 300, 1)
    assert (terms.kinds, terms.rooms) == (["with patient", "couple"], ["Room 4", "Room 5"])
    assert (terms.online_link, terms.asks_first) == ("https://meet.lakeside.example/mo", True)
    (program,) = rows(app, select(Program).where(Program.name == "Morning C"))
    assert [table.name for table in rows(app, select(Timetable).where(Timetable.program_id == program.id))] == [
        "Morning C"
    ]
    assert [closure.name for closure in rows(app, select(Closure))] == ["Inventory"]


@pytest.mark.parametrize("midnight", ["24:00", "23:59"])
def test_overlapping_hours_are_one_and_midnight_is_the_end_of_the_day(
    app: Flask, tmp_path: Path, midnight: str
) -> None:
    loaded(app, CLINIC.replace("24:00", midnight), tmp_path)

    times = free_times(app)

    assert [time for time in times if time.startswith("11-23")] == ["11-23 09:00", "11-23 09:30"] + [
        f"11-23 {wall}" for wall in ("10:00", "10:30", "11:00")
    ]
    assert [time for time in times if time.startswith("11-24")] == ["11-24 22:00", "11-24 22:30", "11-24 23:00"]
    assert not [time for time in times if time.startswith(("11-30", "12-01"))]


@pytest.mark.both_databases
def test_the_same_file_again_writes_nothing_at_all(app: Flask, tmp_path: Path) -> None:
    loaded(app, CLINIC, tmp_path)
    before = every_row(app)

    summary = loaded(app, CLINIC, tmp_path)

    assert every_row(app) == before
    assert summary["created"] == summary["updated"] == {}


def test_another_file_replaces_hours_overrides_and_closures(app: Flask, tmp_path: Path) -> None:
    loaded(app, CLINIC, tmp_path)
    kept = set(rows(app, select(FreeHours.id)))
    changed = CLINIC.replace('to = "11:00"', 'to = "11:30"').replace(", {date = 2026-12-01, closed = true}", "")
    changed = changed.replace('name = "Inventory"', 'name = "Stocktaking"').replace('"coordinator"', '"admin"')

    summary = loaded(app, changed, tmp_path)

    assert summary["updated"] == {"staff": 1, "closures": 1}
    assert len(rows(app, select(FreeHoursOverride))) == 1
    assert len(kept & set(rows(app, select(FreeHours.id)))) == len(kept) - 2
    assert [closure.name for closure in rows(app, select(Closure))] == ["Stocktaking"]


def test_somebody_who_no_longer_holds_family_sessions_offers_none(app: Flask, tmp_path: Path) -> None:
    loaded(app, CLINIC, tmp_path)
    without = CLINIC[: CLINIC.index("[staff.family_sessions]")] + CLINIC[CLINIC.index("[[closures]]") :]

    loaded(app, without, tmp_path)

    assert free_times(app) == []


def test_keys_that_are_left_out_mean_what_is_usual(app: Flask, tmp_path: Path) -> None:
    begin, end = CLINIC.index("per_week"), CLINIC.index("modes =")
    plain = CLINIC[:begin] + CLINIC[end : CLINIC.index("kinds =")] + CLINIC[CLINIC.index("hours = [") :]

    loaded(app, plain, tmp_path)

    (mo,) = rows(app, select(StaffMember.id).where(StaffMember.name == "Mo Reyes"))
    (terms,) = rows(app, select(FamilySessionTerms).where(FamilySessionTerms.staff_id == mo))
    assert (terms.per_week, terms.most_moves, terms.kinds, terms.rooms) == (None, 3, ["with patient"], [])
    assert (terms.online_link, terms.asks_first) == (None, False)


def test_another_age_of_majority_moves_every_coming_of_age(app: Flask, tmp_path: Path) -> None:
    loaded(app, CLINIC, tmp_path)

    for patient in rows(app, select(Patient).where(Patient.birth_date.is_not(None))):
        assert patient.adult_on.year - patient.birth_date.year == 19


def test_the_new_zone_counts_at_once(app: Flask, tmp_path: Path) -> None:
    loaded(app, CLINIC, tmp_path)

    answer = json.loads(run(app, "sees", "nobody@example.org").stdout)

    assert answer["now"] == "2026-11-23T07:30:00-07:00"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"America/Denver"', '"Denver"', "clinic.time_zone: is no IANA time zone"),
        ('"Lakeside Portal"', "7", "clinic.public_name: Input should be a valid string"),
        ('"Lakeside Portal"', '"' + "x" * 121 + '"', "clinic.public_name"),
        ('"Lakeside Portal"', '"a\\u0000b"', "clinic.public_name: holds a character"),
        ('phone = "555-0199"', "", "clinic.phone: Field required"),
        ('phone = "555-0199"', 'fone = "1"', "clinic.fone: there is no such key"),
        ("majority = 19", 'majority = "19"', "clinic.majority"),
        ("minor_alone", "nobody", "clinic.minor_rule"),
        ("weeks = 8", "weeks = 0", "programs[0].weeks"),
        ("Mo@lakeside.example", "mo at lakeside", "staff[0].email: is no email address"),
        ('"coordinator"', '"boss"', "staff[0].roles[1]"),
        ('from = "09:00"', 'from = "9am"', "staff[0].family_sessions.hours[0].from: must be a time"),
        ('from = "09:00"', 'from = "24:00"', "staff[0].family_sessions.hours[0].from: 24:00 is the end"),
        ('to = "12:00"', 'to = "25:00"', "staff[0].family_sessions.hours[1].to: must be a time"),
        ('"tue"]', '"tues"]', "staff[0].family_sessions.hours[0].days[1]"),
        ("2026-12-01, closed = true", "2026-12-01", "overrides[1]: needs from and to"),
        ("2026-12-01, closed = true", '2026-12-01, closed = true, from = "09:00"', "overrides[1]: is closed and has"),
        ('"2026-11-24", from', '"2026-11-31", from', "overrides[0].date: is no date of the calendar"),
        ("minutes = 50", "minutes = true", "staff[0].family_sessions.minutes"),
        ("minutes = 50", "minutes = 50.5", "staff[0].family_sessions.minutes"),
        ('modes = ["online", "in person"]', "modes = []", "staff[0].family_sessions.modes"),
        ("per_month = 40", "per_month = 11", "staff[0].family_sessions: per_month must be at least 12"),
        ("per_year = 300", "per_year = -1", "staff[0].family_sessions.per_year"),
        ("most_moves = 1", "most_moves = true", "staff[0].family_sessions.most_moves"),
        ('"couple"]', '"pair"]', "staff[0].family_sessions.kinds[1]: Input should be 'with patient'"),
        ('kinds = ["with patient", "couple"]', "kinds = []", "staff[0].family_sessions.kinds"),
        ('"Room 5"]', '"ROOM 4"]', "staff[0].family_sessions.rooms: ROOM 4 is there twice"),
        ('"https://meet', '"http://meet', "staff[0].family_sessions.online_link: must be a web address that begins"),
        ("asks_first = true", 'asks_first = "yes"', "staff[0].family_sessions.asks_first"),
        ('to = "2026-11-30"', 'to = "2026-11-29"', "closures[0]: ends before it begins"),
        ("[clinic]", "[clinique]", "clinic: Field required"),
        ("[clinic]", "[clinic", "not TOML"),
        ("[[closures]]", MO_AGAIN + "[[closures]]", "staff[1]: the same email as staff[0]"),
        ("[[closures]]", "[[holidays]]", "holidays: there is no such key"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_nothing_is_stored(
    app: Flask, tmp_path: Path, before: str, after: str, said: str
) -> None:
    everything = every_row(app)
    assert before in CLINIC

    result = load(app, CLINIC.replace(before, after, 1), tmp_path)

    assert result.exit_code == 1
    assert said in result.stderr
    assert every_row(app) == everything


def test_a_file_that_is_no_text_is_refused(app: Flask, tmp_path: Path) -> None:
    assert "not UTF-8" in load(app, b"\xff\xfe\x00", tmp_path).stderr


def test_hours_that_end_before_they_begin_leave_no_time(app: Flask, tmp_path: Path) -> None:
    backwards = CLINIC.replace('from = "09:00", to = "11:00"', 'from = "08:00", to = "07:00"')

    loaded(app, backwards, tmp_path)

    assert [time for time in free_times(app) if time.startswith("11-23")] == [
        "11-23 10:00", "11-23 10:30", "11-23 11:00",
    ]  # fmt: skip
