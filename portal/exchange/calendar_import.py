"""A calendar file as the timetable of a program or of one patient, taken in at once or not at all.

A second import of the same source updates by UID and SEQUENCE and takes away what the source has no more. It looks at
what the file says, not at what became of it here: as long as an event says the same, changes made here stay.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import DBAPIError

from portal import clinic, clock
from portal.consent import record
from portal.db import commit, rollback, session
from portal.errors import Refused
from portal.exchange.calendar_lines import BadCalendar
from portal.exchange.calendar_plans import Planned, Single, Wishes, by_itself, plan_from, plans
from portal.exchange.calendar_read import Calendar
from portal.exchange.calendar_targets import Target, timetable_of
from portal.exchange.summary import Summary
from portal.models import Act, CancelledBy, ScheduleEntry, Series, Status, Timetable
from portal.services import occurrences, series
from portal.services.deriving import HORIZON, rule_of
from portal.services.occurrences import Details
from portal.services.recurrence import instant
from portal.services.schedule_changes import as_one_change

KIND = "series"
MOST_SERIES = 2000
# Sessions this close to the last one written down may be written down by somebody else at any moment.
MARGIN = dt.timedelta(days=8)


@dataclass
class CalendarSummary(Summary):
    """What the import of a calendar did; `removed` is what its source has no more."""

    removed: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The summary as the command prints it."""
        return {**super().as_json(), "removed": dict(sorted(self.removed.items()))}


def take_in(calendar: Calendar, target: Target, kind: str, *, dry_run: bool = False) -> CalendarSummary:
    """Store a calendar in one transaction and say what it did. A dry run undoes it.

    Raises BadCalendar; then nothing of it is stored.
    """
    calendar = replace(calendar, unclear=list(calendar.unclear), unclear_uids=set(calendar.unclear_uids))
    summary = CalendarSummary(left_out=Counter(calendar.left_out))
    try:
        timetable, patient_id = timetable_of(target)
        with as_one_change():
            _Import(timetable, target.source, summary).take_in(calendar, Wishes(kind, clinic.zone()))
        if summary.changed_something or summary.removed:
            record.write(Act.IMPORTED, "calendar", door="staff", patient_id=patient_id)
        if dry_run:
            rollback()
        else:
            commit()
    except DBAPIError as refused:
        rollback()
        why = type(refused.orig).__name__
        raise BadCalendar(f"The database refused it ({why}). Was it upgraded? If it was, try again.") from refused
    except BaseException:
        rollback()
        raise
    return summary


