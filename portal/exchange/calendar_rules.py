"""RRULE of a calendar file (RFC 5545, section 3.3.10) as a rule the portal can keep, or a reason why it cannot."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from icalendar.prop import vRecur

from portal.exchange.calendar_read import Event, Unclear
from portal.models import Frequency
from portal.services.recurrence import BY_DAY, WEEKDAYS, Rule, instant, until_day, walls
from portal.services.series_rules import MOST_WEEKS_BETWEEN

FREQUENCIES = (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY)
MOST_COUNTED = 1_500
TOO_MUCH = "repeats by a rule that the portal cannot keep, so it is not kept. Repeat it by days of the week."


def rule_of(event: Event, zone: ZoneInfo) -> Rule:
    """When an event takes place on the wall clock of `zone`, but for single dates. Raises Unclear."""
    begin = event.starts.at(zone)
    once = Rule(begin.date(), begin.time(), event.minutes, zone)
    if not event.rule:
        return once
    try:
        parts: dict[str, list[Any]] = {key.upper(): list(value) for key, value in vRecur.from_ical(event.rule).items()}
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise Unclear(TOO_MUCH) from None
    _check_parts(parts, begin)
    frequency = Frequency(parts["FREQ"][0].lower())
    rule = replace(
        once,
        frequency=frequency,
        every=_number(parts, "INTERVAL", 1, MOST_WEEKS_BETWEEN),
        by_day=_by_day(parts, frequency, begin),
        week_starts=str(parts.get("WKST", ["MO"])[0]),
    )
    if "COUNT" in parts:
        return _from_first(replace(rule, count=_number(parts, "COUNT", 1, MOST_COUNTED)))
    if "UNTIL" in parts:
        rule = replace(rule, until=_until(parts["UNTIL"][0], rule))
    return _from_first(rule)


def _check_parts(parts: dict[str, list[Any]], begin: dt.datetime) -> None:
    """Raise Unclear for a rule that the portal cannot keep; parts that only repeat what the start says are fine."""
    frequency = str(parts.get("FREQ", [""])[0]).lower()
    if frequency not in FREQUENCIES or len(parts["FREQ"]) > 1 or ("COUNT" in parts and "UNTIL" in parts):
        raise Unclear(TOO_MUCH)
    said = {"BYHOUR": begin.hour, "BYMINUTE": begin.minute, "BYSECOND": begin.second}
    if frequency == Frequency.MONTHLY and "BYDAY" not in parts:
        said["BYMONTHDAY"] = begin.day
    others = parts.keys() - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYSETPOS"}
    if any(parts[name] != [said.get(name)] for name in others):
        raise Unclear(TOO_MUCH)


def _by_day(parts: dict[str, list[Any]], frequency: Frequency, begin: dt.datetime) -> tuple[str, ...]:
    days = [str(day) for day in parts.get("BYDAY", [])]
    places = parts.get("BYSETPOS", [])
    if places:
        # Outlook's way of writing "the second Tuesday".
        if frequency != Frequency.MONTHLY or len(places) > 1 or len(days) != 1 or days[0] not in WEEKDAYS:
            raise Unclear(TOO_MUCH)
        days = [f"{int(places[0])}{days[0]}"]
    if frequency == Frequency.WEEKLY and not days:
        days = [WEEKDAYS[begin.weekday()]]
    is_nth = frequency == Frequency.MONTHLY
    if not all(BY_DAY.fullmatch(day) and (day in WEEKDAYS) is not is_nth for day in days):
        raise Unclear(TOO_MUCH)
    return tuple(days)


def _number(parts: dict[str, list[Any]], name: str, usual: int, most: int) -> int:
    number = parts.get(name, [usual])[0]
    if not isinstance(number, int) or not 1 <= number <= most:
        raise Unclear(TOO_MUCH)
    return number


def _until(value: dt.date | dt.datetime, rule: Rule) -> dt.date:
    if not isinstance(value, dt.datetime):
        return value
    return until_day(value if value.tzinfo else instant(value, rule.zone), rule)


def _from_first(rule: Rule) -> Rule:
    """The rule from the first day that fits it: weeks are counted from the start that the file names."""
    first = next(walls(rule), None)
    return replace(rule, starts_on=first.date()) if first else rule
