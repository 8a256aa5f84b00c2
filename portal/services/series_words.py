"""A series in words, for the box beside the editor: how it repeats, how many sessions, which come next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from flask_babel import format_date, gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal import clinic, clock, words
from portal.db import session
from portal.models import Frequency, SessionType, Timetable
from portal.services.closures import closed_days
from portal.services.deriving import HORIZON
from portal.services.recurrence import WEEKDAYS, Occurrence, Rule, instant, last_wall, occurrences
from portal.services.series_rules import Plan

TYPES: dict[SessionType, LazyString] = {
    SessionType.GROUP: _l("Group"),
    SessionType.INDIVIDUAL: _l("One to one"),
    SessionType.CASE_MANAGEMENT: _l("Case management"),
    SessionType.ORIENTATION: _l("Orientation with family"),
    SessionType.CLASS: _l("Class for families"),
    SessionType.FAMILY: _l("Family session"),
    SessionType.RELATIVES: _l("Family session without the patient"),
    SessionType.COUPLES: _l("Couples session"),
    SessionType.MULTI_FAMILY: _l("Group of several families"),
    SessionType.CONSULT: _l("Meeting with family"),
    SessionType.PLANNING: _l("Planning meeting"),
    SessionType.SUPPORT: _l("Support group for relatives"),
    SessionType.ALUMNI: _l("Event for those who finished"),
    SessionType.OPEN_DAY: _l("Open day"),
}
NEXT = 4


@dataclass(frozen=True)
class InWords:
    """What the editor's box says. `clock_change` is empty when clocks do not change while the series lasts."""

    sentence: str
    how_many: str
    skips: str
    clock_change: str
    sessions: tuple[Occurrence, ...]
    skipped: tuple[dt.date, ...]

    @property
    def next(self) -> tuple[Occurrence, ...]:
        return self.sessions[:NEXT]


def in_words(plan: Plan) -> InWords:
    """A plan in words, in the reader's language, with all of its sessions; of one without end, up to the horizon.

    One question.
    """
    rule = plan.rule
    last = last_wall(rule)
    until = clock.midnight((last.date() if last else clinic.today() + HORIZON) + dt.timedelta(days=1), rule.zone)
    first = min([rule.starts_on, *(wall.date() for wall in rule.extra)])
    began = instant(dt.datetime.combine(first, dt.time()), rule.zone)
    found = occurrences(rule, began, until)
    closed = _closed(plan, found)
    on = tuple(one for one in found if one.wall.date() not in closed)
    skipped = tuple(one.wall.date() for one in found if one.wall.date() in closed)
    return InWords(
        sentence=_sentence(rule, on),
        how_many=_how_many(rule, len(on)),
        skips=ngettext("Skips %(num)d closed day.", "Skips %(num)d closed days.", len(skipped)) if skipped else "",
        clock_change=_clock_change(rule, on),
        sessions=on,
        skipped=skipped,
    )


def wall_clock(wall: dt.time) -> str:
    """ "6:00 PM", of a time on a wall clock that belongs to no day."""
    return words.time(dt.datetime.combine(dt.date(2026, 1, 15), wall, dt.UTC), ZoneInfo("UTC"))


def how_often(rule: Rule) -> str:
    """ "Every Monday and Wednesday", "Every 2 weeks on Monday", "Once"."""
    if rule.frequency == Frequency.ONCE:
        return gettext("Once")
    if rule.frequency == Frequency.DAILY:
        return ngettext("Every day", "Every %(num)d days", rule.every)
    days = words.listed([_day_words(day) for day in sorted(rule.by_day, key=_in_week)])
    if rule.frequency == Frequency.MONTHLY:
        return ngettext("Every month on %(days)s", "Every %(num)d months on %(days)s", rule.every, days=days)
    if rule.every == 1:
        return gettext("Every %(days)s", days=days)
    return ngettext("Every week on %(days)s", "Every %(num)d weeks on %(days)s", rule.every, days=days)


def _sentence(rule: Rule, on: tuple[Occurrence, ...]) -> str:
    end = (dt.datetime.combine(rule.starts_on, rule.wall_time) + dt.timedelta(minutes=rule.minutes)).time()
    times = gettext("%(start)s to %(end)s", start=wall_clock(rule.wall_time), end=wall_clock(end))
    if not on:
        return f"{how_often(rule)}, {times}."
    facts = {"often": how_often(rule), "times": times, "first": words.day(on[0].wall.date())}
    if rule.frequency == Frequency.ONCE and len(on) == 1:
        return gettext("Once, %(first)s, %(times)s.", **facts)
    if rule.is_open:
        return gettext("%(often)s, %(times)s, from %(first)s on.", **facts)
    last = words.day(on[-1].wall.date())
    return gettext("%(often)s, %(times)s, from %(first)s until %(last)s.", last=last, **facts)


def _how_many(rule: Rule, count: int) -> str:
    if rule.is_open:
        return gettext("It goes on until you end it.")
    return ngettext("%(num)d session.", "%(num)d sessions.", count)


def _clock_change(rule: Rule, on: tuple[Occurrence, ...]) -> str:
    for before, after in pairwise(on):
        if _offset(before, rule.zone) != _offset(after, rule.zone):
            time = wall_clock(rule.wall_time)
            return gettext(
                "Clocks change before %(day)s. %(time)s stays %(time)s.", day=words.day(after.wall.date()), time=time
            )
    return ""


def _offset(one: Occurrence, zone: ZoneInfo) -> dt.timedelta | None:
    return one.starts_at.astimezone(zone).utcoffset()


def _closed(plan: Plan, found: list[Occurrence]) -> dict[dt.date, str]:
    if not found:
        return {}
    timetable = session().get(Timetable, plan.timetable_id)
    return closed_days(found[0].wall.date(), found[-1].wall.date(), timetable.program_id if timetable else None)


def _in_week(day: str) -> tuple[int, str]:
    return WEEKDAYS.index(day[-2:]), day


def _day_words(day: str) -> str:
    name = format_date(dt.date(2024, 1, 1) + dt.timedelta(days=WEEKDAYS.index(day[-2:])), "EEEE")
    which = {
        "1": _l("the first %(day)s"), "2": _l("the second %(day)s"), "3": _l("the third %(day)s"),
        "4": _l("the fourth %(day)s"), "5": _l("the fifth %(day)s"), "-1": _l("the last %(day)s"),
    }.get(day[:-2].lstrip("+"))  # fmt: skip
    return str(which) % {"day": name} if which else name
