"""Time zones of calendar files, under whatever name a program gives them, as IANA zones.

A name is looked up as it is, without the path some programs put before it, and in Microsoft's lists. Where it says
nothing, the zone's own rules decide: it is the zone that shows the same time at noon of every day to come.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dateutil.tz import tzical
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from portal.exchange.calendar_lines import OBSERVANCES, Part

UTC = ZoneInfo("UTC")
# What Outlook on the web and Exchange call zones that clinics here are in, and names of their own for UTC.
OTHER_NAMES = {
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "arizona": "America/Phoenix",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "indiana (east)": "America/Indiana/Indianapolis",
    "atlantic time (canada)": "America/Halifax",
    "saskatchewan": "America/Regina",
    "newfoundland": "America/St_Johns",
    "puerto rico": "America/Puerto_Rico",
    "coordinated universal time": "UTC",
    "tzone://microsoft/utc": "UTC",
    "z": "UTC",
}  # fmt: skip
DISPLAYED = re.compile(
    r"\((?:UTC|GMT)(?:[+-]\d\d[:.]\d\d)?\)\s*(.+?)(?:\s*\((?:US (?:&|and) Canada|U\.S\..*)\))?", re.I
)
FIXED = re.compile(r"(?:UTC|GMT)\s?([+-])0?(\d{1,2})(?::?00)?", re.I)
DAYS_BEFORE, DAYS_AFTER = 60, 3 * 366
MOST_OBSERVANCES, MOST_LINES = 60, 200


class UnknownZone(ValueError):
    """A time zone that no name and no rule explains."""


class Zones:
    """The zones of one calendar. `own` is the clinic's, tried first where rules decide; `today` when they must hold."""

    def __init__(self, calendar: Part, own: ZoneInfo, today: dt.date) -> None:
        self._own, self._today = own, today
        self._parts = {part.text("TZID"): part for part in calendar.parts if part.name == "VTIMEZONE"}
        self._found: dict[str, ZoneInfo | None] = {}

    def find(self, name: str) -> ZoneInfo:
        """The zone that the calendar calls `name`. Raises UnknownZone."""
        if name not in self._found:
            part = self._parts.get(name)
            self._found[name] = by_name(name) or (self._by_rules(part) if part else None)
        found = self._found[name]
        if found is None:
            raise UnknownZone
        return found

    def _by_rules(self, part: Part) -> ZoneInfo | None:
        named = by_name(part.text("X-LIC-LOCATION"))
        if named is not None:
            return named
        try:
            offsets = list(_offsets(part, self._today))
        except (ValueError, TypeError, AttributeError, OverflowError, IndexError, KeyError):
            return None
        likely = (self._own.key, *WINDOWS_TO_OLSON.values(), *sorted(available_timezones()))
        return next((zone for zone in _known(likely) if _has(zone, offsets)), None)


def by_name(name: str) -> ZoneInfo | None:
    """The IANA zone behind a name; None for a name that says nothing."""
    name = name.strip().strip('"')
    key = name.casefold()
    displayed = DISPLAYED.fullmatch(name)
    found = _iana().get(key) or _windows().get(key) or OTHER_NAMES.get(key)
    if found is None and displayed:
        short = displayed[1].casefold()
        found = OTHER_NAMES.get(short) or _windows().get(short)
    if found is None and (fixed := FIXED.fullmatch(name)):
        # POSIX turns the sign round.
        sign = "-" if fixed[1] == "+" else "+"
        found = _iana().get(f"etc/gmt{sign}{fixed[2]}")
    while found is None and "/" in key:
        key = key.partition("/")[2]
        found = _iana().get(key)
    return ZoneInfo(found) if found else None


@cache
def _iana() -> dict[str, str]:
    return {key.casefold(): key for key in available_timezones() if key not in ("localtime", "Factory")}


@cache
def _windows() -> dict[str, str]:
    return {key.casefold(): zone for key, zone in WINDOWS_TO_OLSON.items()}


def _known(keys: Iterable[str]) -> Iterator[ZoneInfo]:
    return (ZoneInfo(key) for key in dict.fromkeys(keys) if key.casefold() in _iana())


def _has(zone: ZoneInfo, offsets: list[tuple[dt.datetime, dt.timedelta]]) -> bool:
    return all(noon.replace(tzinfo=zone).utcoffset() == offset for noon, offset in offsets)


def _offsets(part: Part, today: dt.date) -> Iterator[tuple[dt.datetime, dt.timedelta]]:
    """The offset at noon of every day to come, by the zone's own rules. Raises ValueError and others for bad rules."""
    rules = tzical(io.StringIO(_written(part))).get()
    assert rules is not None
    first = dt.datetime.combine(today - dt.timedelta(days=DAYS_BEFORE), dt.time(12))
    for n in range(DAYS_BEFORE + DAYS_AFTER):
        noon = first + dt.timedelta(days=n)
        offset = rules.utcoffset(noon)
        assert offset is not None
        yield noon, offset


def _written(part: Part) -> str:
    observances = [one for one in part.parts if one.name in OBSERVANCES]
    if not 0 < len(observances) <= MOST_OBSERVANCES or any(len(one.lines) > MOST_LINES for one in observances):
        raise ValueError("No rules, or too many.")
    lines = ["BEGIN:VTIMEZONE", "TZID:zone"]
    for one in observances:
        lines.append(f"BEGIN:{one.name}")
        for line in one.lines:
            if line.name == "RRULE" and "FREQ=YEARLY" not in line.value.upper():
                raise ValueError("Clocks do not change more often than by the year.")
            value = re.sub(r"(UNTIL=\d{8}T\d{6})Z", r"\1", line.value)
            lines.append(f"{line.name}:{value}")
        lines.append(f"END:{one.name}")
    return "\n".join([*lines, "END:VTIMEZONE", ""])
