"""Updates about a patient: they see every one, from the moment it is posted, also when it was withdrawn later."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import NOW, THE_PATIENT
from portal.models import FamilyUpdate, StaffMember


class OwnUpdate(Own):
    """An update about the patient. They see every one that was ever posted.

    What is planned is not there yet: the care team may still change it, or not post it at all.
    """

    __table__ = (
        select(
            FamilyUpdate.id,
            FamilyUpdate.ref,
            FamilyUpdate.scope,
            FamilyUpdate.title,
            FamilyUpdate.text,
            FamilyUpdate.language,
            FamilyUpdate.published_at,
            FamilyUpdate.changed_at,
            FamilyUpdate.withdrawn_at,
            StaffMember.name.label("author"),
        )
        .outerjoin(StaffMember, StaffMember.id == FamilyUpdate.author_id)
        .where(
            FamilyUpdate.patient_id == THE_PATIENT,
            FamilyUpdate.published_at <= NOW,
            or_(FamilyUpdate.withdrawn_at.is_(None), FamilyUpdate.withdrawn_at >= FamilyUpdate.published_at),
        )
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    scope: Mapped[str | None]
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    published_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    author: Mapped[str | None]
