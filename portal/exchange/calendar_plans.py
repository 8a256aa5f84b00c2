"""Events of a calendar file become plans of series: those that say the same UID belong together."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from itertools import takewhile
from zoneinfo import ZoneInfo

from portal.exchange.calendar_read import Calendar, Event, Unclear, When
from portal.exchange.calendar_rules import rule_of
from portal.exchange.calendar_zones import UTC
from portal.models import Frequency
from portal.services.recurrence import Rule, walls
from portal.services.series_rules import FURTHEST, MOST_SESSIONS, Plan


@dataclass(frozen=True)
class Single:
    """What one session of a series is by itself: cancelled, or at another time or place."""

    wall: dt.datetime
    minutes: int
    place: str
    mode: str
    is_cancelled: bool


@dataclass
class Planned:
    """One series of the file. `singles` are its sessions that differ, by the start that the rule gives them.

    `digest` changes when the file says something else, and only then. Not `is_on`: cancelled as a whole.
    """

    name: str
    uid: str
    sequence: int
    rule: Rule
    kind: str
    place: str
    mode: str
    digest: str = ""
    is_on: bool = True
    singles: dict[dt.datetime, Single] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wishes:
    """What the person who imports says: the kind of what has none, and the clinic's zone."""

    kind: str
    zone: ZoneInfo


def plans(calendar: Calendar, wishes: Wishes) -> list[Planned]:
    """The series of a calendar; what cannot be planned is added to its `unclear`."""
    masters: dict[str, Event] = {}
    overrides: dict[str, list[Event]] = {}
    found: list[Planned] = []
    for event in calendar.events:
        uid = event.uid or _digest(event.starts, event.minutes, event.rule)
        if event.replaces is not None:
            overrides.setdefault(uid, []).append(event)
        elif uid not in masters or event.sequence >= masters[uid].sequence:
            if uid in masters:
                calendar.unclear.append((masters[uid].name, f"has the same UID as {event.name}, which is kept."))
            masters[uid] = event
        else:
            calendar.unclear.append((event.name, f"has the same UID as {masters[uid].name}, which is kept."))
    for uid, event in masters.items():
        try:
            found.append(_series(event, uid, overrides.pop(uid, []), calendar, wishes))
        except Unclear as why:
            calendar.unclear.append((event.name, str(why)))
            calendar.unclear_uids.add(event.uid)
    orphans = [event for uid, events in overrides.items() if uid not in calendar.unclear_uids for event in events]
    found += [_by_itself(event, calendar, wishes) for event in orphans]
    return found


def by_itself(planned: Planned, wall: dt.datetime) -> Planned:
    """One session of a series that differs, as a series of its own: for one that the series itself does not have."""
    single = planned.singles[wall]
    rule = Rule(single.wall.date(), single.wall.time(), single.minutes, planned.rule.zone)
    return Planned(
        name=planned.name,
        uid=f"{planned.uid}/{wall.isoformat()}",
        sequence=planned.sequence,
        rule=rule,
        kind=planned.kind,
        place=single.place,
        mode=single.mode,
        digest=_digest(rule, planned.kind, single.place, single.mode),
        is_on=not single.is_cancelled,
    )


def plan_from(planned: Planned, today: dt.date, timetable_id: int) -> Plan | None:
    """The plan of what is left of a series from `today` on; None when nothing is. Notes what had to be left out."""
    rule = _from_today(planned, today)
    if rule is None or next(walls(rule), None) is None:
        return None
    if rule.until is not None and rule.until > rule.starts_on + FURTHEST:
        planned.notes.append("goes on for more than three years. It is kept for three; import it again before then.")
        rule = replace(rule, until=rule.starts_on + FURTHEST)
    if rule.count is not None and rule.count > MOST_SESSIONS:
        planned.notes.append(f"has more than {MOST_SESSIONS:,} sessions to come. So many are kept.")
        rule = replace(rule, count=MOST_SESSIONS)
    return Plan(
        timetable_id=timetable_id,
        type=planned.kind,
        starts_on=rule.starts_on,
        wall_time=rule.wall_time,
        minutes=rule.minutes,
        zone=rule.zone.key,
        frequency=rule.frequency,
        every=rule.every,
        by_day=rule.by_day,
        week_starts=rule.week_starts,
        until=rule.until,
        count=rule.count,
        skipped=frozenset(day for day in rule.skipped if day >= rule.starts_on),
        extra=rule.extra,
        place=planned.place,
        mode=planned.mode,
    )


