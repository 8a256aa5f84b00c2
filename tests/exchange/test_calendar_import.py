"""Calendar files as programs really write them become a timetable with the right moments."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from flask import Flask
from icalendar import Calendar

from portal.exchange.calendar_plans import Wishes, plan_from, plans
from portal.exchange.calendar_read import read
from portal.exchange.calendar_zones import by_name
from portal.services.recurrence import instant, occurrences
from tests.exchange.bundles import every_row
from tests.exchange.calendar_samples import FOLDER, imported, reasons, sessions, written

CHICAGO = ZoneInfo("America/Chicago")
TODAY = dt.date(2026, 11, 23)
SAMPLES = {
    "google.ics": [
        "11-23 18:00-21:00 group Room 4, Building B",
        "11-25 18:00-21:00 group Room 4, Building B",
        "12-01 17:30-20:30 group Room 9 changed",
        "12-05 10:00-11:30 group",
        "12-07 18:00-21:00 group Room 4, Building B cancelled",
        "12-09 18:00-21:00 group Room 4, Building B",
        "12-14 19:00-21:00 group",
        "12-21 19:00-21:00 group",
    ],
    "outlook.ics": [
        "12-04 09:00-10:00 group Room 2",
        "12-08 17:30-19:00 class Microsoft Teams Meeting (online)",
        "01-12 17:30-19:00 class Microsoft Teams Meeting (online)",
        "02-09 17:30-19:00 class Microsoft Teams Meeting (online)",
        "03-09 17:30-19:00 class Microsoft Teams Meeting (online)",
    ],
    "outlook_365.ics": [
        "11-24 18:00-19:30 group Room 5",
        "12-03 09:00-10:00 group",
        "12-11 10:00-11:00 group",
        "12-22 17:00-18:30 group (online) changed",
        "01-05 18:00-19:30 group Room 5",
        "01-19 18:00-19:30 group Room 5",
        "02-02 18:00-19:30 group Room 5",
        "02-16 18:00-19:30 group Room 5",
        "03-02 18:00-19:30 group Room 5",
        "03-16 18:00-19:30 group Room 5",
    ],
    "apple.ics": [
        "12-01 10:00-11:00 group Riverside House 71 Whitehorse Rd Deepdene",
        "12-04 10:00-11:00 group Riverside House 71 Whitehorse Rd Deepdene",
        "12-07 10:00-11:00 group Riverside House 71 Whitehorse Rd Deepdene",
        "12-08 10:00-11:00 group Riverside House 71 Whitehorse Rd Deepdene",
        "12-10 14:00-15:30 group",
        "12-11 13:00-14:00 group",
        "12-12 11:00-12:00 group Riverside House 71 Whitehorse Rd Deepdene",
    ],
    "thunderbird.ics": ["12-04 10:00-11:00 group", "12-05 11:00-12:00 group", "12-18 10:00-11:00 group"],
}  # fmt: skip
NOT_KEPT = {
    "google.ics": ["whole days"],
    "outlook.ics": ["whole days", "never shown to families"],
    "outlook_365.ics": ["is tentative", "time zone that cannot be found out"],
    "apple.ics": ["whole days"],
    "thunderbird.ics": ["a rule that the portal cannot keep"],
}


@pytest.mark.parametrize("file", SAMPLES)
def test_an_export_becomes_a_timetable_and_what_is_not_understood_is_listed(app: Flask, file: str) -> None:
    summary = imported(app, file)

    assert sessions(app) == SAMPLES[file]
    assert len(summary["needs_attention"]) == len(NOT_KEPT[file])
    for why, words in zip(reasons(summary), NOT_KEPT[file], strict=True):
        assert words in why
        assert "line " in why
    assert "quillfeather" not in f"{summary} {every_row(app)}".lower()

    again = imported(app, file)

    assert (again["created"], again["updated"], again["removed"]) == ({}, {}, {})
    assert again["needs_attention"] == summary["needs_attention"]
    assert sessions(app) == SAMPLES[file]


def planned_starts(content: bytes) -> set[dt.datetime]:
    """Every start to come of a file, in UTC, without what is cancelled."""
    found = set()
    for planned in plans(read(content, CHICAGO, TODAY), Wishes("group", CHICAGO)):
        plan = plan_from(planned, TODAY, 1)
        assert plan is not None
        begin = dt.datetime.combine(TODAY, dt.time(), CHICAGO)
        held = occurrences(plan.rule, begin, begin + dt.timedelta(days=300))
        found |= {one.starts_at for one in held if one.wall not in planned.singles}
        found |= {instant(one.wall, plan.rule.zone) for one in planned.singles.values() if not one.is_cancelled}
    return found


def test_the_moments_are_the_same_whatever_the_zone_of_the_machine(process_zone: None) -> None:
    for file, expected in SAMPLES.items():
        starts = planned_starts((FOLDER / file).read_bytes())
        on = [f"{one:%m-%d %H:%M}" for one in sorted(moment.astimezone(CHICAGO) for moment in starts)]
        assert on == [line[:11] for line in expected if not line.endswith("cancelled")], file


@pytest.mark.parametrize("file", ["google.ics", "outlook.ics"])
def test_another_library_finds_the_same_moments(process_zone: None, file: str) -> None:
    content = (FOLDER / file).read_bytes()
    uids = {event.uid for event in read(content, CHICAGO, TODAY).events}

    found = recurring_ical_events.of(Calendar.from_ical(content)).between(TODAY, TODAY + dt.timedelta(days=300))

    theirs = [one for one in found if str(one["UID"]) in uids and one.get("STATUS") != "CANCELLED"]
    assert planned_starts(content) == {one.start.astimezone(dt.UTC) for one in theirs}


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Central Standard Time", "America/Chicago"),
        ("(UTC-06:00) Central Time (US & Canada)", "America/Chicago"),
        ("(GMT-05.00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("/mozilla.org/20050126_1/America/Indiana/Knox", "America/Indiana/Knox"),
        ("/softwarestudio.org/Olson_20011030_5/America/New_York", "America/New_York"),
        ("america/chicago", "America/Chicago"),
        ("GMT-0500", "Etc/GMT+5"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Customized Time Zone", None),
        ("../../etc/passwd", None),
    ],
)
def test_a_zone_is_known_by_the_names_programs_give_it(name: str, zone: str | None) -> None:
    found = by_name(name)
    assert (found and found.key) == zone


def moments(tmp_path: Path, *events: str, head: str = "") -> list[str]:
    """The next sessions of a file, in UTC, and what was not kept."""
    calendar = read(written(tmp_path, *events, head=head).read_bytes(), CHICAGO, TODAY)
    found = plans(calendar, Wishes("group", CHICAGO))
    rules = [plan.rule for plan in (plan_from(one, TODAY, 1) for one in found) if plan]
    begin = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    starts = sorted(one.starts_at for rule in rules for one in occurrences(rule, begin, begin + dt.timedelta(days=150)))
    notes = [note for one in found for note in one.notes]
    return [f"{one:%m-%d %H:%M}" for one in starts] + [why for _, why in calendar.unclear] + notes


def test_an_hour_on_the_wall_stays_through_the_clock_change(process_zone: None, tmp_path: Path) -> None:
    event = "UID:a\nDTSTART;TZID=US/Central:20270301T180000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"
    assert moments(tmp_path, event) == ["03-02 00:00", "03-09 00:00", "03-15 23:00"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # Every second week is counted from the week of the first day, also where that day does not fit.
        ("20261127T100000;FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=2", ["12-07 16:00", "12-21 16:00"]),
        # An old series is not counted through, and keeps its weeks and its number.
        ("19990104T100000;FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20261213T000000", ["11-30 16:00"]),
        ("20261102T100000;FREQ=WEEKLY;COUNT=5", ["11-23 16:00", "11-30 16:00"]),
        ("20261127T100000;FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["11-27 16:00", "12-25 16:00"]),
        ("20261130T100000;FREQ=MONTHLY;BYMONTHDAY=30;COUNT=2", ["11-30 16:00", "12-30 16:00"]),
        # An end before the start is no session and no error.
        ("20261127T100000;FREQ=WEEKLY;UNTIL=20261120T000000Z", []),
        ("20261127T100000;FREQ=DAILY;UNTIL=20261128", ["11-27 16:00", "11-28 16:00"]),
    ],
)
def test_a_rule_means_what_it_means_elsewhere(tmp_path: Path, rule: str, expected: list[str]) -> None:
    start, _, rule = rule.partition(";")
    event = f"UID:a\nDTSTART;TZID=America/Chicago:{start}\nDURATION:PT1H\nRRULE:{rule}"
    found = moments(tmp_path, event)
    assert [one for one in found if "first day" not in one] == expected


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=YEARLY", "FREQ=WEEKLY;BYHOUR=9,17", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
        "FREQ=WEEKLY;INTERVAL=999999999", "FREQ=DAILY;COUNT=99999999", "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=WEEKLY;UNTIL=soon", "FREQ=WEEKLY;COUNT=2;UNTIL=20270101", "",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_kept_is_listed(tmp_path: Path, rule: str) -> None:
    event = f"UID:a\nDTSTART;TZID=America/Chicago:20261127T100000\nDURATION:PT1H\nRRULE:{rule}\nEXRULE:x"
    event = event if not rule else event.removesuffix("\nEXRULE:x")
    (why,) = moments(tmp_path, event)
    assert "not kept" in why


def test_times_in_utc_repeat_on_the_clock_of_the_calendar(process_zone: None, tmp_path: Path) -> None:
    event = "UID:a\nDTSTART:20270308T160000Z\nDTEND:20270308T170000Z\nRRULE:FREQ=WEEKLY;COUNT=2"

    assert moments(tmp_path, event, head="X-WR-TIMEZONE:America/Chicago\n") == ["03-08 16:00", "03-15 15:00"]
    assert moments(tmp_path, event)[:2] == ["03-08 16:00", "03-15 16:00"]
    assert "clock of Greenwich" in moments(tmp_path, event)[2]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("DTEND;TZID=America/Chicago:20261127T100000", "does not end after it begins"),
        ("DTEND;TZID=America/Chicago:20261127T090000", "does not end after it begins"),
        ("", "has no end"),
        ("DURATION:P3D", "longer than a day"),
        ("DURATION:PT1H\nCATEGORIES:Suboxone", "never shown to families"),
        ("DURATION:PT1H\nRDATE;VALUE=PERIOD:20261201T100000Z/PT2H", "lengths of their own"),
        ("DURATION:PT1H\nEXDATE:20261399T100000Z", "on line 9"),
    ],
)
def test_an_event_that_is_no_session_is_listed_with_its_reason(tmp_path: Path, more: str, why: str) -> None:
    event = f"UID:a\nSUMMARY:x\nDTSTART;TZID=America/Chicago:20261127T100000\n{more}"
    (found,) = moments(tmp_path, event)
    assert why in found
