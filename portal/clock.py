"""now(): the one clock; in production it never runs backwards."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app

UTC = dt.UTC


class BadClock(RuntimeError):
    """The clock file does not hold one ISO 8601 instant with an offset."""


def now() -> dt.datetime:
    """This moment, in UTC.

    An ended consent must not come back to life because a machine's clock was set back, so in
    production the latest instant this process has seen is the earliest it will answer.
    Raises BadClock.
    """
    settings = current_app.config["SETTINGS"]
    if settings.clock_file is not None:
        return _read(settings.clock_file)
    moment = dt.datetime.now(UTC)
    if settings.mode != "production":
        return moment
    latest = max(moment, current_app.extensions.get("clock", moment))
    current_app.extensions["clock"] = latest
    return latest


def today(zone: ZoneInfo) -> dt.date:
    """The date on the wall in `zone`."""
    return now().astimezone(zone).date()


def midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The instant at which `day` begins in `zone`, in UTC."""
    return dt.datetime.combine(day, dt.time(), zone).astimezone(UTC)


def _read(file: Path) -> dt.datetime:
    with file.open("rb", buffering=0) as line:  # asked many times by every page
        return _instant(line.read())


@lru_cache(maxsize=1)
def _instant(line: bytes) -> dt.datetime:
    text = line.decode(errors="replace").strip()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadClock(f"PORTAL_CLOCK_FILE holds {text!r}; write one instant like 2026-11-23T08:30:00-06:00")
    return moment.astimezone(UTC)
