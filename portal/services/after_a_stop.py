"""Family sessions that are still booked after sharing has stopped: the patient keeps them or cancels them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from portal import clock
from portal.consent import record
from portal.consent.live import LIVE, joined
from portal.consent.own.sessions import with_their_people
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import NotShared
from portal.models import (
    BOOKED,
    Act,
    Appointment,
    AppointmentStatus,
    ConsentScope,
    RecordEntry,
    RelatedPerson,
    StaffMember,
)
from portal.services import sessions
from portal.services.consent_steps import lock_patient

# After each of these the patient is asked again what becomes of the sessions.
LESS = (Act.STOPPED, Act.NARROWED, Act.PAUSED, Act.HELD, Act.LEFT)


@dataclass(frozen=True)
class Booked:
    """A booked family session to come. `names` are of the patient's own people in it."""

    ref: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    with_name: str
    names: tuple[str, ...]


def booked_with(patient_id: int, related_person_ids: Collection[int]) -> list[Booked]:
    """Sessions to come of the patient that any of these people takes part in, soonest first. One question."""
    rows: Any = session().execute(
        with_their_people(Appointment, StaffMember.name, RelatedPerson.id, RelatedPerson.name)
        .where(
            Appointment.patient_id == patient_id,
            Appointment.status.in_(BOOKED),
            Appointment.starts_at > clock.now(),
        )
        .order_by(Appointment.starts_at, Appointment.id, RelatedPerson.id)
    )
    found: dict[str, Booked] = {}
    asked_for = set()
    for appointment, therapist, person_id, name in rows:
        names = found[appointment.ref].names if appointment.ref in found else ()
        found[appointment.ref] = Booked(
            appointment.ref, appointment.starts_at, appointment.ends_at, therapist, (*names, name)
        )
        if person_id in related_person_ids:
            asked_for.add(appointment.ref)
    return [booked for ref, booked in found.items() if ref in asked_for]


def without_sharing(patient_id: int) -> set[int]:
    """Related persons of the patient who see no family sessions at this moment: they get no reminder. One question."""
    seeing = joined(RelatedPerson.id).where(LIVE, ConsentScope.scope == Scope.FAMILY)
    return set(
        session().scalars(
            select(RelatedPerson.id).where(RelatedPerson.patient_id == patient_id, RelatedPerson.id.not_in(seeing))
        )
    )


def cancel(patient_id: int, appointment_ref: str, *, door: str = "patient", account_id: int | None = None) -> None:
    """Cancel a session to come of the patient: the time is free again, and the care team sees it on their day.

    Everybody in it is written to, and the postman withholds it from those with whom nothing is shared
    any more. Nobody is told why. Cancelling twice is cancelling once. `account_id` is who did it, when it
    was not the patient. Raises NotShared for a session that is not this patient's or is over.
    """
    patient = lock_patient(patient_id)
    appointment = _to_come(patient.id, appointment_ref)
    if appointment.status == AppointmentStatus.CANCELLED:
        return
    sessions.call_off(appointment, by="clinic", because="Cancelled by the person in treatment")
    record.write(
        Act.CANCELLED, Scope.FAMILY, door=door, patient_id=patient.id,
        account_id=patient.account_id if account_id is None else account_id, thing_id=appointment.id,
    )  # fmt: skip


def keep(patient_id: int, appointment_ref: str, *, door: str = "patient", account_id: int | None = None) -> None:
    """Put on record that a session stays booked. `account_id` is who heard it, when the patient did not press it.

    Raises NotShared for a session that is not this patient's, is over or is cancelled.
    """
    patient = lock_patient(patient_id)
    appointment = _to_come(patient.id, appointment_ref)
    if appointment.status == AppointmentStatus.CANCELLED:
        raise NotShared
    record.write(
        Act.KEPT, Scope.FAMILY, door=door, patient_id=patient.id,
        account_id=patient.account_id if account_id is None else account_id, thing_id=appointment.id,
    )  # fmt: skip


def kept(patient_id: int) -> set[str]:
    """The refs of sessions the patient kept since they last chose to share less. One question."""
    less = select(func.max(RecordEntry.id)).where(RecordEntry.patient_id == patient_id, RecordEntry.act.in_(LESS))
    return set(
        session().scalars(
            select(Appointment.ref)
            .join(RecordEntry, RecordEntry.thing_id == Appointment.id)
            .where(
                RecordEntry.patient_id == patient_id,
                RecordEntry.act == Act.KEPT,
                RecordEntry.id > func.coalesce(less.scalar_subquery(), 0),
            )
        )
    )


def _to_come(patient_id: int, appointment_ref: str) -> Appointment:
    appointment = session().scalar(
        select(Appointment)
        .where(Appointment.patient_id == patient_id, Appointment.ref == appointment_ref)
        .with_for_update(of=Appointment)
    )
    if appointment is None or appointment.starts_at <= clock.now():
        raise NotShared
    return appointment
