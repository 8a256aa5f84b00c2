"""Calendar files as programs write them, and what became of them on the clinic's wall clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Flask, g
from sqlalchemy import select

from portal import clinic
from portal.db import session
from portal.models import ScheduleEntry, Series
from tests.exchange.bundles import run

FOLDER = Path(__file__).parent / "calendars"
PROGRAM = ("--program", "Evening A")

Json = dict[str, Any]


def imported(app: Flask, file: Path | str, *more: str) -> Json:
    """What the command prints."""
    file = FOLDER / file if isinstance(file, str) else file
    result = run(app, "import-calendar", str(file), *(more or PROGRAM))
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def written(folder: Path, *events: str, head: str = "") -> Path:
    """A calendar file with these events."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    file = folder / "calendar.ics"
    file.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x\n{head}{body}END:VCALENDAR\n", encoding="utf-8")
    return file


def sessions(app: Flask) -> list[str]:
    """Every session that came out of a calendar file: day and time, length, place, how people meet, and status."""
    with app.app_context():
        g.reading = True
        rows = session().execute(
            select(ScheduleEntry, Series)
            .join(Series, ScheduleEntry.series_id == Series.id)
            .where(Series.external_id.is_not(None))
            .order_by(ScheduleEntry.starts_at, ScheduleEntry.kind)
        )
        zone = clinic.zone()
        return [
            " ".join(
                filter(
                    None,
                    (
                        f"{row.starts_at.astimezone(zone):%m-%d %H:%M}-{row.ends_at.astimezone(zone):%H:%M}",
                        row.kind,
                        row.place,
                        row.mode and f"({row.mode})",
                        row.status if row.status != "on" else "",
                    ),
                )
            )
            for row, _ in rows
        ]


def reasons(summary: Json) -> list[str]:
    """What somebody has to look at."""
    return [f"{one['resource']} {one['why']}" for one in summary["needs_attention"]]
