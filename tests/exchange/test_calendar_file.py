"""Calendar files as other programs read them."""

from __future__ import annotations

import datetime as dt

import icalendar
import pytest
import vobject

from portal.exchange import calendar_file
from portal.exchange.calendar_file import Entry

pytestmark = pytest.mark.usefixtures("process_zone")

NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
EVENING = dt.datetime.fromisoformat("2026-11-23T18:00:00-06:00")


def entry(n: int = 1, starts_at: dt.datetime = EVENING, **more: object) -> Entry:
    digest = n.to_bytes(16, "big")
    return Entry(calendar_file.uid(digest), starts_at, starts_at + dt.timedelta(hours=3), **more)  # type: ignore[arg-type]


def test_two_programs_read_the_same_times_before_and_after_the_clocks_change() -> None:
    before, after = (dt.datetime.fromisoformat(f"2026-{day}T18:00:00{zone}") for day, zone in (
        ("10-28", "-05:00"), ("11-04", "-06:00")))  # fmt: skip
    file = calendar_file.published([entry(1, before), entry(2, after)], NOW)

    one = [event["DTSTART"].dt for event in icalendar.Calendar.from_ical(file).walk("VEVENT")]
    other = [event.dtstart.value for event in vobject.readOne(file.decode()).vevent_list]

    assert one == other == [before, after]
    assert b"DTSTART:20261028T230000Z" in file
    assert b"DTSTART:20261105T000000Z" in file
    assert b"TZID" not in file


def test_a_file_says_appointment_and_when_and_nothing_else() -> None:
    file = calendar_file.published([entry()], NOW).decode()

    names = {line.partition(":")[0].partition(";")[0] for line in file.splitlines()}
    assert names == {
        "BEGIN", "END", "PRODID", "VERSION", "CALSCALE", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL",
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "CLASS", "SEQUENCE", "STATUS",
    }  # fmt: skip
    assert "SUMMARY:Appointment" in file
    assert "DTSTAMP:20261123T143000Z" in file


def test_asked_for_then_changed_then_cancelled_is_one_session_all_along() -> None:
    said = []
    for sequence, cancelled in ((0, False), (1, False), (2, True)):
        one = entry(sequence=sequence, is_cancelled=cancelled)
        file = calendar_file.sent(one, NOW, sender="no-reply@portal.example", reader="dana@example.org")
        calendar = icalendar.Calendar.from_ical(file)
        (event,) = calendar.walk("VEVENT")
        said.append((calendar_file.method_of(one), str(calendar["METHOD"]), event["SEQUENCE"], str(event["STATUS"])))
        assert str(event["UID"]) == one.uid
        assert [str(event["ATTENDEE"])] == ["mailto:dana@example.org"]
        assert vobject.readOne(file.decode()).method.value == calendar_file.method_of(one)

    assert said == [
        ("REQUEST", "REQUEST", 0, "CONFIRMED"),
        ("REQUEST", "REQUEST", 1, "CONFIRMED"),
        ("CANCEL", "CANCEL", 2, "CANCELLED"),
    ]


def test_midnight_in_utc_is_written_as_such() -> None:
    file = calendar_file.published([entry(1, dt.datetime(2012, 7, 16, tzinfo=dt.UTC))], NOW)

    assert b"DTSTART:20120716T000000Z" in file


def test_an_address_on_two_lines_and_a_session_that_ends_before_it_begins_are_refused() -> None:
    with pytest.raises(ValueError, match="one line"):
        calendar_file.sent(entry(), NOW, sender="a@b.example", reader="a@b.example\r\nX-MORE:1")
    with pytest.raises(ValueError, match="ends after"):
        Entry("x", EVENING, EVENING)
    with pytest.raises(ValueError, match="ends after"):
        Entry("x", EVENING, EVENING - dt.timedelta(minutes=1))
