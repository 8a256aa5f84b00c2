"""Series of sessions: published, changed for one, for all later or for all, added to and ended."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from itertools import takewhile
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from portal import clinic, clock
from portal.consent import record
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Act, ScheduleEntry, Series, Timetable
from portal.services.deriving import LATE, derive, rule_of
from portal.services.recurrence import instant, walls
from portal.services.schedule_audience import Effect
from portal.services.schedule_changes import tell
from portal.services.series_edits import Which, begin_of
from portal.services.series_rules import Plan, check_extra, check_plan, check_start, check_unchanged

WHAT = "series"


@dataclass(frozen=True)
class Done:
    """What an act did: the series, the sessions that look different now, and what that comes to."""

    series: Series
    changed: tuple[ScheduleEntry, ...]
    effect: Effect


# Questions


def find(ref: str, *, for_update: bool = False) -> Series:
    """A series by its label. Raises NotShared."""
    asked = select(Series).where(Series.ref == ref)
    row = session().scalar(asked.with_for_update() if for_update else asked)
    if row is None:
        raise NotShared
    return row


# Acts


def publish(plan: Plan, *, account_id: int | None, uid: str | None = None, sequence: int = 0) -> Done:
    """Store a series, or a single session, with its entries, and tell who may know.

    `uid` and `sequence` are another calendar's, where it comes from one. Raises Refused.
    """
    if uid is None:
        check_start(plan.starts_on, clinic.today())
    series = _stored(plan, uid or str(uuid.uuid4()), sequence)
    return _published(series, account_id)


def save_draft(plan: Plan, ref: str | None = None) -> Series:
    """Store a series that nobody sees yet, or the draft `ref` anew. Raises Refused, or NotShared for what is none."""
    if ref is None:
        return _stored(plan, str(uuid.uuid4()), 0)
    series = _draft(ref)
    _write(series, plan)
    return series


def publish_draft(ref: str, plan: Plan, *, account_id: int) -> Done:
    """Publish a draft as `plan` says it now. Raises Refused, or NotShared for what is none."""
    series = _draft(ref)
    check_start(plan.starts_on, clinic.today())
    _write(series, plan)
    return _published(series, account_id)


def throw_away(ref: str) -> None:
    """Forget a draft. Raises NotShared for what is none."""
    session().delete(_draft(ref))


def change(
    entry: ScheduleEntry,
    plan: Plan,
    which: Which,
    *,
    account_id: int | None,
    overwrite: bool = False,
    sequence: int | None = None,
) -> Done:
    """Let a series be what `plan` says from `entry` on, or for all of its sessions that have not begun.

    What is over stays as it was: where something is, the series is split there. Sessions that were changed by
    themselves stay as they are, unless `overwrite`. `sequence` is the series' as the reader saw it. Raises Refused.
    """
    series = _locked(entry)
    check_unchanged(sequence, series.sequence)
    begin = begin_of(entry, which, plan.wall_time)
    if begin == next(walls(rule_of(series))):
        check_start(plan.starts_on, clinic.today())
        _write(series, plan)
        return _derived(series, account_id, overwrite=overwrite)
    later = _split(series, begin, replace(plan, starts_on=max(plan.starts_on, begin.date())))
    return _derived(later, account_id, since=_midnight(begin, later), overwrite=overwrite)


def follow(series: Series, plan: Plan, *, account_id: int | None = None) -> Done:
    """Let a series that another calendar plans be what it says now. What has begun stays as it was. Raises Refused."""
    _write(series, plan)
    return _derived(series, account_id)


def add_date(ref: str, wall: dt.datetime, *, account_id: int) -> Done:
    """One session more, at `wall` on the series' wall clock. Raises Refused."""
    series = find(ref, for_update=True)
    check_extra(wall, rule_of(series), clock.now())
    series.extra = sorted({*series.extra, wall.isoformat()})
    return _derived(series, account_id)


