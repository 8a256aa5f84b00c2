"""What may be planned: the answers of the session editor, checked before a single session is made of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from portal.errors import Refused
from portal.models import Frequency, ScheduleEntry, SessionType
from portal.services.recurrence import WEEKDAYS, Rule, aligned, at_most, walls

LONGEST = 24 * 60
MOST_WEEKS_BETWEEN = 12
MOST_SESSIONS = 1000
# Further ahead nobody plans, and a year typed wrong is found.
FURTHEST = dt.timedelta(days=3 * 366)
# A timetable may be written down some weeks after it began.
LATE = dt.timedelta(days=31)
MODES = ("", "in person", "online")
LONGEST_NAME = 120
LONGEST_PLACE = 200


@dataclass(frozen=True)
class Plan:
    """What the session editor says. Times on the wall clock of `zone`, length in minutes.

    `type` is one of SessionType, `by_day` RFC 5545's BYDAY, `until` the last date or `count` the number of sessions;
    neither: it goes on until somebody ends it. `name` is for the care team only.
    """

    timetable_id: int
    type: str
    starts_on: dt.date
    wall_time: dt.time
    minutes: int
    zone: str
    frequency: str = Frequency.ONCE
    every: int = 1
    by_day: tuple[str, ...] = ()
    week_starts: str = "MO"
    until: dt.date | None = None
    count: int | None = None
    skipped: frozenset[dt.date] = frozenset()
    extra: frozenset[dt.datetime] = frozenset()
    place: str = ""
    mode: str = ""
    leader_id: int | None = None
    name: str = ""

    @property
    def rule(self) -> Rule:
        """When it takes place. It begins on the first day that fits."""
        return aligned(
            Rule(
                starts_on=self.starts_on,
                wall_time=self.wall_time,
                minutes=self.minutes,
                zone=ZoneInfo(self.zone),
                frequency=Frequency(self.frequency),
                every=self.every,
                by_day=self.by_day,
                week_starts=self.week_starts,
                until=self.until,
                count=self.count,
                skipped=self.skipped,
                extra=self.extra,
            )
        )


def check_plan(plan: Plan) -> None:
    """Raise Refused unless sessions can be made of `plan`; the sentence says what to do."""
    check_type(plan.type)
    check_name(plan.name)
    check_place(plan.place)
    check_length(plan.minutes)
    check_mode(plan.mode)
    if plan.frequency != Frequency.ONCE:
        check_repeats(plan)
        check_end(plan)
    if not at_most(plan.rule, 1):
        raise Refused(_l("No session falls on these days. Choose other days or a later last day"), "until")


def check_type(session_type: str) -> None:
    """Raise Refused for what families may never see: it has no type, so it cannot be kept here."""
    if session_type not in tuple(SessionType):
        raise Refused(
            _l(
                "Choose a kind. Medication visits and drug tests are never shown to families, so they are not kept here"
            ),
            "type",
        )


def check_name(name: str) -> None:
    """Raise Refused for a name that no list can hold."""
    if len(name) > LONGEST_NAME:
        raise Refused(_l("Make the name shorter: at most %(most)d letters", most=LONGEST_NAME), "name")


def check_place(place: str) -> None:
    """Raise Refused for a place that does not fit on a line."""
    if len(place) > LONGEST_PLACE:
        raise Refused(_l("Make the place shorter: at most %(most)d letters", most=LONGEST_PLACE), "place")


def check_mode(mode: str) -> None:
    """Raise Refused unless people can meet that way."""
    if mode not in MODES:
        raise Refused(_l("Choose how people meet"), "mode")


def check_start(day: dt.date, today: dt.date) -> None:
    """Raise Refused for a first day that is long over or too far ahead."""
    if not today - LATE <= day <= today + FURTHEST:
        raise Refused(_l("Choose a first day that is not long past and not years ahead"), "starts_on")


def check_length(minutes: int) -> None:
    """Raise Refused unless a session has a length that fits into a day."""
    if minutes < 1:
        raise Refused(_l("The end must be after the start"), "minutes")
    if minutes > LONGEST:
        raise Refused(_l("A session lasts at most 24 hours"), "minutes")


def minutes_between(begin: dt.time, end: dt.time) -> int:
    """The length of a session that ends on the day on which it begins. Raises Refused when it ends before."""
    minutes = (end.hour - begin.hour) * 60 + end.minute - begin.minute
    check_length(minutes)
    return minutes


def check_repeats(plan: Plan) -> None:
    """Raise Refused unless it is said how the series repeats."""
    if not 1 <= plan.every <= MOST_WEEKS_BETWEEN:
        raise Refused(_l("Choose a number from 1 to %(most)d", most=MOST_WEEKS_BETWEEN), "every")
    if plan.frequency == Frequency.WEEKLY and not set(plan.by_day) & set(WEEKDAYS):
        raise Refused(_l("Choose at least one day of the week"), "by_day")


def check_end(plan: Plan) -> None:
    """Raise Refused unless the series has at most one end, after its start and not out of sight."""
    if plan.until is not None and plan.count is not None:
        raise Refused(_l("Choose a last day or a number of sessions, not both"), "until")
    if plan.until is not None and plan.until < plan.starts_on:
        raise Refused(_l("The last day is before the first. Choose a later last day"), "until")
    if plan.until is not None and plan.until > plan.starts_on + FURTHEST:
        raise Refused(_l("Choose a last day at most 3 years after the first"), "until")
    if plan.count is not None and not 1 <= plan.count <= MOST_SESSIONS:
        raise Refused(_l("Choose a number of sessions from 1 to %(most)d", most=MOST_SESSIONS), "count")


def check_extra(wall: dt.datetime, rule: Rule, now: dt.datetime) -> None:
    """Raise Refused for one more date that is over, or on which there is a session at that time already."""
    check_to_come(wall.replace(tzinfo=rule.zone), now, "day")
    if any(one == wall for one in _up_to(rule, wall)):
        raise Refused(_l("There is a session at that time already"), "day")


def check_to_come(starts_at: dt.datetime, now: dt.datetime, field: str = "") -> None:
    """Raise Refused for a session that has begun: what is over stays as it was."""
    if starts_at <= now:
        raise Refused(_l("This time is over. Choose a session or a time that is still to come"), field)


def check_ours(entry: ScheduleEntry) -> None:
    """Raise Refused for a session that another system plans: the next import would undo what is done here."""
    if entry.external_id is not None and entry.series_id is None:
        raise Refused(_l("This session comes from another system. Change it there"))


def check_unchanged(seen: int | None, sequence: int) -> None:
    """Raise Refused when somebody changed the series since the reader saw it; None: not asked."""
    if seen is not None and seen != sequence:
        raise Refused(_l("Somebody changed this while you were writing. Check it again"), "sequence")


def _up_to(rule: Rule, wall: dt.datetime) -> list[dt.datetime]:
    found = []
    for one in walls(rule):
        if one > wall:
            break
        found.append(one)
    return found
