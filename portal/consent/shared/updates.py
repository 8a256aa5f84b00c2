"""Updates that patients share with the viewer."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.shared.rows import Shared, with_consent
from portal.consent.viewer import NOW
from portal.models import FamilyUpdate, StaffMember


class SharedUpdate(Shared):
    """A published update of a kind that its patient shares with the viewer."""

    __table__ = with_consent(
        select(
            FamilyUpdate.id,
            FamilyUpdate.ref,
            FamilyUpdate.patient_id,
            FamilyUpdate.scope,
            FamilyUpdate.title,
            FamilyUpdate.text,
            FamilyUpdate.language,
            FamilyUpdate.published_at,
            FamilyUpdate.changed_at,
            FamilyUpdate.version,
            StaffMember.name.label("author"),
        )
        .outerjoin(StaffMember, StaffMember.id == FamilyUpdate.author_id)
        .where(FamilyUpdate.published_at <= NOW, FamilyUpdate.withdrawn_at.is_(None)),
        patient=FamilyUpdate.patient_id,
        scope=FamilyUpdate.scope,
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    patient_id: Mapped[int]
    scope: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    published_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime | None]
    version: Mapped[int]
    author: Mapped[str | None]

    def look(self) -> tuple[str, int | None, int]:
        return self.scope, self.id, self.version
