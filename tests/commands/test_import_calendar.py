"""flask import-calendar: what it refuses, and what it asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from portal.exchange import calendar_import, calendar_lines
from tests.exchange.bundles import every_row, run
from tests.exchange.calendar_samples import FOLDER, PROGRAM, imported, sessions, written

EVENT = "UID:a\nDTSTART:20261204T100000\nDURATION:PT1H"
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Line 1 does not begin a calendar file."),
        (b"<html>\n", "Line 1 is no line of a calendar file."),
        (b"BEGIN:VCARD\nFN:Wendeline\nEND:VCARD\n", "Line 1 does not begin a calendar file."),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "what begins on line 2 does not end"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VTODO\n", "Line 3 ends something else"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nWendeline\nEND:VEVENT\nEND:VCALENDAR\n", "Line 4 is no line"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\n\0\n", "Line 3 holds no text."),
        (b"BEGIN:VEVENT\nEND:VEVENT\n", "Line 1 begins an event or a time zone where none can be."),
        (b"BEGIN:VCALENDAR\nVERSION:1.0\nEND:VCALENDAR\n", "vCalendar 1.0"),
        (b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n", "Line 2 says that this is one invitation"),
        (b"BEGIN:A\n" * 50, "Line 7 begins something too deep"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_with_the_line(
    app: Flask, tmp_path: Path, content: bytes, why: str
) -> None:
    file = tmp_path / "calendar.ics"
    file.write_bytes(content)
    before = every_row(app)

    result = run(app, "import-calendar", str(file), *PROGRAM)

    assert (result.exit_code, result.stdout) == (1, "")
    assert why in result.stderr
    assert "Wendeline" not in result.stderr
    assert every_row(app) == before


def test_a_file_that_is_too_much_is_refused(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, *(EVENT.replace("UID:a", f"UID:{n}") for n in range(4)))
    for module, limit in (
        (calendar_import, "MOST_SERIES"),
        (calendar_lines, "MOST_EVENTS"),
        (calendar_lines, "MOST_BYTES"),
    ):
        monkeypatch.setattr(module, limit, 3)
        result = run(app, "import-calendar", str(file), *PROGRAM)
        assert result.exit_code == 1
        assert "Nothing was stored." in result.stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "either --program or --person"),
        (("--program", "Evening A", "--person", "x"), "either --program or --person"),
        (("--program", "Morning"), "There are: Evening A, Evening B."),
        (("--person", "nobody"), "Nothing was stored."),
        (("--program", "Evening A", "--source", "Ben’s"), "small letters"),
    ],
)
def test_it_must_be_said_whose_timetable_it_is(app: Flask, tmp_path: Path, options: tuple[str, ...], why: str) -> None:
    result = run(app, "import-calendar", str(written(tmp_path, EVENT)), *options)

    assert result.exit_code != 0
    assert why in result.stderr


def test_on_a_terminal_it_shows_what_it_would_do_and_asks(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.commands import import_calendar

    monkeypatch.setattr(import_calendar, "on_a_terminal", lambda: True)
    file = str(written(tmp_path, EVENT))

    no = app.test_cli_runner().invoke(args=["import-calendar", file, *PROGRAM], input="n\n")
    assert (no.exit_code, sessions(app)) == (0, [])
    assert "Do it?" in no.stderr

    yes = app.test_cli_runner().invoke(args=["import-calendar", file, *PROGRAM], input="y\n")
    assert (yes.exit_code, len(sessions(app))) == (0, 1)


def test_line_ends_and_encodings_make_no_difference(app: Flask, tmp_path: Path) -> None:
    text = (FOLDER / "google.ics").read_bytes().decode()
    file = tmp_path / "calendar.ics"
    file.write_bytes(text.encode())
    imported(app, file)
    for content in (text.replace("\r\n", "\n"), text.replace("\r\n", "\r"), text.replace("\r\n ", "\r\n\t")):
        for encoding in ("utf-8-sig", "utf-16", "cp1252"):
            file.write_bytes(content.encode(encoding))
            assert imported(app, file)["unchanged"] == {"series": 3}
