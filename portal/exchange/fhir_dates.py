"""Dates and instants as FHIR writes them, on the clinic's wall clock."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from portal import clock
from portal.exchange.fhir_bundle import Resource

# R4 also allows 2026 and 2026-12; a day is what a consent, a session and an update need.
DAY = re.compile(r"\d{4}-\d\d-\d\d")
PARTIAL = re.compile(r"\d{4}(-\d\d)?")
# Years beyond this are a way of writing "no end".
LAST_YEAR = 2200


def day_or_instant(resource: Resource, place: str, written: object) -> dt.date | dt.datetime | None:
    """A date, an instant in UTC, or None for nothing and for a mere year or month. Raises BadBundle."""
    if written is None:
        return None
    if not isinstance(written, str):
        raise resource.wrong(place, "must be a date.")
    if PARTIAL.fullmatch(written):
        return None
    try:
        if DAY.fullmatch(written):
            return dt.date.fromisoformat(written)
        moment = dt.datetime.fromisoformat(written)
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise resource.wrong(place, "is no date or instant of the calendar.") from None


def begins(value: dt.date | dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant at which a day begins at the clinic; an instant is itself."""
    return value if isinstance(value, dt.datetime) else _midnight(value, zone)


def is_over(value: dt.date | dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant at which a day is over at the clinic; an instant is itself."""
    return value if isinstance(value, dt.datetime) else _midnight(value + dt.timedelta(days=1), zone)


def local_day(value: dt.date | dt.datetime, zone: ZoneInfo) -> dt.date:
    """The date on the clinic's wall."""
    return value.astimezone(zone).date() if isinstance(value, dt.datetime) else value


def is_in_reach(value: dt.date | dt.datetime) -> bool:
    """Whether this is a date somebody means, and not a stand-in for "never" or "always"."""
    return 1900 <= value.year <= LAST_YEAR


def comes_of_age(birth_date: dt.date, majority: int) -> dt.date:
    """The birthday on which a minor comes of age; who was born on February 29 does on March 1."""
    try:
        return birth_date.replace(year=birth_date.year + majority)
    except ValueError:
        return dt.date(birth_date.year + majority, 3, 1)


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return clock.midnight(day, zone)
