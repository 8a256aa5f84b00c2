"""Family sessions of a patient, with the people in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT, TODAY_BEGAN
from portal.models import Appointment, AppointmentParticipant, AppointmentStatus, RelatedPerson, StaffMember


def with_their_people(*columns: Any) -> Select[Any]:
    """`columns` of family sessions: a row for each of the patient's own people who takes part."""
    return (
        select(*columns)
        .select_from(Appointment)
        .join(AppointmentParticipant, AppointmentParticipant.appointment_id == Appointment.id)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .join(
            RelatedPerson,
            (RelatedPerson.relative_id == AppointmentParticipant.relative_id)
            & (RelatedPerson.patient_id == Appointment.patient_id),
        )
        .where(AppointmentParticipant.left_at.is_(None))
    )


class OwnAppointment(Own):
    """A family session of the patient with one relative in it, from today on."""

    __table__ = (
        with_their_people(
            Appointment.id,
            Appointment.ref,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.mode,
            Appointment.kind,
            Appointment.place,
            Appointment.status,
            Appointment.note,
            Appointment.patient_says,
            Appointment.answer_by,
            AppointmentParticipant.says,
            StaffMember.name.label("with_name"),
            RelatedPerson.id.label("related_person_id"),
            RelatedPerson.name.label("relative_name"),
        )
        .where(
            Appointment.patient_id == THE_PATIENT,
            Appointment.starts_at >= TODAY_BEGAN,
            Appointment.status != AppointmentStatus.PROPOSED,
        )
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id, __table__.c.related_person_id]}

    id: Mapped[int]
    ref: Mapped[str]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    mode: Mapped[str]
    kind: Mapped[str]
    place: Mapped[str]
    status: Mapped[str]
    note: Mapped[str]
    patient_says: Mapped[str]
    answer_by: Mapped[dt.datetime | None]
    says: Mapped[str]
    with_name: Mapped[str]
    related_person_id: Mapped[int]
    relative_name: Mapped[str]
