"""The family sessions to come of all therapists as the care team reads them, and who can be in one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.consent.live import LIVE, joined
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import NotShared
from portal.models import (
    BOOKED,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    CareTeamMember,
    ConsentScope,
    FamilySessionTerms,
    Patient,
    RelatedPerson,
    Relative,
    Says,
    StaffMember,
)
from portal.services.schedule import Who

ONLINE = "online"
PAGE = 50


@dataclass(frozen=True)
class Line:
    """A booked family session to come in a list; `relatives` counts those who have not left it."""

    ref: str
    who: Who
    starts_at: dt.datetime
    ends_at: dt.datetime
    with_name: str
    mode: str
    kind: str
    place: str
    status: str
    staff_says: str
    relatives: int

    @property
    def needs_room(self) -> bool:
        return self.mode != ONLINE and not self.place

    @property
    def waits_for_us(self) -> bool:
        return self.status == AppointmentStatus.PENDING and self.staff_says == Says.NEEDS_ACTION


@dataclass(frozen=True)
class Guest:
    """A relative in a family session; `sees` is whether it is shared with them at this moment."""

    relative_id: int
    name: str
    relation: str
    says: str
    has_left: bool
    sees: bool


def to_come(staff_id: int | None = None, *, offset: int = 0) -> list[Line]:
    """A page of the sessions that are booked and not over, of one therapist or of all, by time. One question."""
    in_it = and_(AppointmentParticipant.appointment_id == Appointment.id, AppointmentParticipant.left_at.is_(None))
    of_it = (
        Appointment.ref, Appointment.starts_at, Appointment.ends_at, StaffMember.name, Appointment.mode,
        Appointment.kind, Appointment.place, Appointment.status, Appointment.staff_says,
        func.count(AppointmentParticipant.relative_id),
    )  # fmt: skip
    rows = session().execute(
        _booked(staff_id, *of_it, Patient.id, Patient.ref, Patient.given_name, Patient.family_name)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .outerjoin(AppointmentParticipant, in_it)
        .group_by(Appointment.id, StaffMember.id, Patient.id)
        .order_by(Appointment.starts_at, Appointment.id)
        .offset(offset)
        .limit(PAGE)
    )
    return [Line(ref, Who(*rest[-4:]), *rest[:-4]) for ref, *rest in rows]


def how_many(staff_id: int | None = None) -> int:
    """How many of them there are."""
    return session().scalar(_booked(staff_id, func.count(Appointment.id))) or 0


def find(ref: str) -> Appointment:
    """A family session by its label, cancelled ones too, with its patient and therapist. Raises NotShared."""
    found = session().scalar(
        select(Appointment)
        .options(joinedload(Appointment.patient), joinedload(Appointment.staff))
        .where(Appointment.ref == ref, Appointment.status != AppointmentStatus.PROPOSED)
    )
    if found is None:
        raise NotShared
    return found


def guests(appointment: Appointment) -> list[Guest]:
    """The relatives in a session, those who left it last. Two questions."""
    seeing = {person.relative_id for person in may_come(appointment.patient_id)}
    rows = session().execute(
        select(AppointmentParticipant, Relative, RelatedPerson)
        .join(Relative, Relative.id == AppointmentParticipant.relative_id)
        .outerjoin(
            RelatedPerson,
            and_(RelatedPerson.relative_id == Relative.id, RelatedPerson.patient_id == appointment.patient_id),
        )
        .where(AppointmentParticipant.appointment_id == appointment.id)
        .order_by(AppointmentParticipant.left_at.is_not(None), Relative.id)
    )
    return [
        Guest(
            relative.id,
            person.name if person else f"{relative.given_name} {relative.family_name}".strip(),
            person.relation if person else "",
            row.says,
            row.left_at is not None,
            relative.id in seeing,
        )
        for row, relative, person in rows
    ]


def may_come(patient_id: int) -> list[RelatedPerson]:
    """The people with whom the patient shares family sessions at this moment. One question."""
    seeing = joined(RelatedPerson.id).where(
        LIVE, ConsentScope.scope == Scope.FAMILY, RelatedPerson.patient_id == patient_id
    )
    rows = session().scalars(
        select(RelatedPerson)
        .where(RelatedPerson.id.in_(seeing), RelatedPerson.relative_id.is_not(None))
        .order_by(RelatedPerson.id)
    )
    return list(rows)


def therapists_of(patient_id: int) -> list[StaffMember]:
    """Who holds family sessions for a patient: their care team, or everybody who does when none was named."""
    rows = session().scalars(
        select(StaffMember)
        .join(FamilySessionTerms, FamilySessionTerms.staff_id == StaffMember.id)
        .order_by(StaffMember.name, StaffMember.id)
    )
    holding = list(rows)
    team = set(session().scalars(select(CareTeamMember.staff_id).where(CareTeamMember.patient_id == patient_id)))
    return [one for one in holding if one.id in team] if team else holding


def terms_of(staff_id: int) -> FamilySessionTerms:
    """How a therapist holds sessions. Raises NotShared when they hold none any more."""
    row = session().get(FamilySessionTerms, staff_id)
    if row is None:
        raise NotShared
    return row


# Steps


def _booked(staff_id: int | None, *columns: Any) -> Select[Any]:
    asked = (
        select(*columns)
        .select_from(Appointment)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.status.in_(BOOKED), Appointment.ends_at > clock.now())
    )
    return asked if staff_id is None else asked.where(Appointment.staff_id == staff_id)
