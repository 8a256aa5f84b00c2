"""What the care team writes for families. Never a clinical note."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasRef, Imported, Instant, key, rule, shareable
from portal.models.people import Patient, StaffMember


class FamilyUpdate(HasRef, Imported, Base):
    """One update about one patient. `scope` is empty when nobody but the patient may read it."""

    __tablename__ = "family_update"
    __table_args__ = (Index("ix_family_update_gate", "patient_id", "scope", "published_at"),)

    patient_id: Mapped[int] = key(ForeignKey("patient.id"))
    author_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    scope: Mapped[str | None] = shareable(String(10))
    title: Mapped[str] = shareable(String(200))
    text: Mapped[str] = shareable(Text)
    published_at: Mapped[dt.datetime] = shareable(Instant)
    changed_at: Mapped[dt.datetime | None] = shareable(Instant)
    withdrawn_at: Mapped[dt.datetime | None] = rule(Instant)
    version: Mapped[int] = rule(default=1)

    patient: Mapped[Patient] = relationship()
    author: Mapped[StaffMember | None] = relationship()
