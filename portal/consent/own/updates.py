"""Updates about a patient: they see every one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import NOW, THE_PATIENT
from portal.models import FamilyUpdate, StaffMember


class OwnUpdate(Own):
    """An update about the patient. They see every one."""

    __table__ = (
        select(
            FamilyUpdate.id,
            FamilyUpdate.ref,
            FamilyUpdate.scope,
            FamilyUpdate.title,
            FamilyUpdate.text,
            FamilyUpdate.published_at,
            FamilyUpdate.changed_at,
            StaffMember.name.label("author"),
        )
        .outerjoin(StaffMember, StaffMember.id == FamilyUpdate.author_id)
        .where(
            FamilyUpdate.patient_id == THE_PATIENT,
            FamilyUpdate.published_at <= NOW,
            FamilyUpdate.withdrawn_at.is_(None),
        )
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    scope: Mapped[str | None]
    title: Mapped[str]
    text: Mapped[str]
    published_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime | None]
    author: Mapped[str | None]