class _Import:
    """One calendar on its way into one timetable."""

    def __init__(self, timetable: Timetable, source: str, summary: CalendarSummary) -> None:
        self.timetable, self.summary = timetable, summary
        self.now, self.today = clock.now(), clinic.today()
        self.prefix = f"cal.{timetable.id}.{source}."
        rows = session().scalars(
            select(Series).where(Series.timetable_id == timetable.id, Series.external_id.startswith(self.prefix))
        )
        self.known = {row.external_id: row for row in rows}
        self.seen: set[str] = set()

    def take_in(self, calendar: Calendar, wishes: Wishes) -> None:
        found = plans(calendar, wishes)
        self._check_few_enough(found)
        for planned in found:
            self._one(planned)
        self.seen |= {self._id(uid) for uid in calendar.unclear_uids}
        for external_id, row in self.known.items():
            if external_id not in self.seen:
                self._end(row)
        for name, why in calendar.unclear:
            self.summary.look_at(name, why)

    def _check_few_enough(self, found: list[Planned]) -> None:
        to_come = [one for one in found if one.is_on and plan_from(replace(one, notes=[]), self.today, 0)]
        if len(to_come) > MOST_SERIES:
            raise BadCalendar(f"The file plans more than {MOST_SERIES:,} series to come. Import it in parts.")

    def _id(self, uid: str) -> str:
        return self.prefix + hashlib.sha256(uid.encode()).hexdigest()[:24]

    def _one(self, planned: Planned) -> None:
        external_id = self._id(planned.uid)
        self.seen |= {external_id, *(self._id(by_itself(planned, wall).uid) for wall in planned.singles)}
        row = self.known.get(external_id)
        if row is not None and planned.sequence < (row.source_sequence or 0):
            self.summary.look_at(planned.name, "is older than what was imported before, so it changes nothing.")
        elif not planned.is_on:
            self._over(row, planned, "cancelled")
        elif row is not None and row.source_digest == planned.digest:
            row.source_sequence = planned.sequence
            self._note(planned)
            self.summary.count(KIND)
        else:
            self._store(row, external_id, planned)

    def _store(self, row: Series | None, external_id: str, planned: Planned) -> None:
        far = {wall.date() for wall in planned.singles if wall.date() > self.today + HORIZON - MARGIN}
        if far:
            planned.rule = replace(planned.rule, skipped=planned.rule.skipped | far)
        plan = plan_from(planned, self.today, self.timetable.id)
        if plan is None:
            self._over(row, planned, "past")
            return
        if row is not None and self._is_split(row):
            self.summary.look_at(planned.name, "was changed here from one session on, so it is kept as it is here.")
            return
        is_new = row is None
        try:
            if row is None:
                row = series.publish(plan, account_id=None, uid=str(uuid.uuid4())).series
            else:
                self._give_back(row, planned)
                series.follow(row, replace(plan, leader_id=row.leader_id, name=row.name))
        except Refused as why:
            self.summary.look_at(planned.name, f"is not kept: {why.sentence}.")
            return
        row.external_id = external_id
        row.source_sequence, row.source_digest = planned.sequence, planned.digest
        self.known[external_id] = row
        self.summary.count(KIND, is_new=is_new, is_changed=True)
        self._note(planned)
        self._singles(row, planned)

    def _is_split(self, row: Series) -> bool:
        return session().scalar(select(Series.id).where(Series.split_from == row.uid).limit(1)) is not None

    def _note(self, planned: Planned) -> None:
        for note in planned.notes:
            self.summary.look_at(planned.name, note)

    # What is taken away

    def _over(self, row: Series | None, planned: Planned, why: str) -> None:
        self.summary.left_out[why] += 1
        if row is not None:
            row.source_sequence = planned.sequence
            self._end(row)
        for wall in planned.singles:
            if (other := self.known.get(self._id(by_itself(planned, wall).uid))) is not None:
                self._end(other)

    def _end(self, row: Series) -> None:
        if row.source_digest is None:
            return
        row.source_digest = None
        done = series.end(row.ref, self.today - dt.timedelta(days=1), account_id=None)
        left = [entry for entry in self._entries(row, ()) if entry.starts_at > self.now]
        moved = [entry for entry in left if entry.status != Status.CANCELLED]
        for entry in moved:
            occurrences.call_off(entry.ref, account_id=None)
        if done.changed or moved:
            self.summary.removed[KIND] += 1

    # Sessions that differ from their series

    def _entries(self, row: Series, walls: Iterable[dt.datetime]) -> list[ScheduleEntry]:
        """Those at these starts, and those that differed when the source was imported last."""
        rows = session().scalars(
            select(ScheduleEntry).where(
                ScheduleEntry.series_id == row.id,
                or_(ScheduleEntry.recurrence_id.in_(list(walls)), ScheduleEntry.external_id.is_not(None)),
            )
        )
        return list(rows)

    def _singles(self, row: Series, planned: Planned) -> None:
        entries = {entry.recurrence_id: entry for entry in self._entries(row, planned.singles)}
        for wall, single in planned.singles.items():
            entry = entries.get(wall)
            try:
                if entry is None:
                    self._one(by_itself(planned, wall))
                elif entry.starts_at > self.now:
                    self._single(row, entry, single, wall)
            except Refused as why:
                self.summary.look_at(planned.name, f"has a session on its own that is not kept: {why.sentence}.")

    def _single(self, row: Series, entry: ScheduleEntry, single: Single, wall: dt.datetime) -> None:
        entry.external_id = f"{row.external_id}.{wall:%Y%m%dT%H%M}"
        if single.is_cancelled or instant(single.wall, rule_of(row).zone) <= self.now:
            if entry.status != Status.CANCELLED:
                occurrences.call_off(entry.ref, account_id=None)
            return
        self._change(
            entry,
            Details(single.wall.date(), single.wall.time(), single.minutes, single.place, single.mode, entry.leader_id),
        )

    def _give_back(self, row: Series, planned: Planned) -> None:
        """Let sessions that differ no more be what the series says, the next time it is written down."""
        for entry in self._entries(row, ()):
            if entry.recurrence_id not in planned.singles:
                entry.external_id, entry.is_exception = None, False
                if entry.cancelled_by == CancelledBy.HAND:
                    entry.cancelled_by = CancelledBy.SERIES

    def _change(self, entry: ScheduleEntry, details: Details) -> None:
        if entry.status == Status.CANCELLED:
            occurrences.bring_back(entry.ref, account_id=None)
        occurrences.change(entry.ref, details, account_id=None)
