"""Who of a patient's people waits for a time for a family session."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT, TODAY
from portal.models import RelatedPerson, StaffMember, WaitingListEntry


class OwnWaitingListEntry(Own):
    """A place on the waiting list for a session with the patient, while it lasts."""

    __table__ = (
        select(
            WaitingListEntry.id,
            WaitingListEntry.joined_at,
            WaitingListEntry.until_on,
            StaffMember.name.label("with_name"),
            RelatedPerson.id.label("related_person_id"),
            RelatedPerson.name.label("relative_name"),
        )
        .select_from(WaitingListEntry)
        .join(StaffMember, StaffMember.id == WaitingListEntry.staff_id)
        .join(
            RelatedPerson,
            (RelatedPerson.relative_id == WaitingListEntry.relative_id)
            & (RelatedPerson.patient_id == WaitingListEntry.patient_id),
        )
        .where(
            WaitingListEntry.patient_id == THE_PATIENT,
            WaitingListEntry.ended_at.is_(None),
            WaitingListEntry.until_on >= TODAY,
        )
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id, __table__.c.related_person_id]}

    id: Mapped[int]
    joined_at: Mapped[dt.datetime]
    until_on: Mapped[dt.date]
    with_name: Mapped[str]
    related_person_id: Mapped[int]
    relative_name: Mapped[str]
