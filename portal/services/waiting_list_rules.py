"""What somebody may ask for who waits for a time, and which times are that: rules alone, nothing is read or kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from portal import words
from portal.errors import Refused
from portal.services.free_times import DAY_MINUTES, Terms, Window, common, takes_up, windows_on

# How long somebody waits who says nothing else.
USUALLY = dt.timedelta(weeks=4)
NOON, FIVE = 12 * 60, 17 * 60


class Part(StrEnum):
    """The parts of a day on the clinic's wall clock."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


WINDOWS: dict[str, Window] = {
    Part.MORNING: Window(0, NOON),
    Part.AFTERNOON: Window(NOON, FIVE),
    Part.EVENING: Window(FIVE, DAY_MINUTES),
}


@dataclass(frozen=True)
class Wish:
    """When somebody could come. Monday is 0; `mode` None: either way; `until_on` is the last day that helps."""

    weekdays: tuple[int, ...]
    parts: tuple[str, ...]
    until_on: dt.date
    mode: str | None
    kind: str


def check_days(weekdays: Collection[int]) -> None:
    """Raise Refused unless some days of the week were chosen."""
    if not weekdays or not set(weekdays) <= set(range(7)):
        raise Refused(_l("Choose at least one day"), "days")


def check_parts(parts: Collection[str]) -> None:
    """Raise Refused unless some part of the day was chosen."""
    if not parts or not set(parts) <= WINDOWS.keys():
        raise Refused(_l("Choose at least one time of day"), "parts")


def check_until(until_on: dt.date | None, today: dt.date, latest: dt.date) -> None:
    """Raise Refused unless it is a day from today to `latest`, the last one on which this is shared."""
    if until_on is None or not today <= until_on <= latest:
        raise Refused(_l("Enter a date from today to %(day)s", day=words.full_day(latest)), "until")


def check_how(mode: str | None, modes: Collection[str]) -> None:
    """Raise Refused unless the therapist meets that way; None is any."""
    if mode is not None and mode not in modes:
        raise Refused(_l("Choose how you would like to meet"), "how")


def usual_end(today: dt.date, latest: dt.date) -> dt.date:
    """The last day of waiting that is proposed."""
    return min(today + USUALLY, latest)


def mode_for(wish: Wish, modes: Collection[str]) -> str | None:
    """How they would meet: as they asked, or the first way there is; None when that is not held any more."""
    if wish.mode is None:
        return next(iter(modes), None)
    return wish.mode if wish.mode in modes else None


def first_fit(
    starts: Iterable[dt.datetime], terms: Terms, wish: Wish, passed: Collection[dt.datetime] = ()
) -> dt.datetime | None:
    """The first of `starts` (in order) that suits: all of the session lies in minutes free for both of them."""
    return next((start for start in starts if start not in passed and fits(start, terms, wish)), None)


def fits(start: dt.datetime, terms: Terms, wish: Wish) -> bool:
    """Whether a session at `start` lies on a day, and wholly in a time of day, that was asked for."""
    day, session = takes_up(terms, start)
    if day > wish.until_on or day.weekday() not in wish.weekdays:
        return False
    both = common([WINDOWS[part] for part in wish.parts if part in WINDOWS], windows_on(terms, day))
    return any(window.start <= session.start and session.end <= window.end for window in both)
