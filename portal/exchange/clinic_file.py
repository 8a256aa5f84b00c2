"""A clinic file (TOML): the clinic, its programs, staff, free hours and closures, checked before use."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from portal.exchange.fhir_names import is_address
from portal.models import FamilySessionKind, MinorRule
from portal.services.availability_rules import LONGEST_LINK, LONGEST_ROOM, is_link, limits_of, out_of_order

MOST_ERRORS = 5
TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
END_OF_DAY = 24 * 60


class BadClinicFile(Exception):
    """The file cannot be loaded. The text names the place and says what is wrong there."""


def _minute(value: object) -> int:
    if isinstance(value, dt.time) and not value.second and value.tzinfo is None:
        return value.hour * 60 + value.minute
    if not isinstance(value, str) or not TIME.fullmatch(value):
        raise ValueError("must be a time on the wall clock like 09:00, or 24:00 for the end of the day")
    return int(value[:2]) * 60 + int(value[3:])


def _not_the_end(minute: int) -> int:
    if minute == END_OF_DAY:
        raise ValueError("24:00 is the end of a day, nothing begins there")
    return minute


def _to_the_end(minute: int) -> int:
    # What many calendars write for the end of a day; nobody means to leave out its last minute.
    return END_OF_DAY if minute == END_OF_DAY - 1 else minute


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("must be a date like 2026-12-08")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError("is no date of the calendar") from None


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no IANA time zone; write it like America/Chicago")
    return name


def _email(value: str) -> str:
    if not is_address(value):
        raise ValueError("is no email address")
    return value.lower()


def _line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that cannot be shown")
    return value


def _link(value: str) -> str:
    if not is_link(value):
        raise ValueError("must be a web address that begins with https://")
    return value


def _each_once(rooms: list[str]) -> list[str]:
    for n, room in enumerate(rooms):
        if room.casefold() in map(str.casefold, rooms[:n]):
            raise ValueError(f"{room} is there twice")
    return rooms


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, strict=True), AfterValidator(_line)]
Kind = Literal["with patient", "without patient", "couple", "parents"]
Whole = Annotated[int, Field(strict=True)]
Minute = Annotated[int, BeforeValidator(_minute)]
FirstMinute = Annotated[int, BeforeValidator(_minute), AfterValidator(_not_the_end)]
LastMinute = Annotated[Minute, AfterValidator(_to_the_end)]
Date = Annotated[dt.date, BeforeValidator(_date)]
Email = Annotated[Line, AfterValidator(_email)]


class Part(BaseModel):
    """Any table of the file: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class WordsPart(Part):
    """The same words in the portal's languages; English stands in for one that is missing."""

    en: Line = Field(max_length=200)
    es: Line | None = Field(None, max_length=200)

    def by_language(self) -> dict[str, str]:
        return self.model_dump(exclude_none=True)


class HelpLinePart(Part):
    """A place near the clinic to call or text in a crisis, and the day on which somebody checked the number."""

    name: WordsPart
    purpose: WordsPart
    how: WordsPart
    verified_on: Date


class ClinicPart(Part):
    """The clinic itself."""

    public_name: Line = Field(max_length=120)
    legal_name: Line = Field(max_length=200)
    time_zone: Annotated[Line, AfterValidator(_zone)]
    phone: Line = Field(max_length=40)
    minor_rule: Literal["minor_and_parent", "minor_alone"] = MinorRule.MINOR_AND_PARENT.value
    majority: Whole = Field(18, ge=12, le=30)
    numbers_verified_on: Date | None = None


class ProgramPart(Part):
    """One program and its planned weeks."""

    name: Line = Field(max_length=120)
    weeks: Whole = Field(ge=1, le=520)


class HoursPart(Part):
    """Weekly free hours. An end that is not after its beginning leaves no time, and is no error."""

    days: Annotated[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]], Field(min_length=1)]
    from_minute: FirstMinute = Field(alias="from")
    to_minute: LastMinute = Field(alias="to")


