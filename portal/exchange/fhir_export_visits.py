"""Appointment: the family sessions of one patient, and the sessions of the timetables they are on.

A group session names no one else of the group. One that is hidden from relatives carries no kind that
the import knows, so it is shown to nobody elsewhere either.
"""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.db import session
from portal.exchange.fhir_bundle import ID
from portal.exchange.fhir_export_parts import Around, Json, concept, id_of, label, resource
from portal.exchange.fhir_extensions import CHANGED_FROM, MEETING, extension
from portal.exchange.fhir_visits import IN_PERSON, KIND_SYSTEM
from portal.models import (
    Appointment,
    AppointmentStatus,
    Kind,
    RelatedPerson,
    ScheduleEntry,
    StaffMember,
    Status,
    TimetableMember,
)

AT_THE_CLINIC = "at-the-clinic"


class Visits:
    """The appointments of one patient; `places` are the locations that they name."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self._places: dict[str, str] = {}

    def all(self) -> list[Json]:
        """Family sessions first, each kind in the order of time."""
        return [*self._bookings(), *self._sessions()]

    def places(self) -> list[Json]:
        """A Location for each place that `all` has named."""
        return [resource("Location", id_, name=name) for id_, name in sorted(self._places.items())]

    def _bookings(self) -> list[Json]:
        rows = session().scalars(
            select(Appointment)
            .where(Appointment.patient_id == self.around.patient.id, Appointment.status != AppointmentStatus.PROPOSED)
            .options(
                joinedload(Appointment.staff).joinedload(StaffMember.account), selectinload(Appointment.participants)
            )
            .order_by(Appointment.starts_at, Appointment.id)
        )
        of_patient = select(RelatedPerson).where(RelatedPerson.patient_id == self.around.patient.id)
        people = {row.relative_id: row for row in session().scalars(of_patient) if row.relative_id is not None}
        return [self._booking(row, people) for row in rows]

    def _booking(self, row: Appointment, people: dict[int, RelatedPerson]) -> Json:
        with_whom = [
            {"reference": label("RelatedPerson", people[participant.relative_id])}
            for participant in sorted(row.participants, key=lambda one: one.relative_id)
            if participant.left_at is None and participant.relative_id in people
        ]
        actors = [self.around.patient_reference, self.around.by(row.staff), *with_whom]
        if row.mode == IN_PERSON:
            actors.append(self._place(AT_THE_CLINIC, "At the clinic"))
        return resource(
            "Appointment",
            id_of(row),
            status="booked" if row.status == AppointmentStatus.CONFIRMED else row.status,
            serviceType=[concept(KIND_SYSTEM, Kind.FAMILY)],
            appointmentType=concept(KIND_SYSTEM, Kind.FAMILY),
            start=self.around.instant(row.starts_at),
            end=self.around.instant(row.ends_at),
            participant=[_participant(actor) for actor in actors],
        )

    def _sessions(self) -> list[Json]:
        mine = select(TimetableMember.timetable_id).where(TimetableMember.patient_id == self.around.patient.id)
        rows = session().scalars(
            select(ScheduleEntry)
            .where(ScheduleEntry.timetable_id.in_(mine))
            .options(
                joinedload(ScheduleEntry.timetable),
                joinedload(ScheduleEntry.leader).joinedload(StaffMember.account),
            )
            .order_by(ScheduleEntry.starts_at, ScheduleEntry.id)
        )
        return [self._session(row) for row in rows]

    def _session(self, row: ScheduleEntry) -> Json:
        actors = [self.around.patient_reference]
        if row.leader is not None:
            actors.append(self.around.by(row.leader))
        if row.place:
            actors.append(self._place(f"place-{uuid.uuid5(uuid.NAMESPACE_URL, row.place)}", row.place))
        moved = row.was_at or (row.starts_at if row.status == Status.CHANGED else None)
        more = [extension(CHANGED_FROM, valueDateTime=self.around.instant(moved))] if moved else []
        if row.mode:
            more.append(extension(MEETING, valueString=row.mode))
        return resource(
            "Appointment",
            self._id(row),
            extension=more,
            status="cancelled" if row.status == Status.CANCELLED else "booked",
            serviceType=[{"text": row.kind} if row.is_hidden else concept(KIND_SYSTEM, row.kind)],
            start=self.around.instant(row.starts_at),
            end=self.around.instant(row.ends_at),
            participant=[_participant(actor) for actor in actors],
        )

    def _id(self, row: ScheduleEntry) -> str:
        """The session's id; the copy of a group's session that is this patient's has the patient's in it."""
        patient_id = id_of(self.around.patient)
        if row.timetable.external_id == f"Patient/{patient_id}":
            return id_of(row)
        together = f"{id_of(row)}.{patient_id}"
        return together if ID.fullmatch(together) else f"{row.ref}.{self.around.patient.ref}"

    def _place(self, id_: str, name: str) -> Json:
        self._places[id_] = name
        return {"reference": f"Location/{id_}"}


def _participant(actor: Json) -> Json:
    return {"actor": actor, "status": "accepted"}
