"""Our dates against those of another library and those of a slow walk through every day.

`RULES` sets how many random rules are compared, `CHANGES=1` asks for every change of every clock from 2020 to 2035.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import recurring_ical_events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event, vRecur

from portal.models import Frequency
from portal.services.recurrence import WEEKDAYS, Rule, aligned, occurrences

RULES = int(os.environ.get("RULES", "150"))
EVERY_CHANGE = bool(os.environ.get("CHANGES"))
ZONES = """
Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos America/Anchorage America/Argentina/Buenos_Aires
America/Asuncion America/Bogota America/Caracas America/Chicago America/Denver America/Halifax America/Havana
America/Los_Angeles America/Mexico_City America/New_York America/Nuuk America/Phoenix America/Santiago
America/Sao_Paulo America/St_Johns Antarctica/Troll Asia/Amman Asia/Beirut Asia/Dubai Asia/Gaza Asia/Jerusalem
Asia/Kathmandu Asia/Kolkata Asia/Manila Asia/Shanghai Asia/Tehran Asia/Tokyo Atlantic/Azores Australia/Adelaide
Australia/Lord_Howe Australia/Sydney Europe/Berlin Europe/Dublin Europe/Lisbon Europe/London Europe/Moscow
Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Honolulu Pacific/Kiritimati UTC
""".split()  # noqa: SIM905  one would not read a list of fifty lines
FEW = ["America/Chicago", "Europe/Dublin", "Australia/Lord_Howe"]
compared = {"rules": 0, "sessions": 0}

# On whole five minutes, and dates are added at seven past: the other library takes a date added for one that is
# skipped when the one in UTC reads like the other on the wall.
rules = st.builds(
    Rule,
    starts_on=st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)),
    wall_time=st.times().map(lambda time: time.replace(minute=time.minute // 5 * 5, second=0, microsecond=0, fold=0)),
    minutes=st.integers(1, 1440),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    frequency=st.sampled_from(Frequency),
    every=st.integers(1, 5),
    by_day=st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(lambda days: tuple(sorted(days))),
    week_starts=st.sampled_from(["MO", "SU"]),
)
ends = st.one_of(st.none(), st.integers(1, 40), st.integers(-3, 400).map(lambda days: dt.timedelta(days=days)))


@settings(max_examples=RULES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(rule=rules, end=ends, nth=st.sampled_from(["1", "2", "4", "-1"]), chosen=st.data())
def test_random_rules_come_out_as_another_library_reads_them(
    rule: Rule, end: int | dt.timedelta | None, nth: str, chosen: st.DataObject
) -> None:
    rule = finished(rule, end, nth, chosen)

    assert ours(rule) == theirs(rule) == walked(rule)
    compared["rules"] += 1


def test_at_every_change_of_a_clock_the_other_library_agrees() -> None:
    changes = 0
    for name in ZONES if EVERY_CHANGE else FEW:
        zone = ZoneInfo(name)
        for change in clock_changes(zone, dt.date(2020, 1, 1), dt.date(2036, 1, 1)):
            wall = change.astimezone(zone).replace(tzinfo=None)
            for shift in (-90, -30, 30) if EVERY_CHANGE else (-30,):
                start = wall + dt.timedelta(minutes=shift)
                rule = Rule(
                    start.date() - dt.timedelta(days=7), start.time(), 60, zone, Frequency.WEEKLY,
                    by_day=(WEEKDAYS[start.weekday()],), count=3,
                )  # fmt: skip
                assert ours(rule) == theirs(rule), (name, change)
            changes += 1

    print(f"{changes} changes of clocks; {compared['rules']} rules with {compared['sessions']} sessions, no difference")
    assert changes >= (800 if EVERY_CHANGE else 64)


def finished(rule: Rule, end: int | dt.timedelta | None, nth: str, chosen: st.DataObject) -> Rule:
    """A rule that ends somehow, with days for its frequency, some dates skipped and some added."""
    until = rule.starts_on + end if isinstance(end, dt.timedelta) else None
    facts = vars(rule) | {"until": until, "count": end if isinstance(end, int) else None}
    if rule.frequency == Frequency.MONTHLY:
        facts["by_day"] = (nth + rule.by_day[0],)
    elif rule.frequency != Frequency.WEEKLY:
        facts["by_day"] = ()
    if rule.frequency == Frequency.ONCE:
        facts |= {"until": None, "count": None}
    rule = aligned(Rule(**facts))
    near = [rule.starts_on + dt.timedelta(days=n) for n in range(60)]
    skipped = chosen.draw(st.sets(st.sampled_from(near), max_size=3)) if rule.frequency != Frequency.ONCE else set()
    times = [dt.datetime.combine(one, dt.time(3, 7)) for one in near]
    extra = chosen.draw(st.sets(st.sampled_from(times), max_size=3))
    return Rule(**(vars(rule) | {"skipped": frozenset(skipped), "extra": frozenset(extra)}))


def span(rule: Rule) -> tuple[dt.datetime, dt.datetime]:
    began = dt.datetime.combine(rule.starts_on, dt.time(), dt.UTC) - dt.timedelta(days=3)
    return began, began + dt.timedelta(days=300)


def ours(rule: Rule) -> list[tuple[dt.datetime, dt.datetime]]:
    return sorted((one.starts_at, one.ends_at) for one in occurrences(rule, *span(rule)))


def theirs(rule: Rule) -> list[tuple[dt.datetime, dt.datetime]]:
    """The same rule as a calendar file, read by recurring-ical-events."""
    begin = dt.datetime.combine(rule.starts_on, rule.wall_time, rule.zone)
    event = Event()
    event.add("uid", "one")
    event.add("dtstart", begin)
    event.add("duration", dt.timedelta(minutes=rule.minutes))
    if rule.frequency != Frequency.ONCE:
        parts = {"FREQ": rule.frequency.upper(), "INTERVAL": rule.every, "WKST": rule.week_starts}
        parts |= {"BYDAY": list(rule.by_day)} if rule.by_day else {}
        parts |= {"COUNT": rule.count} if rule.count else {}
        parts |= {"UNTIL": until(rule)} if rule.until else {}
        event.add("rrule", vRecur(parts))
    for one in rule.skipped:
        event.add("exdate", dt.datetime.combine(one, rule.wall_time, rule.zone))
    for wall in rule.extra:
        event.add("rdate", wall.replace(tzinfo=rule.zone))
    calendar = Calendar()
    calendar.add_component(event)
    found = [
        (one.start.astimezone(dt.UTC), one.start.astimezone(dt.UTC) + dt.timedelta(minutes=rule.minutes))
        for one in recurring_ical_events.of(calendar).between(*span(rule))
    ]
    compared["sessions"] += len(found)
    return sorted(found)


def until(rule: Rule) -> dt.datetime:
    assert rule.until is not None
    return dt.datetime.combine(rule.until, dt.time(23, 59, 59), rule.zone).astimezone(dt.UTC)


def walked(rule: Rule) -> list[tuple[dt.datetime, dt.datetime]]:
    """The same by looking at each day, one after the other."""
    first, last = span(rule)
    made = [wall for wall in _walk(rule) if wall.date() not in rule.skipped]
    moments = {wall.replace(tzinfo=rule.zone).astimezone(dt.UTC) for wall in [*made, *rule.extra]}
    pairs = ((start, start + dt.timedelta(minutes=rule.minutes)) for start in moments)
    return sorted((start, end) for start, end in pairs if start < last and end > first)


def _walk(rule: Rule) -> Iterator[dt.datetime]:
    given_out = 0
    for n in range(310):
        one = rule.starts_on + dt.timedelta(days=n)
        if (rule.until and one > rule.until) or (rule.count and given_out >= rule.count):
            return
        if _fits(rule, one):
            given_out += 1
            yield dt.datetime.combine(one, rule.wall_time)


def _fits(rule: Rule, one: dt.date) -> bool:
    name = WEEKDAYS[one.weekday()]
    if rule.frequency == Frequency.ONCE:
        return one == rule.starts_on
    if rule.frequency == Frequency.DAILY:
        return (one - rule.starts_on).days % rule.every == 0
    if rule.frequency == Frequency.WEEKLY:
        shift = 0 if rule.week_starts == "MO" else 1
        weeks = (one.toordinal() - 1 + shift) // 7 - (rule.starts_on.toordinal() - 1 + shift) // 7
        return name in rule.by_day and weeks % rule.every == 0
    months = (one.year - rule.starts_on.year) * 12 + one.month - rule.starts_on.month
    nth = int(rule.by_day[0][:-2])
    is_nth = (one + dt.timedelta(days=7)).month != one.month if nth < 0 else (one.day - 1) // 7 + 1 == nth
    return rule.by_day[0][-2:] == name and is_nth and months % rule.every == 0


def clock_changes(zone: ZoneInfo, first: dt.date, last: dt.date) -> Iterator[dt.datetime]:
    """The moments at which clocks in `zone` are put forward or back, to the minute."""
    moment, end = (dt.datetime.combine(one, dt.time(), dt.UTC) for one in (first, last))
    while moment < end:
        later = moment + dt.timedelta(days=1)
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = moment, later
            while high - low > dt.timedelta(minutes=1):
                middle = low + ((high - low) // dt.timedelta(minutes=2)) * dt.timedelta(minutes=1)
                if middle.astimezone(zone).utcoffset() == moment.astimezone(zone).utcoffset():
                    low = middle
                else:
                    high = middle
            yield high
        moment = later
