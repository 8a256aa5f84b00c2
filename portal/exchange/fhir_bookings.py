"""Appointment of the kind "family" becomes a booked family session, never two at once for one therapist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import clock
from portal.db import session
from portal.emails import outbox
from portal.exchange.fhir_bundle import BadBundle, Bundle
from portal.exchange.fhir_visits import IN_ERROR, Visit
from portal.exchange.rows import by_external_id, matching
from portal.exchange.summary import Summary, put
from portal.models import (
    BOOKED,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    FamilySessionTerms,
    Relative,
)
from portal.services import kept_times, reminders, session_news

# Marks what the clinic's own system cancelled, so that it may also take it back.
CANCELLED_THERE = "cancelled in the clinic’s own system"


class Bookings:
    """The family sessions of one bundle."""

    def __init__(self, bundle: Bundle, visits: Iterable[Visit], summary: Summary) -> None:
        self.summary, self.now = summary, clock.now()
        self.visits = [visit for visit in visits if visit.is_booking]
        with_participants = selectinload(Appointment.participants)
        ids = {resource.id for resource in bundle.of("Appointment")}
        self.rows = by_external_id(Appointment, ids, with_participants)
        terms = session().execute(select(FamilySessionTerms.staff_id, FamilySessionTerms.gap_minutes))
        self.gaps: dict[int, int] = {row.staff_id: row.gap_minutes for row in terms}
        self._taken_in: dict[str, tuple[Visit, bool, bool]] = {}
        self._new: list[Appointment] = []
        self._aside: list[Appointment] = []
        self._remind: list[Appointment] = []

    def take_in(self) -> None:
        """Store every family session. Raises BadBundle, naming both, when two are at once."""
        with session().no_autoflush:
            for visit in self.visits:
                self._one(visit)
            self._no_two_at_once()
        self._write()
        for row in dict.fromkeys(self._remind):
            if row.starts_at > self.now:
                reminders.end(row, reason=reminders.MOVED)
                reminders.plan(row, session_news.coming(row))
        for visit, is_new, is_changed in self._taken_in.values():
            self.summary.count(visit.source.kind, is_new=is_new, is_changed=is_changed)

    def drop(self, external_id: str) -> bool:
        """End a booking that is none any more; whether there was one to end."""
        row = self.rows.get(external_id)
        return row is not None and self._cancel(row)

    def _one(self, visit: Visit) -> None:
        source = visit.source
        if visit.starts_at is None or visit.ends_at is None:
            self.summary.look_at(source.label, "has no start and end, so it is not kept.")
        elif len(visit.patients) != 1:
            self.summary.look_at(source.label, "must name one patient to be a family session, so it is not kept.")
        elif visit.staff is None:
            self.summary.look_at(source.label, "names no therapist whom load-clinic brought in, so it is not kept.")
        elif visit.is_kept:
            self._keep(visit, visit.starts_at, visit.ends_at, visit.staff.id)
            return
        elif visit.status != IN_ERROR or source.id not in self.rows:
            self.summary.left_out[source.kind] += 1
        if self.drop(source.id):
            self._taken_in[source.id] = (visit, False, True)

    def _keep(self, visit: Visit, starts_at: dt.datetime, ends_at: dt.datetime, staff_id: int) -> None:
        row = self.rows.get(visit.source.id)
        is_new = row is None
        if row is None:
            row = self.rows[visit.source.id] = Appointment(external_id=visit.source.id, patient_id=visit.patients[0].id)
            row.status, row.sequence = AppointmentStatus.CONFIRMED, 0
            if visit.is_cancelled:
                row.status = AppointmentStatus.CANCELLED
                row.cancelled_by, row.cancelled_because, row.cancelled_at = "clinic", CANCELLED_THERE, self.now
            self._new.append(row)
            self._remind.append(row)
        times = {"starts_at": starts_at, "ends_at": ends_at, "staff_id": staff_id}
        is_moved = not is_new and any(getattr(row, name) != value for name, value in times.items())
        is_changed = put(row, patient_id=visit.patients[0].id, mode=visit.mode, **times)
        if is_new or is_moved:
            row.busy_until = ends_at + dt.timedelta(minutes=self.gaps.get(staff_id, 0))
        comes_or_goes = self._participants(visit, row)
        if is_moved or comes_or_goes:
            self._remind.append(row)
        is_changed |= comes_or_goes
        if visit.is_cancelled and not is_new:
            is_changed |= self._cancel(row)
        elif not visit.is_cancelled and row.status == AppointmentStatus.CANCELLED:
            is_changed |= self._take_back(visit, row)
        if is_moved:
            row.sequence += 1
            self._aside.append(row)
        self._taken_in[visit.source.id] = (visit, is_new, is_changed)

    def _participants(self, visit: Visit, row: Appointment) -> bool:
        known = {participant.relative_id: participant for participant in row.participants}
        wanted = {person.relative_id for person in visit.relatives if person.patient_id == visit.patients[0].id}
        if None in wanted or len(wanted) < len(visit.relatives):
            self.summary.look_at(visit.source.label, "names somebody who is no relative with an account.")
        is_changed = False
        for relative_id in sorted(wanted - known.keys() - {None}, key=int):  # type: ignore[arg-type]
            row.participants.append(AppointmentParticipant(relative_id=relative_id))
            is_changed = True
        for relative_id, participant in known.items():
            if relative_id not in wanted and participant.left_at is None:
                participant.left_at, is_changed = self.now, True
        return is_changed

    def _cancel(self, row: Appointment) -> bool:
        if row.status == AppointmentStatus.CANCELLED:
            return False
        row.status, row.cancelled_by, row.cancelled_at = AppointmentStatus.CANCELLED, "clinic", self.now
        row.cancelled_because = CANCELLED_THERE
        row.sequence += 1
        self._remind.append(row)
        if row.starts_at > self.now:
            self._tell(row)
        return True

    def _take_back(self, visit: Visit, row: Appointment) -> bool:
        if row.cancelled_because != CANCELLED_THERE:
            self.summary.look_at(visit.source.label, "was cancelled here and stays cancelled.")
            return False
        row.status, row.cancelled_by, row.cancelled_at = AppointmentStatus.CONFIRMED, None, None
        row.cancelled_because = None
        row.sequence += 1
        self._aside.append(row)
        self._remind.append(row)
        return True

    def _tell(self, row: Appointment) -> None:
        still_in = [participant.relative_id for participant in row.participants if participant.left_at is None]
        for account_id in session().scalars(select(Relative.account_id).where(Relative.id.in_(still_in))):
            outbox.queue("booking_cancelled", to=account_id, patient_id=row.patient_id, about_id=row.id)

    def _no_two_at_once(self) -> None:
        """Check before the database does, to say who meets whom; a gap gives way to the next session."""
        touched = {id(self.rows[external_id]) for external_id in self._taken_in}
        staff_ids = {visit.staff.id for visit in self.visits if visit.staff is not None}
        by_staff: dict[int, list[Appointment]] = {staff_id: [] for staff_id in staff_ids}
        for row in {id(row): row for row in (*self.rows.values(), *self._already_booked(staff_ids))}.values():
            if row.status in BOOKED and row.staff_id in by_staff:
                by_staff[row.staff_id].append(row)
        for rows in by_staff.values():
            for one, next_one in pairwise(sorted(rows, key=lambda row: (row.starts_at, row.ends_at))):
                if not {id(one), id(next_one)} & touched:
                    continue
                if next_one.starts_at < one.ends_at:
                    raise BadBundle(f"{_called(one)} and {_called(next_one)} are at the same time with one therapist.")
                one.busy_until = min(one.busy_until, next_one.starts_at)

    def _already_booked(self, staff_ids: set[int]) -> Iterable[Appointment]:
        times = [visit for visit in self.visits if visit.starts_at and visit.ends_at]
        if not times:
            return ()
        day = dt.timedelta(days=1)
        first, last = min(v.starts_at for v in times if v.starts_at), max(v.ends_at for v in times if v.ends_at)
        near = select(Appointment).where(
            Appointment.status.in_(BOOKED),
            Appointment.starts_at < last + day,
            Appointment.busy_until > first - day,
        )
        return matching(near, Appointment.staff_id, staff_ids)

    def _write(self) -> None:
        # Sessions may change places; the database looks at one row at a time, so these step aside first.
        final = {row: row.status for row in self._aside}
        for row in final:
            row.status = AppointmentStatus.CANCELLED
        session().flush()
        self._free_what_was_only_kept([*self._new, *final])
        session().add_all(self._new)
        session().flush()
        for row, status in final.items():
            row.status = status
        session().flush()

    def _free_what_was_only_kept(self, rows: Iterable[Appointment]) -> None:
        """What the clinic’s own system says is booked goes before a time that somebody is looking over."""
        staff_ids = set(session().scalars(select(Appointment.staff_id).where(kept_times.IS_KEPT).distinct()))
        for row in rows:
            if row.staff_id in staff_ids:
                kept_times.let_go(
                    Appointment.staff_id == row.staff_id,
                    Appointment.starts_at < row.busy_until,
                    Appointment.busy_until > row.starts_at,
                )


def _called(row: Appointment) -> str:
    return f"Appointment/{row.external_id}" if row.external_id else "a session booked in the portal"
