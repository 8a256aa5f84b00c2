"""The lines of a calendar file (RFC 5545, section 3.1): unfolded, numbered, in the parts they stand in.

Only what the timetable is made of is read. Notes, guests, organizers and reminders are passed over unread.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_BYTES = 10 * 1024 * 1024
MOST_EVENTS = 10_000
MOST_ZONES = 50
DEEPEST = 6
NAME = re.compile(r"[A-Za-z0-9-]+(?=[;:])")
LINE_BREAK = re.compile(r"\r\n|\n|\r")
OBSERVANCES = ("STANDARD", "DAYLIGHT")
TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
READ: dict[str, set[str]] = {
    "VCALENDAR": {"METHOD", "VERSION", "X-WR-TIMEZONE"},
    "VTIMEZONE": {"TZID", "X-LIC-LOCATION"},
    "VEVENT": {
        *TIMES, "DURATION", "RRULE", "EXRULE", "UID", "SEQUENCE", "STATUS", "LOCATION", "SUMMARY", "CATEGORIES",
        "X-MICROSOFT-CDO-ALLDAYEVENT",
    },
    **{one: {"DTSTART", "RDATE", "RRULE", "TZOFFSETFROM", "TZOFFSETTO"} for one in OBSERVANCES},
}  # fmt: skip
# After these a line stands by itself. Other text, some programs break over lines without saying so.
STRICT = {"BEGIN", "END", *(name for names in READ.values() for name in names)} - {"LOCATION", "SUMMARY"}
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class BadCalendar(ValueError):
    """The file cannot be read as a calendar; the sentence names the line and nothing that stands on it."""


@dataclass(frozen=True)
class Line:
    """One property: the number of its first line in the file, its parameters and its value, as written."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value without its backslashes."""
        return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value).strip()


@dataclass
class Part:
    """What stands between BEGIN and END: its properties that are read, and the parts inside it."""

    name: str
    number: int
    lines: list[Line] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        """Every property of this name."""
        return [line for line in self.lines if line.name == name]

    def text(self, name: str) -> str:
        """The first property of this name; empty when there is none."""
        return next((line.text for line in self.lines if line.name == name), "")


def read(content: bytes) -> list[Part]:
    """The calendars in a file. Raises BadCalendar."""
    if len(content) > MOST_BYTES:
        raise BadCalendar(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Export fewer years.")
    outside = Part("", 0)
    stack, counts = [outside], {"VEVENT": 0, "VTIMEZONE": 0}
    last_name = ""
    for number, written in _unfolded(_decoded(content)):
        found = NAME.match(written)
        name = found[0].upper() if found else ""
        if name == "BEGIN":
            part = Part(written[6:].strip().upper(), number)
            _check_place(stack, part, counts)
            stack[-1].parts.append(part)
            stack.append(part)
        elif name == "END":
            if len(stack) == 1 or stack[-1].name != written[4:].strip().upper():
                raise BadCalendar(f"Line {number} ends something else than what began last.")
            stack.pop()
        elif not name and (len(stack) == 1 or last_name in STRICT):
            raise BadCalendar(f"Line {number} is no line of a calendar file.")
        elif len(stack) > 1 and name in READ.get(stack[-1].name, ()):
            stack[-1].lines.append(_line(number, name, written))
        last_name = name or last_name
    if len(stack) > 1:
        raise BadCalendar(f"The file is cut off: what begins on line {stack[-1].number} does not end.")
    calendars = [part for part in outside.parts if part.name == "VCALENDAR"]
    if not calendars:
        raise BadCalendar("Line 1 does not begin a calendar file.")
    return calendars


def _check_place(stack: list[Part], part: Part, counts: dict[str, int]) -> None:
    if len(stack) > DEEPEST:
        raise BadCalendar(f"Line {part.number} begins something too deep inside other things.")
    if part.name in counts:
        if stack[-1].name != "VCALENDAR":
            raise BadCalendar(f"Line {part.number} begins an event or a time zone where none can be.")
        counts[part.name] += 1
    if counts["VEVENT"] > MOST_EVENTS:
        raise BadCalendar(f"The file holds more than {MOST_EVENTS:,} events. Export fewer years.")
    if counts["VTIMEZONE"] > MOST_ZONES:
        raise BadCalendar(f"The file describes more than {MOST_ZONES} time zones. Export calendars one by one.")


def _decoded(content: bytes) -> str:
    # A file that is no UTF-8 comes from an old Windows program; of its letters only those of a place are kept.
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise BadCalendar(f"Line {text[: text.index(chr(0))].count(chr(10)) + 1} holds no text.")
    return text


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    started = 0
    pieces: list[str] = []
    for number, line in enumerate(LINE_BREAK.split(text), 1):
        if line[:1] in (" ", "\t") and pieces:
            pieces.append(line[1:])
        elif line.strip():
            if pieces:
                yield started, "".join(pieces)
            started, pieces = number, [line]
    if pieces:
        yield started, "".join(pieces)


def _line(number: int, name: str, written: str) -> Line:
    # A time holds no colon, but a zone may, and not every program puts quotes round it.
    at = written.rfind(":") if name in TIMES else _colon(written)
    if at < 0:
        raise BadCalendar(f"Line {number} has no value.")
    return Line(number, name, _parameters(written[len(name) : at]), written[at + 1 :].strip())


def _colon(written: str) -> int:
    is_quoted = False
    for at, letter in enumerate(written):
        if letter == '"':
            is_quoted = not is_quoted
        elif letter == ":" and not is_quoted:
            return at
    return written.find(":")


def _parameters(written: str) -> dict[str, str]:
    found = re.findall(r';([A-Za-z0-9-]+)=("[^"]*"|[^;"]*)', written)
    return {name.upper(): value.strip().strip('"') for name, value in found}
