"""flask letters: every email in every language as files, to be read before anybody gets one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from portal import clinic, clock
from portal.cast import DANA
from portal.emails.letters import TO_A_PATIENT, About, Letter, Recipient, write_letter
from portal.emails.messages.schedule import Change
from portal.exchange import calendar_file
from portal.exchange.calendar_file import Entry
from portal.frame import LANGUAGES

# What goes into a calendar, with a day and a time that are nobody's.
A_SESSION = Entry(
    calendar_file.uid(bytes(16)), dt.datetime(2030, 1, 7, 17, tzinfo=dt.UTC), dt.datetime(2030, 1, 7, 18, tzinfo=dt.UTC)
)
# Letters to a mailbox of which nobody knows whose it is.
TO_NOBODY_KNOWN = ("new_address", "invitation")
CANCELLED: dict[str, Any] = {"path": "/sessions", "when": "", "kept": 0, "until": ""}
# What a letter may say besides the greeting, with a name for each way of saying it.
WAYS: dict[str, dict[str, dict[str, Any]]] = {
    "update_posted": {"": {"path": "/updates"}},
    "schedule_changed": {
        "": {"path": "/schedule", "changes": [], "more": 0, "day": ""},
        "with-times": {
            "path": "/schedule",
            "changes": [
                Change("(day, time, time zone)", "(day, time)", is_cancelled=False),
                Change("(day, time, time zone)", "", is_cancelled=True),
                Change("(day, time, time zone)", "", is_cancelled=False),
            ],
            "more": 2,
            "day": "(day)",
        },
    },
    "booking_confirmed": {
        "": {"path": "/sessions", "when": ""},
        "with-time": {"path": "/sessions", "when": "(day, start to end, time zone)"},
    },
    "booking_asked": {"": {"path": "/sessions"}},
    "booking_moved": {
        "": {"path": "/sessions", "before": "", "when": ""},
        "with-time": {"path": "/sessions", "before": "(day, time)", "when": "(day, start to end, time zone)"},
    },
    "booking_cancelled": {
        "": {"path": "/sessions", "when": ""},
        "with-time": {"path": "/sessions", "when": "(day, start to end, time zone)"},
    },
    "booking_cancelled_by_us": {
        "": CANCELLED,
        "one-held": CANCELLED | {"kept": 1},
        "some-held": CANCELLED | {"kept": 3},
        "with-time": CANCELLED | {"when": "(day, start to end, time zone)"},
        "with-time-and-some-held": CANCELLED
        | {"when": "(day, start to end, time zone)", "kept": 3, "until": "(day of the week)"},
    },
    "reminder_tomorrow": {
        "": {"path": "/sessions", "when": ""},
        "with-time": {"path": "/sessions", "when": "(day, start to end, time zone)"},
    },
    "reminder_soon": {
        "": {"path": "/sessions", "when": ""},
        "with-time": {"path": "/sessions", "when": "(day, start to end, time zone)"},
    },
    "time_opened": {
        "": {"path": "/sessions", "when": "", "until": ""},
        "with-time": {"path": "/sessions", "when": "(day, time, time zone)", "until": "(day, time)"},
    },
    "question_asked": {"": {"path": "/me"}},
    "sharing_changed": {"": {"path": "/me", "when": "(day, time, time zone)"}},
    "weekly_list": {
        "": {"path": "/home", "updates": 2, "changes": 1, "coming": ""},
        "with-time": {"path": "/home", "updates": 1, "changes": 2, "coming": "(day, time, time zone)"},
    },
    "sharing_ends": {"": {"path": "/me", "day": "(day)"}},
    "new_password": {"": {"path": "/new-password/(token)"}},
    "password_changed": {"": {"when": "(day, time, time zone)"}},
    "new_address": {"": {"path": "/email-address/(token)"}},
    "email_changed": {"": {"when": "(day, time, time zone)"}},
    "invitation": {"": {"path": "/invite/(token)", "until": "(day)"}},
}


@click.command("letters")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def command(folder: Path) -> None:
    """Render every email in every language into FOLDER: LANGUAGE/MESSAGE.txt and .html, and calendar files beside."""
    try:
        clinic.facts()
    except SQLAlchemyError as trouble:
        raise click.ClickException("The database is not there yet. Run: flask --app wsgi db upgrade") from trouble
    written = 0
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for message, ways in WAYS.items():
            for way, facts in ways.items():
                letter = _letter(language, message, facts)
                file = folder / language / "-".join(part for part in (message, way) if part)
                head = f"Subject: {letter.subject}\nPreview: {letter.preview}\n\n"
                file.with_suffix(".txt").write_text(head + letter.text, encoding="utf-8")
                file.with_suffix(".html").write_text(letter.html, encoding="utf-8")
                written += 1
    for entry in (A_SESSION, replace(A_SESSION, sequence=1, is_cancelled=True)):
        (folder / f"{calendar_file.method_of(entry).lower()}.ics").write_bytes(_calendar_file(entry))
    click.echo(f"{written} letters in {folder}")


def _letter(language: str, message: str, facts: dict[str, Any]) -> Letter:
    reader = Recipient(
        account_id=0,
        account_ref="",
        email=DANA.email,
        given_name="" if message in TO_NOBODY_KNOWN else DANA.given_name,
        language=language,
        wants_times=True,
        relative_id=None if message in (*TO_NOBODY_KNOWN, *TO_A_PATIENT) else 0,
        patient_id=0 if message in TO_A_PATIENT else None,
        mail_word="" if message in TO_NOBODY_KNOWN else "blue kite",
    )
    return write_letter(reader, About(message, None, None, clock.now()), **facts)


def _calendar_file(entry: Entry) -> bytes:
    return calendar_file.sent(
        entry,
        entry.starts_at,
        sender=current_app.config["MAIL_DEFAULT_SENDER"][1],
        reader=DANA.email,
        details=f"{current_app.config['SETTINGS'].base_url}/sessions",
    )
