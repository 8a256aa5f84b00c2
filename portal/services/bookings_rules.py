"""The rules for family sessions that the care team books, moves and cancels: each refuses in a sentence."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import pairwise

from flask_babel import lazy_gettext as _l

from portal.errors import Refused

MOST_OFFERED = 3
WORKING_DAYS = 3
# A time that has to be taken sooner than this is no offer: the email about it may not be read by then.
SHORTEST_OFFER = dt.timedelta(hours=4)
LONGEST_REASON = 300
LONGEST_PLACE = 120


def check_to_come(starts_at: dt.datetime, now: dt.datetime) -> None:
    """Raise Refused for a time that is over."""
    if starts_at <= now:
        raise Refused(_l("This time is over. Choose one that is still to come"), "time")


def check_outside(starts_at: dt.datetime, offered_now: Collection[dt.datetime], because: str) -> None:
    """Raise Refused when a time is not offered and nobody says why it is taken nevertheless."""
    if starts_at not in offered_now and not because.strip():
        raise Refused(_l("Families are not offered this time. Write down why it is taken nevertheless"), "because")


def check_because(because: str) -> None:
    """Raise Refused when a reason is a letter of its own."""
    if len(because.strip()) > LONGEST_REASON:
        raise Refused(_l("Make the reason shorter: at most %(most)d letters", most=LONGEST_REASON), "because")


def check_place(place: str) -> None:
    """Raise Refused when the name of a room is too long."""
    if len(place.strip()) > LONGEST_PLACE:
        raise Refused(_l("Make the name shorter: at most %(most)d letters", most=LONGEST_PLACE), "place")


def check_offer(
    instead: Collection[dt.datetime], could_be_offered: Collection[dt.datetime], lasts: dt.timedelta
) -> None:
    """Raise Refused for more than three times, for some that overlap, or for one that cannot be kept any more.

    `lasts` is how long a session fills the therapist's time, the gap after it included.
    """
    if len(set(instead)) > MOST_OFFERED:
        raise Refused(_l("Choose at most %(most)d times", most=MOST_OFFERED), "times")
    if any(other - one < lasts for one, other in pairwise(sorted(set(instead)))):
        raise Refused(_l("Choose times that do not overlap"), "times")
    if not set(instead) <= set(could_be_offered):
        raise Refused(_l("One of these times was just taken. Choose again"), "times")


# Questions


def kept_until(instead: Collection[dt.datetime], notice: dt.timedelta, last_day_ends: dt.datetime) -> dt.datetime:
    """Until when times are kept instead of a session we cancelled.

    Until `last_day_ends`, and no longer than the earliest of them could be booked by anybody.
    """
    return min(last_day_ends, min(instead) - notice)


def last_day(today: dt.date, closed: Collection[dt.date]) -> dt.date:
    """The third working day after today: neither Saturday nor Sunday, and not closed."""
    day, left = today, WORKING_DAYS
    while left:
        day += dt.timedelta(days=1)
        if day.weekday() < 5 and day not in closed:
            left -= 1
    return day


def suggestion(could_be_offered: Mapping[dt.datetime, dt.date], lasts: dt.timedelta) -> list[dt.datetime]:
    """Up to three of these starts that do not overlap, the first of each day before the second of any.

    `could_be_offered` says on which day of the clinic each start lies.
    """
    turns: Counter[dt.date] = Counter()
    ranked = []
    for start, day in sorted(could_be_offered.items()):
        ranked.append((turns[day], start))
        turns[day] += 1
    chosen: list[dt.datetime] = []
    for _, start in sorted(ranked):
        if len(chosen) < MOST_OFFERED and all(abs(start - other) >= lasts for other in chosen):
            chosen.append(start)
    return sorted(chosen)