def _from_today(planned: Planned, today: dt.date) -> Rule | None:
    rule = planned.rule
    extra = frozenset(wall for wall in rule.extra if wall.date() >= today)
    if rule.frequency != Frequency.ONCE:
        plain = replace(rule, skipped=frozenset(), extra=frozenset())
        jumped = _jumped(plain, today)
        before = list(takewhile(lambda wall: wall.date() < today, walls(jumped)))
        first = next((wall for wall in walls(jumped) if wall.date() >= today), None)
        left = None if rule.count is None else rule.count - len(before)
        if first is not None:
            return replace(rule, starts_on=first.date(), count=left, extra=extra)
    elif rule.starts_on >= today and rule.starts_on not in rule.skipped:
        return replace(rule, extra=extra)
    if not extra:
        return None
    first, *others = sorted(extra)
    return replace(
        rule, frequency=Frequency.ONCE, by_day=(), every=1, until=None, count=None, skipped=frozenset(),
        starts_on=first.date(), wall_time=first.time(), extra=frozenset(others),
    )  # fmt: skip


def _jumped(rule: Rule, today: dt.date) -> Rule:
    """The same pattern from a later first day, so that old series need not be counted through."""
    step = {Frequency.DAILY: rule.every, Frequency.WEEKLY: 7 * rule.every}.get(rule.frequency)
    if rule.count is not None or step is None or today <= rule.starts_on:
        return rule
    whole = (today - rule.starts_on).days // step - 1
    return replace(rule, starts_on=rule.starts_on + dt.timedelta(days=step * max(whole, 0)))


# One series


def _series(event: Event, uid: str, overrides: list[Event], calendar: Calendar, wishes: Wishes) -> Planned:
    if event.is_cancelled:
        planned = _planned(event, uid, Rule(event.starts.wall.date(), dt.time(), 1, wishes.zone), wishes)
        planned.is_on = False
        return planned
    zone = _zone(event, calendar, wishes)
    rule = _dates(event, rule_of(event, zone))
    planned = _planned(event, uid, rule, wishes)
    if zone == UTC and rule.frequency != Frequency.ONCE:
        planned.notes.append("repeats on the clock of Greenwich, so its time here changes when clocks do.")
    if rule.starts_on != event.starts.at(zone).date():
        planned.notes.append("has a first day that its own rule does not have. It begins on the first that fits.")
    for one in overrides:
        _override(planned, one, event)
    planned.digest = _digest(rule, planned.kind, planned.place, planned.mode, planned.singles)
    return planned


def _planned(event: Event, uid: str, rule: Rule, wishes: Wishes) -> Planned:
    return Planned(event.name, uid, event.sequence, rule, event.kind or wishes.kind, event.place, event.mode)


def _by_itself(event: Event, calendar: Calendar, wishes: Wishes) -> Planned:
    """A session of a series whose other sessions the file does not have."""
    assert event.replaces is not None
    uid = f"{event.uid}/{event.replaces.wall.isoformat()}"
    alone = replace(event, rule="", replaces=None, skipped=(), extra=())
    return _series(alone, uid, [], calendar, wishes)


def _override(planned: Planned, one: Event, series: Event) -> None:
    assert one.replaces is not None
    rule = planned.rule
    wall = one.replaces.at(rule.zone)
    if one.replaces.is_day or wall.time() != rule.wall_time:
        # Some programs name the day only, or a time of their own.
        is_extra = wall in rule.extra
        wall = wall if is_extra else dt.datetime.combine(wall.date(), rule.wall_time)
    if wall.date() in rule.skipped and series.sequence >= one.sequence:
        return
    planned.singles[wall] = Single(
        wall=wall if one.is_cancelled else one.starts.at(rule.zone),
        minutes=one.minutes,
        place=one.place,
        mode=one.mode,
        is_cancelled=one.is_cancelled,
    )


def _zone(event: Event, calendar: Calendar, wishes: Wishes) -> ZoneInfo:
    """On whose wall clock it repeats. Programs that write everything in UTC name the zone once, for all."""
    zone = event.starts.zone
    if zone is None:
        return wishes.zone
    if zone != UTC:
        return zone
    local = calendar.zone or wishes.zone
    if not event.rule:
        return local
    is_same_day = event.starts.at(local).date() == event.starts.wall.date()
    return calendar.zone if calendar.zone and is_same_day else UTC


def _dates(event: Event, rule: Rule) -> Rule:
    skipped = {one.at(rule.zone) for one in event.skipped if not one.is_day}
    days = {one.wall.date() for one in event.skipped if one.is_day or one.wall.time() == dt.time()}
    days |= {wall.date() for wall in skipped if wall.time() == rule.wall_time}
    extra = {_extra(one, rule) for one in event.extra} - skipped
    return replace(rule, skipped=frozenset(days), extra=frozenset(extra))


def _extra(one: When, rule: Rule) -> dt.datetime:
    return dt.datetime.combine(one.wall.date(), rule.wall_time) if one.is_day else one.at(rule.zone)


def _digest(*facts: object) -> str:
    return hashlib.sha256(repr([_plain(fact) for fact in facts]).encode()).hexdigest()


def _plain(fact: object) -> object:
    if isinstance(fact, Rule):
        return [sorted(map(str, part)) if isinstance(part, frozenset) else str(part) for part in vars(fact).values()]
    if isinstance(fact, dict):
        return sorted(map(str, fact.items()))
    return str(fact)
