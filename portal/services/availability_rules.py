"""The rules of a therapist's hours and terms: each refuses in a sentence, with the field it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from urllib.parse import urlsplit

from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from portal.errors import Refused
from portal.models import FamilySessionKind
from portal.services.free_times import DAY_MINUTES, Period, Terms, Window, offered
from portal.services.series_words import wall_clock

MODES = ("online", "in person")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What must be said, what may be left empty, and from which number to which.
NUMBERS = {
    "minutes": (5, 480),
    "gap_minutes": (0, 480),
    "notice_hours": (0, 720),
    "cancel_hours": (0, 720),
    "horizon_days": (1, 366),
}
OPTIONAL_NUMBERS = {
    "step_minutes": (1, DAY_MINUTES),
    "per_day": (0, 100),
    "per_week": (0, 700),
    "per_month": (0, 3100),
    "per_year": (0, 36600),
    "per_family_open": (0, 100),
    "most_moves": (0, 100),
}
MOST_ROOMS = 50
LONGEST_ROOM = 120
LONGEST_LINK = 500
MOST_DAYS = 366


@dataclass(frozen=True)
class OtherDays:
    """Dates from `first` to `last`, both included, that have other hours than their weekday; None is none at all."""

    first: dt.date
    last: dt.date
    window: Window | None = None


@dataclass(frozen=True)
class Availability:
    """All that a therapist says of their family sessions, as `FamilySessionTerms` names it.

    `weekly` holds the hours of each weekday (Monday is 0) and `days` the dates that differ, in the order in
    which they were typed.
    """

    minutes: int | None = 50
    gap_minutes: int | None = 10
    step_minutes: int | None = None
    notice_hours: int | None = 24
    cancel_hours: int | None = 24
    horizon_days: int | None = 28
    per_day: int | None = None
    per_week: int | None = None
    per_month: int | None = None
    per_year: int | None = None
    per_family_open: int | None = None
    most_moves: int | None = 3
    modes: tuple[str, ...] = ("online",)
    kinds: tuple[str, ...] = (FamilySessionKind.WITH_PATIENT.value,)
    rooms: tuple[str, ...] = ()
    online_link: str = ""
    asks_first: bool = False
    weekly: Mapping[int, Sequence[Window]] = field(default_factory=dict)
    days: Sequence[OtherDays] = ()

    @property
    def limits(self) -> dict[Period, int]:
        """The limits that are set."""
        return limits_of(self.per_day, self.per_week, self.per_month, self.per_year)


def limits_of(*of_each_period: int | None) -> dict[Period, int]:
    """The limits that are set, out of those per day, week, month and year."""
    return {period: limit for period, limit in zip(Period, of_each_period, strict=True) if limit is not None}


def check(said: Availability, today: dt.date) -> None:
    """Raise Refused unless a therapist can hold sessions like that."""
    check_weekly(said.weekly)
    check_days(said.days, today)
    check_numbers(said)
    check_limits(said.limits)
    check_ways(said.modes, said.kinds)
    check_rooms(said.rooms)
    check_link(said.online_link)


def check_weekly(weekly: Mapping[int, Sequence[Window]]) -> None:
    """Raise Refused unless every row ends after it begins and no two rows of a day overlap."""
    for weekday, windows in weekly.items():
        name = weekday_name(weekday)
        for row, window in enumerate(windows, 1):
            if window.end <= window.start:
                raise Refused(
                    _l(
                        "%(day)s, row %(row)d: %(hours)s leaves no time. Choose a later end",
                        day=name, row=row, hours=hours(window),
                    ),
                    WEEKDAYS[weekday],
                )  # fmt: skip
        for (row, one), (other_row, other) in _overlapping(windows):
            raise Refused(
                _l(
                    "%(day)s: row %(row)d, %(hours)s, and row %(other_row)d, %(other_hours)s, overlap. Change one",
                    day=name, row=row, hours=hours(one), other_row=other_row, other_hours=hours(other),
                ),
                WEEKDAYS[weekday],
            )  # fmt: skip


def check_days(days: Sequence[OtherDays], today: dt.date) -> None:
    """Raise Refused unless each row is some days that are not over, and no two rows say different things of one day."""
    for row, one in enumerate(days, 1):
        if one.last < one.first:
            raise Refused(_l("Row %(row)d: the last day is before the first. Choose a later last day", row=row), "days")
        if one.last < today:
            raise Refused(_l("Row %(row)d: these days are over. Choose days that are still to come", row=row), "days")
        if (one.last - one.first).days >= MOST_DAYS:
            raise Refused(_l("Row %(row)d: choose at most %(most)d days", row=row, most=MOST_DAYS), "days")
        if one.window is not None and one.window.end <= one.window.start:
            raise Refused(
                _l("Row %(row)d: %(hours)s leaves no time. Choose a later end", row=row, hours=hours(one.window)),
                "days",
            )
    for other_row, other in enumerate(days, 1):
        for row, one in enumerate(days[: other_row - 1], 1):
            if one.first <= other.last and other.first <= one.last and _differ(one.window, other.window):
                raise Refused(
                    _l(
                        "Row %(row)d and row %(other_row)d are about the same day and overlap. Change one",
                        row=row, other_row=other_row,
                    ),
                    "days",
                )  # fmt: skip


def check_numbers(said: Availability) -> None:
    """Raise Refused for a number that is missing, too small or too large."""
    for name, (fewest, most) in {**NUMBERS, **OPTIONAL_NUMBERS}.items():
        number = getattr(said, name)
        if number is None and name in OPTIONAL_NUMBERS:
            continue
        if number is None or not fewest <= number <= most:
            raise Refused(_l("Enter a number from %(fewest)d to %(most)d", fewest=fewest, most=most), name)


def check_limits(limits: Mapping[Period, int]) -> None:
    """Raise Refused when a limit is smaller than that of a shorter period: the shorter one could never be reached."""
    wrong = out_of_order(limits)
    if wrong is not None:
        period, most = wrong
        raise Refused(
            _l("Enter at least %(most)d, the limit of a shorter time, or leave it empty", most=most), f"per_{period}"
        )


def out_of_order(limits: Mapping[Period, int]) -> tuple[Period, int] | None:
    """The first period whose limit is smaller than that of a shorter one, with the latter; None when all are fine."""
    largest = 0
    for period in Period:
        if period in limits:
            if limits[period] < largest:
                return period, largest
            largest = limits[period]
    return None


def check_ways(modes: Collection[str], kinds: Collection[str]) -> None:
    """Raise Refused unless families have at least one way to meet and one kind of session."""
    if not modes or not set(modes) <= set(MODES):
        raise Refused(_l("Choose how families can meet you"), "modes")
    if not kinds or not set(kinds) <= {kind.value for kind in FamilySessionKind}:
        raise Refused(_l("Choose at least one kind of session"), "kinds")


def check_rooms(rooms: Sequence[str]) -> None:
    """Raise Refused for too many rooms, a name that is a sentence, or one that is there twice."""
    if len(rooms) > MOST_ROOMS:
        raise Refused(_l("Enter at most %(most)d rooms", most=MOST_ROOMS), "rooms")
    if any(len(room) > LONGEST_ROOM for room in rooms):
        raise Refused(_l("Make the name shorter: at most %(most)d letters", most=LONGEST_ROOM), "rooms")
    twice = next((room for n, room in enumerate(rooms) if room.casefold() in map(str.casefold, rooms[:n])), None)
    if twice is not None:
        raise Refused(_l("%(room)s is there twice. Take one of them out", room=twice), "rooms")


def check_link(link: str) -> None:
    """Raise Refused unless it is empty or a web address that is encrypted on its way."""
    if link and not is_link(link):
        raise Refused(_l("Enter a web address that begins with https://"), "online_link")
    if len(link) > LONGEST_LINK:
        raise Refused(_l("Make the link shorter: at most %(most)d letters", most=LONGEST_LINK), "online_link")


# Questions


def is_link(text: str) -> bool:
    """Whether it is the address of a place on the web that is encrypted on its way."""
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and text.isprintable() and " " not in text
    except ValueError:
        return False


def holds(terms: Terms, starts_at: dt.datetime) -> bool:
    """Whether these hours hold a start at that moment, whatever is booked, closed, too soon or too far away."""
    bare = replace(
        terms, notice=dt.timedelta(0), horizon_days=1, closed=frozenset(),
        per_day=None, per_week=None, per_month=None, per_year=None,
    )  # fmt: skip
    return starts_at in offered(bare, (), now=starts_at, days=[starts_at.astimezone(terms.zone).date()])


def hours(window: Window) -> str:
    """ "4:00 PM to 8:00 PM"."""
    start, end = (_wall(minute) for minute in (window.start, window.end))
    return str(_l("%(start)s to %(end)s", start=start, end=end))


def weekday_name(weekday: int) -> str:
    """ "Monday" is 0."""
    return format_date(dt.date(2024, 1, 1) + dt.timedelta(days=weekday), "EEEE")


def _wall(minute: int) -> str:
    hour, minute = divmod(minute % DAY_MINUTES, 60)
    return wall_clock(dt.time(hour, minute))


def _overlapping(windows: Sequence[Window]) -> Iterable[tuple[tuple[int, Window], tuple[int, Window]]]:
    """Pairs of rows, each with its number; where any two overlap, so do some that begin one after the other."""
    rows = sorted(enumerate(windows, 1), key=lambda row: (row[1].start, row[1].end))
    for one, other in pairwise(rows):
        if one[1].end > other[1].start:
            yield (one, other) if one[0] < other[0] else (other, one)


def _differ(one: Window | None, other: Window | None) -> bool:
    """Whether two rows about one day cannot both be: one of them is a day off, or their hours overlap."""
    return one is None or other is None or (one.start < other.end and other.start < one.end)