def end(ref: str, last_day: dt.date, *, account_id: int | None) -> Done:
    """Let no session begin after `last_day`. Those told of already are shown as cancelled. Raises Refused."""
    series = find(ref, for_update=True)
    if last_day < clinic.today() - dt.timedelta(days=1):
        raise Refused(_l("Choose a last day that is not over"), "until")
    _cut(series, dt.datetime.combine(last_day, dt.time.max))
    return _derived(series, account_id)


def _stored(plan: Plan, uid: str, sequence: int) -> Series:
    series = Series(uid=uid, sequence=sequence)
    _write(series, plan)
    session().add(series)
    session().flush()
    return series


def _write(series: Series, plan: Plan) -> None:
    check_plan(plan)
    if session().get(Timetable, plan.timetable_id) is None:
        raise NotShared
    rule = plan.rule
    series.timetable_id, series.type, series.name = plan.timetable_id, plan.type, plan.name.strip()
    series.starts_on, series.wall_time, series.minutes, series.zone = (
        rule.starts_on, rule.wall_time, rule.minutes, plan.zone,
    )  # fmt: skip
    series.frequency, series.every, series.by_day = rule.frequency, rule.every, ",".join(rule.by_day)
    series.week_starts, series.until, series.count = rule.week_starts, rule.until, rule.count
    series.skipped = sorted(day.isoformat() for day in rule.skipped)
    series.extra = sorted(wall.isoformat() for wall in rule.extra)
    series.place, series.mode, series.leader_id = " ".join(plan.place.split()), plan.mode, plan.leader_id


def _published(series: Series, account_id: int | None) -> Done:
    series.published_at = clock.now()
    changed = derive(series, since=clock.now() - LATE)
    _note(series, account_id)
    return Done(series, tuple(changed), tell(changed, account_id=account_id))


def _derived(
    series: Series, account_id: int | None, *, since: dt.datetime | None = None, overwrite: bool = False
) -> Done:
    series.sequence += 1
    session().flush()
    changed = derive(series, since=max(clock.now(), since or clock.now()), overwrite=overwrite)
    _note(series, account_id)
    return Done(series, tuple(changed), tell(changed, account_id=account_id))


def _split(series: Series, begin: dt.datetime, plan: Plan) -> Series:
    """A series of its own that has the sessions from `begin` on, as `plan` says them; the first keeps those before."""
    later = Series(uid=str(uuid.uuid4()), split_from=series.uid, published_at=series.published_at)
    _write(later, plan)
    session().add(later)
    session().flush()
    session().execute(
        update(ScheduleEntry)
        .where(ScheduleEntry.series_id == series.id, ScheduleEntry.recurrence_id >= begin)
        .values(series_id=later.id)
    )
    _cut(series, begin - dt.timedelta(seconds=1))
    series.sequence += 1
    series.carried_to = None
    return later


def _cut(series: Series, last: dt.datetime) -> None:
    """Let the series have no start after `last`, on its wall clock."""
    rule = rule_of(series)
    before = max(takewhile(lambda wall: wall <= last, walls(rule)), default=None)
    series.until, series.count = before.date() if before else rule.starts_on - dt.timedelta(days=1), None
    series.extra = sorted(wall.isoformat() for wall in rule.extra if wall <= last)


def _midnight(wall: dt.datetime, series: Series) -> dt.datetime:
    return instant(dt.datetime.combine(wall.date(), dt.time()), ZoneInfo(series.zone))


def _draft(ref: str) -> Series:
    series = find(ref, for_update=True)
    if series.published_at is not None:
        raise NotShared
    return series


def _locked(entry: ScheduleEntry) -> Series:
    series = session().scalar(select(Series).where(Series.id == entry.series_id).with_for_update())
    if series is None or series.published_at is None:
        raise NotShared
    return series


def _note(series: Series, account_id: int | None) -> None:
    record.write(Act.CHANGED, WHAT, door="staff", patient_id=None, account_id=account_id, thing_id=series.id)
