"""The rules of classes for families: what one is, on which days its sessions are, and when one can still join."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from portal import words
from portal.errors import Refused
from portal.services.availability_rules import check_link

ONLINE, IN_PERSON = "online", "in person"
LONGEST_TITLE, LONGEST_TEXT, LONGEST_PLACE = 120, 4000, 120
MOST_SEATS, MOST_SESSIONS, MOST_SKIPS = 200, 52, 12
SHORTEST, LONGEST = 15, 480
WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True)
class Plan:
    """What the care team says of a class. `minutes` is the length of a session, `sessions` how many there are."""

    title: str
    text: str
    mode: str
    place: str
    online_link: str
    capacity: int
    starts_on: dt.date
    wall_time: dt.time
    minutes: int
    sessions: int
    skips: tuple[dt.date, ...] = ()


def check_plan(plan: Plan) -> None:
    """Raise Refused, with the field it is about, unless a family can come to what is planned."""
    if not plan.title.strip() or len(plan.title.strip()) > LONGEST_TITLE:
        raise Refused(_l("Give the class a name of at most %(most)d letters", most=LONGEST_TITLE), "title")
    if len(plan.text) > LONGEST_TEXT:
        raise Refused(_l("Make the text shorter: at most %(most)d letters", most=LONGEST_TEXT), "text")
    if not 1 <= plan.capacity <= MOST_SEATS:
        raise Refused(_l("Enter how many can come, from 1 to %(most)d", most=MOST_SEATS), "capacity")
    if not SHORTEST <= plan.minutes <= LONGEST:
        raise Refused(_l("Enter a length from %(least)d to %(most)d minutes", least=SHORTEST, most=LONGEST), "minutes")
    if not 1 <= plan.sessions <= MOST_SESSIONS:
        raise Refused(_l("Enter how many sessions there are, from 1 to %(most)d", most=MOST_SESSIONS), "sessions")
    _check_where(plan)
    _check_skips(plan)


def check_begins(starts_on: dt.date, today: dt.date) -> None:
    """Raise Refused for a new class that has begun already."""
    if starts_on < today:
        raise Refused(_l("Choose a first day that is still to come"), "starts_on")


def check_seats(capacity: int, taken: int) -> None:
    """Raise Refused when more people have a place than could come."""
    if capacity < taken:
        raise Refused(
            _l("%(taken)d people have a place already. Call them before you make it smaller.", taken=taken), "capacity"
        )


def check_open(ends_at: dt.datetime, now: dt.datetime) -> None:
    """Raise Refused when the last session is over."""
    if ends_at <= now:
        raise Refused(_l("This class is over."))


def check_free(seat: int | None) -> None:
    """Raise Refused when there is no seat left."""
    if seat is None:
        raise Refused(_l("This class is full. When somebody leaves it, the place is free again."))


def days(starts_on: dt.date, sessions: int, skips: Collection[dt.date] = ()) -> list[dt.date]:
    """The days of the sessions, in order: weekly from the first, and a week later for each that is skipped."""
    found: list[dt.date] = []
    day = starts_on
    while len(found) < sessions:
        if day not in skips:
            found.append(day)
        day += WEEK
    return found


def free_seat(capacity: int, taken: Collection[int]) -> int | None:
    """The first seat that nobody has; None when all are taken."""
    return next((seat for seat in range(1, capacity + 1) if seat not in taken), None)


def _check_where(plan: Plan) -> None:
    if plan.mode not in (ONLINE, IN_PERSON):
        raise Refused(_l("Choose how you meet"), "mode")
    if plan.mode == IN_PERSON and not plan.place.strip():
        raise Refused(_l("Enter where the class is"), "place")
    if len(plan.place) > LONGEST_PLACE:
        raise Refused(_l("Make the place shorter: at most %(most)d letters", most=LONGEST_PLACE), "place")
    check_link(plan.online_link)


def _check_skips(plan: Plan) -> None:
    if len(plan.skips) > MOST_SKIPS:
        raise Refused(_l("Skip at most %(most)d days", most=MOST_SKIPS), "skips")
    last = days(plan.starts_on, plan.sessions, plan.skips)[-1]
    for day in plan.skips:
        if not plan.starts_on <= day <= last or (day - plan.starts_on).days % 7:
            raise Refused(_l("There is no session on %(day)s that could be skipped", day=words.full_day(day)), "skips")
