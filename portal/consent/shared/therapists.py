"""Therapists with whom the viewer may book."""

from __future__ import annotations

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Mapped

from portal.consent.scopes import Scope
from portal.consent.shared.rows import Shared, with_consent
from portal.models import CareTeamMember, FamilySessionTerms, Patient, StaffMember

# These two look up single keys of patients already chosen by consent.
IN_THE_CARE_TEAM = or_(
    exists().where(CareTeamMember.patient_id == Patient.id, CareTeamMember.staff_id == StaffMember.id),
    ~exists().where(CareTeamMember.patient_id == Patient.id),
)


class SharedTherapist(Shared):
    """A therapist with whom the viewer may book a family session of a patient.

    Where no care team was named, every therapist who holds family sessions.
    """

    __table__ = with_consent(
        select(
            Patient.id.label("patient_id"),
            StaffMember.id.label("staff_id"),
            StaffMember.ref,
            StaffMember.name,
            FamilySessionTerms.minutes,
            FamilySessionTerms.cancel_hours,
            FamilySessionTerms.horizon_days,
            FamilySessionTerms.per_family_open,
            FamilySessionTerms.modes,
            FamilySessionTerms.kinds,
        )
        .select_from(Patient)
        .join(FamilySessionTerms, FamilySessionTerms.staff_id.is_not(None))
        .join(StaffMember, StaffMember.id == FamilySessionTerms.staff_id)
        .where(IN_THE_CARE_TEAM),
        patient=Patient.id,
        scope=Scope.FAMILY,
    )
    __mapper_args__ = {"primary_key": [__table__.c.patient_id, __table__.c.staff_id]}

    patient_id: Mapped[int]
    staff_id: Mapped[int]
    ref: Mapped[str]
    name: Mapped[str]
    minutes: Mapped[int]
    cancel_hours: Mapped[int]
    horizon_days: Mapped[int]
    per_family_open: Mapped[int | None]
    modes: Mapped[list[str]]
    kinds: Mapped[list[str]]
