"""The events of a calendar file: when, where and of what kind. Titles and names are not taken along.

What cannot be understood is listed by its place in the file and the reason, never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from icalendar.prop import vDuration

from portal.exchange import calendar_lines
from portal.exchange.calendar_lines import BadCalendar, Line, Part
from portal.exchange.calendar_words import is_never_shown, kind_of, place_and_mode
from portal.exchange.calendar_zones import UTC, UnknownZone, Zones, by_name
from portal.services.recurrence import instant
from portal.services.series_rules import LONGEST

# A file that asks for something is about one event; taking it for a whole calendar would end all others.
WHOLE = ("", "PUBLISH")
DATE = re.compile(r"\d{8}")
DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?P<utc>Z?)")
FIRST_YEAR, LAST_YEAR = 1970, 2200
MOST_DATES = 1000

Watch = Callable[[Iterable[Part], int], Iterable[Part]]


class Unclear(ValueError):
    """An event that cannot be understood; the reason says what to do, without a word of the event."""


@dataclass(frozen=True)
class When:
    """A time as the file writes it: the wall clock and its zone. `zone` None: whatever clock hangs there."""

    wall: dt.datetime
    zone: ZoneInfo | None
    is_day: bool = False

    def at(self, zone: ZoneInfo) -> dt.datetime:
        """What a clock in `zone` shows then."""
        if self.zone is None or self.is_day or self.zone.key == zone.key:
            return self.wall
        return instant(self.wall, self.zone).astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True)
class Event:
    """One VEVENT that is understood. `name` says where it stands in the file."""

    name: str
    uid: str
    sequence: int
    replaces: When | None
    starts: When
    minutes: int
    rule: str
    skipped: tuple[When, ...]
    extra: tuple[When, ...]
    is_cancelled: bool
    place: str
    mode: str
    kind: str


@dataclass
class Calendar:
    """A file that was read. `zone` is the calendar's own, where it has one.

    `unclear` are events that were not understood, by name, with the reason; `unclear_uids` whose they are.
    """

    zone: ZoneInfo | None = None
    events: list[Event] = field(default_factory=list)
    unclear: list[tuple[str, str]] = field(default_factory=list)
    unclear_uids: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)


def read(content: bytes, own: ZoneInfo, today: dt.date, watch: Watch = lambda parts, total: parts) -> Calendar:
    """The calendar in a file. `own` is the clinic's zone; `watch` wraps the events, for a progress bar.

    Raises BadCalendar.
    """
    calendar, count = Calendar(), 0
    for outer in calendar_lines.read(content):
        if outer.text("VERSION").startswith("1"):
            raise BadCalendar(f"Line {outer.number} begins a vCalendar 1.0 file. Export it as iCalendar.")
        if outer.text("METHOD").upper() not in WHOLE:
            raise BadCalendar(
                f"Line {outer.all('METHOD')[0].number} says that this is one invitation. Export the whole calendar."
            )
        calendar.zone = calendar.zone or by_name(outer.text("X-WR-TIMEZONE"))
        zones = Zones(outer, own, today)
        for part in watch(outer.parts, len(outer.parts)):
            if part.name == "VEVENT":
                count += 1
                _take(calendar, part, f"event {count} (line {part.number})", zones)
            elif part.name != "VTIMEZONE":
                calendar.left_out.append(part.name if part.name in ("VTODO", "VJOURNAL", "VFREEBUSY") else "other")
    return calendar


def _take(calendar: Calendar, part: Part, name: str, zones: Zones) -> None:
    try:
        calendar.events.append(_event(part, name, zones))
    except Unclear as why:
        calendar.unclear.append((name, str(why)))
        if not part.all("RECURRENCE-ID"):
            calendar.unclear_uids.add(part.text("UID"))


def _event(part: Part, name: str, zones: Zones) -> Event:
    status = part.text("STATUS").upper()
    starts = _first(part, "DTSTART", zones)
    replaces = _first(part, "RECURRENCE-ID", zones)
    if starts is None:
        raise Unclear("has no start, so it is not kept.")
    is_cancelled = status == "CANCELLED"
    if not is_cancelled:
        _check_shown(part, starts, status)
    place, mode = place_and_mode(part.text("LOCATION"))
    return Event(
        name=name,
        uid=part.text("UID"),
        sequence=_sequence(part),
        replaces=replaces,
        starts=starts,
        minutes=0 if is_cancelled else _minutes(part, starts, zones),
        rule=part.text("RRULE").upper(),
        skipped=_several(part, "EXDATE", zones),
        extra=_several(part, "RDATE", zones),
        is_cancelled=is_cancelled,
        place=place,
        mode=mode,
        kind=kind_of(_texts(part, "CATEGORIES")),
    )


def _check_shown(part: Part, starts: When, status: str) -> None:
    if starts.is_day or part.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE":
        raise Unclear("lasts whole days, so it is no session. If the clinic is closed then, add a closure.")
    if status == "TENTATIVE":
        raise Unclear("is tentative, so it is not kept. Confirm it first.")
    if is_never_shown(_texts(part, "SUMMARY") + _texts(part, "CATEGORIES")):
        raise Unclear("may be a medication visit or a drug test. Those are never shown to families, so it is not kept.")
    if any("RANGE" in line.parameters for line in part.all("RECURRENCE-ID")):
        raise Unclear("changes a session and all later ones, which the portal cannot keep. Make a new series of them.")
    if part.all("EXRULE") or len(part.all("RRULE")) > 1:
        raise Unclear("repeats by more than one rule, so it is not kept. Make one event of each.")


def _texts(part: Part, name: str) -> list[str]:
    return [line.text for line in part.all(name)]


def _sequence(part: Part) -> int:
    written = part.text("SEQUENCE")
    return int(written) if re.fullmatch(r"\d{1,9}", written) else 0


# Times


def _first(part: Part, name: str, zones: Zones) -> When | None:
    lines = part.all(name)
    return _when(lines[0], lines[0].value, zones) if lines else None


def _several(part: Part, name: str, zones: Zones) -> tuple[When, ...]:
    found: list[When] = []
    for line in part.all(name):
        if line.parameters.get("VALUE", "").upper() == "PERIOD" or "/" in line.value:
            raise Unclear("names dates with lengths of their own, so it is not kept.")
        found += [_when(line, value.strip(), zones) for value in line.value.split(",") if value.strip()]
    if len(found) > MOST_DATES:
        raise Unclear(f"names more than {MOST_DATES:,} dates, so it is not kept.")
    return tuple(found)


def _when(line: Line, value: str, zones: Zones) -> When:
    is_day = DATE.fullmatch(value) is not None
    found = DATE_TIME.fullmatch(value + "T000000" if is_day else value)
    if found is None:
        raise Unclear(f"has no date or time on line {line.number}, so it is not kept.")
    wall, name = _wall(line, found), line.parameters.get("TZID", "")
    if found["utc"]:
        return When(wall, UTC)
    if is_day or not name:
        return When(wall, None, is_day)
    try:
        return When(wall, zones.find(name))
    except UnknownZone:
        raise Unclear(f"is in a time zone that cannot be found out (line {line.number}), so it is not kept.") from None


def _wall(line: Line, found: re.Match[str]) -> dt.datetime:
    year, month, day, hour, minute, second = (int(digits) for digits in found.groups()[:6])
    try:
        # 60 is a second that was put in.
        moment = dt.datetime.combine(dt.date(year, month, day), dt.time(hour, minute, min(second, 59)))
    except ValueError:
        raise Unclear(f"has no date or time of the calendar on line {line.number}, so it is not kept.") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unclear(f"has a year out of reach on line {line.number}, so it is not kept.")
    return moment


def _minutes(part: Part, starts: When, zones: Zones) -> int:
    ends, duration = _first(part, "DTEND", zones), part.text("DURATION")
    if ends is not None:
        length = _length(starts, ends, is_repeated=bool(part.all("RRULE")))
    elif duration:
        try:
            length = vDuration.from_ical(duration)
        except (ValueError, OverflowError):
            raise Unclear("has no length that can be read, so it is not kept.") from None
    else:
        raise Unclear("has no end, so it is not kept.")
    minutes = -int(-length.total_seconds() // 60)
    if minutes < 1:
        raise Unclear("does not end after it begins, so it is not kept.")
    if minutes > LONGEST:
        raise Unclear("lasts longer than a day, so it is no session and not kept.")
    return minutes


def _length(starts: When, ends: When, *, is_repeated: bool) -> dt.timedelta:
    if is_repeated or starts.zone is None or ends.zone is None:
        return ends.at(starts.zone or ends.zone or UTC) - starts.wall
    return instant(ends.wall, ends.zone) - instant(starts.wall, starts.zone)
