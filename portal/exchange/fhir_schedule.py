"""Appointment becomes a session on a timetable: one patient's own, or one made for a group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.db import session
from portal.exchange.fhir_bundle import Bundle
from portal.exchange.fhir_extensions import MEETING, extended
from portal.exchange.fhir_visits import IN_ERROR, IN_PERSON, ONLINE, Visit
from portal.exchange.rows import by_external_id, matching
from portal.exchange.summary import Summary, put
from portal.models import CancelledBy, ScheduleEntry, Status, Timetable, TimetableMember
from portal.models.schedule import Facet
from portal.services import schedule_changes
from portal.services.deriving import difference, facts_of, what_is_shown

NO_KIND = "has no serviceType of urn:family-portal:kind that can be shown, so it is not kept."


class Schedule:
    """The sessions of one bundle that are no family sessions."""

    def __init__(self, bundle: Bundle, visits: Iterable[Visit], summary: Summary) -> None:
        self.summary = summary
        self.changed: list[ScheduleEntry] = []
        self.visits = [visit for visit in visits if not visit.is_booking]
        ids = {resource.id for resource in bundle.of("Appointment")}
        self.entries = by_external_id(ScheduleEntry, ids, joinedload(ScheduleEntry.timetable))
        names = {_timetable_name(visit) for visit in self.visits}
        self.timetables = by_external_id(Timetable, names)
        name_of = {timetable.id: name for name, timetable in self.timetables.items()}
        self.members: dict[str, dict[int, TimetableMember]] = {}
        for member in matching(select(TimetableMember), TimetableMember.timetable_id, name_of):
            self.members.setdefault(name_of[member.timetable_id], {})[member.patient_id] = member

    def take_in(self) -> None:
        """Store every session that can be shown; a moved one remembers when it was.

        Who may see one that was there before is told that it changed. New ones are not news: they are how a
        timetable comes into the portal.
        """
        for visit in self.visits:
            self._one(visit)
        schedule_changes.tell(self.changed, account_id=None)

    def drop(self, external_id: str) -> bool:
        """Forget a session that is none any more; whether there was one."""
        entry = self.entries.pop(external_id, None)
        if entry is not None:
            session().delete(entry)
        return entry is not None

    def _one(self, visit: Visit) -> None:
        source, kind = visit.source, visit.source.kind
        if not visit.kind:
            self.summary.look_at(source.label, NO_KIND)
        elif visit.starts_at is None or visit.ends_at is None:
            self.summary.look_at(source.label, "has no start and end, so it is not kept.")
        elif not visit.patients:
            self.summary.look_at(source.label, "names no patient, so it is not kept.")
        elif visit.is_kept:
            self._keep(visit)
            return
        elif visit.status != IN_ERROR or source.id not in self.entries:
            self.summary.left_out[kind] += 1
        if self.drop(source.id):
            self.summary.count(kind, is_changed=True)

    def _keep(self, visit: Visit) -> None:
        assert visit.starts_at is not None
        entry = self.entries.get(visit.source.id)
        is_new = entry is None
        before = what_is_shown(entry) if entry else None
        timetable, is_changed = self._timetable(visit)
        status, was_at = _status(visit, entry)
        before_facts = facts_of(entry) if entry is not None and entry.starts_at is not None else None
        if entry is None:
            entry = self.entries[visit.source.id] = ScheduleEntry(external_id=visit.source.id)
            session().add(entry)
        if entry.timetable is not timetable:
            entry.timetable, is_changed = timetable, True
        is_changed |= put(
            entry,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            kind=visit.kind,
            status=status,
            was_at=was_at,
            mode=_mode(visit),
            place=visit.source.text("participant.actor", visit.place, ScheduleEntry.place),
            leader_id=visit.staff.id if visit.staff else None,
        )
        if before_facts is not None:
            entry.changed_in |= difference(before_facts, facts_of(entry)) & Facet.TIMES
        if status != Status.CANCELLED:
            entry.cancelled_by = None
        if before is not None and what_is_shown(entry) != before:
            self.changed.append(entry)
        self.summary.count(visit.source.kind, is_new=is_new, is_changed=is_changed)

    def _timetable(self, visit: Visit) -> tuple[Timetable, bool]:
        name = _timetable_name(visit)
        timetable = self.timetables.get(name)
        is_changed = timetable is None
        if timetable is None:
            timetable = self.timetables[name] = Timetable(external_id=name)
            session().add(timetable)
        members = self.members.setdefault(name, {})
        wanted = {patient.id for patient in visit.patients}
        for patient_id in wanted - members.keys():
            members[patient_id] = TimetableMember(patient_id=patient_id, timetable=timetable)
            session().add(members[patient_id])
            is_changed = True
        for patient_id in members.keys() - wanted:
            session().delete(members.pop(patient_id))
            is_changed = True
        return timetable, is_changed


def _timetable_name(visit: Visit) -> str:
    if len(visit.patients) == 1:
        return f"Patient/{visit.patients[0].external_id}"
    return visit.source.label


def _mode(visit: Visit) -> str:
    said = extended(visit.source.body, MEETING)
    return said if said in (IN_PERSON, ONLINE) else ""


def _before(visit: Visit) -> dt.datetime | None:
    return visit.changed_from if visit.changed_from != visit.starts_at else None


def _status(visit: Visit, entry: ScheduleEntry | None) -> tuple[Status | str, object]:
    if entry is not None and entry.cancelled_by == CancelledBy.CLOSURE and entry.starts_at == visit.starts_at:
        return Status.CANCELLED, entry.was_at  # the other system need not know that the clinic is closed
    if visit.is_cancelled:
        return Status.CANCELLED, entry.was_at if entry else _before(visit)
    if entry is None or entry.starts_at is None:
        return (Status.CHANGED, _before(visit)) if visit.changed_from else (Status.ON, None)
    if entry.starts_at != visit.starts_at:
        return Status.CHANGED, entry.starts_at
    if entry.ends_at != visit.ends_at:
        return Status.CHANGED, entry.was_at
    return Status.CHANGED if entry.was_at or entry.status == Status.CHANGED else Status.ON, entry.was_at