class OverridePart(Part):
    """One date with other hours, or none."""

    date: Date
    closed: Annotated[bool, Field(strict=True)] = False
    from_minute: FirstMinute | None = Field(None, alias="from")
    to_minute: LastMinute | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _hours_or_closed(self) -> OverridePart:
        given = [minute is not None for minute in (self.from_minute, self.to_minute)]
        if self.closed and any(given):
            raise ValueError("is closed and has hours; it can be one of the two")
        if not self.closed and not all(given):
            raise ValueError("needs from and to, or closed = true")
        return self


class FamilySessionsPart(Part):
    """How one therapist holds family sessions."""

    minutes: Whole = Field(50, ge=5, le=480)
    gap_minutes: Whole = Field(10, ge=0, le=480)
    step_minutes: Whole | None = Field(None, ge=1, le=1440)
    notice_hours: Whole = Field(24, ge=0, le=8760)
    cancel_hours: Whole = Field(24, ge=0, le=8760)
    horizon_days: Whole = Field(28, ge=0, le=366)
    per_day: Whole | None = Field(None, ge=0, le=100)
    per_week: Whole | None = Field(None, ge=0, le=700)
    per_month: Whole | None = Field(None, ge=0, le=3100)
    per_year: Whole | None = Field(None, ge=0, le=36600)
    per_family_open: Whole | None = Field(None, ge=0, le=100)
    most_moves: Whole = Field(3, ge=0, le=100)
    modes: list[Annotated[Line, Field(max_length=20)]] = Field(["online"], min_length=1)
    kinds: Annotated[list[Kind], Field(min_length=1)] = [FamilySessionKind.WITH_PATIENT.value]
    rooms: Annotated[list[Annotated[Line, Field(max_length=LONGEST_ROOM)]], AfterValidator(_each_once)] = []
    online_link: Annotated[Line, Field(max_length=LONGEST_LINK), AfterValidator(_link)] | None = None
    asks_first: Annotated[bool, Field(strict=True)] = False
    hours: list[HoursPart] = []
    overrides: list[OverridePart] = []

    @model_validator(mode="after")
    def _can_be_reached(self) -> FamilySessionsPart:
        wrong = out_of_order(limits_of(self.per_day, self.per_week, self.per_month, self.per_year))
        if wrong is not None:
            period, least = wrong
            raise ValueError(f"per_{period} must be at least {least}, the limit of a shorter time")
        return self


class StaffPart(Part):
    """One member of staff. No roles: no doors."""

    email: Email = Field(max_length=254)
    name: Line = Field(max_length=240)
    roles: list[Literal["coordinator", "therapist", "privacy_officer", "admin"]]
    family_sessions: FamilySessionsPart | None = None


class ClosurePart(Part):
    """Days on which the clinic is closed, first and last included."""

    starts_on: Date = Field(alias="from")
    ends_on: Date = Field(alias="to")
    name: Line = Field(max_length=120)

    @model_validator(mode="after")
    def _in_order(self) -> ClosurePart:
        if self.ends_on < self.starts_on:
            raise ValueError("ends before it begins")
        return self


class ClinicFile(Part):
    """The whole file."""

    clinic: ClinicPart
    programs: list[ProgramPart] = []
    staff: list[StaffPart] = []
    closures: list[ClosurePart] = []
    help_lines: list[HelpLinePart] = []


def read(raw: bytes) -> ClinicFile:
    """The clinic in a TOML file. Raises BadClinicFile, naming each place that is wrong."""
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadClinicFile("The file is not UTF-8 text.") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as wrong:
        raise BadClinicFile(f"The file is not TOML: {wrong}.") from None
    try:
        file = ClinicFile.model_validate(table)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False, include_context=False)
        raise BadClinicFile(" ".join(_in_words(error) for error in errors[:MOST_ERRORS])) from None
    _only_once("programs", "name", [program.name for program in file.programs])
    _only_once("staff", "email", [member.email for member in file.staff])
    _only_once("closures", "from and to", [(closure.starts_on, closure.ends_on) for closure in file.closures])
    return file


def _in_words(error: Any) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).lstrip(".")
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such key."
    return f"{place}: {error['msg'].removeprefix('Value error, ')}."


def _only_once(table: str, key: str, values: list[Any]) -> None:
    for n, value in enumerate(values):
        if value in values[:n]:
            raise BadClinicFile(f"{table}[{n}]: the same {key} as {table}[{values.index(value)}].")
