"""The record about a patient: who did what, and who looked last."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT
from portal.models import Act, RecordEntry, RelatedPerson, StaffMember

# What the patient is shown of the record; the rest is for the privacy office.
# A plan is none of theirs until it is posted: they read every update with their family, not before.
PATIENT_READS = tuple(act for act in Act if act not in (Act.PLANNED, Act.DROPPED))


class OwnRecordEntry(Own):
    """A line of the record about the patient: who did what, when."""

    __table__ = (
        select(
            RecordEntry.id,
            RecordEntry.at,
            RecordEntry.act,
            RecordEntry.door,
            RecordEntry.what,
            RecordEntry.thing_id,
            RecordEntry.related_person_id,
            RelatedPerson.name.label("related_person_name"),
            StaffMember.name.label("staff_name"),
        )
        .outerjoin(
            RelatedPerson,
            (RelatedPerson.id == RecordEntry.related_person_id) & (RelatedPerson.patient_id == RecordEntry.patient_id),
        )
        .outerjoin(StaffMember, StaffMember.account_id == RecordEntry.account_id)
        .where(RecordEntry.patient_id == THE_PATIENT, RecordEntry.act.in_(PATIENT_READS))
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    at: Mapped[dt.datetime]
    act: Mapped[str]
    door: Mapped[str]
    what: Mapped[str]
    thing_id: Mapped[int | None]
    related_person_id: Mapped[int | None]
    related_person_name: Mapped[str | None]
    staff_name: Mapped[str | None]


class OwnLastLook(Own):
    """When each person last looked at something of the patient's."""

    __table__ = (
        select(RecordEntry.related_person_id, func.max(RecordEntry.at).label("at"))
        .where(
            RecordEntry.patient_id == THE_PATIENT,
            RecordEntry.act == Act.LOOKED,
            RecordEntry.related_person_id.is_not(None),
        )
        .group_by(RecordEntry.related_person_id)
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.related_person_id]}

    related_person_id: Mapped[int]
    at: Mapped[dt.datetime]
