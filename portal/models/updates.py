"""What the care team writes for families, what it said before, what is still being written. Never a clinical note."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, HasRef, Imported, Instant, key, rule, shareable, staff_only
from portal.models.people import Patient, StaffMember


class FamilyUpdate(HasRef, Imported, Base):
    """One update about one patient. `scope` is empty when nobody but the patient may read it.

    Planned ones are published by the clock: nothing is to be done at `published_at` but to tell their readers,
    which `awaits_telling` remembers. One that is withdrawn before that moment was never published.
    """

    __tablename__ = "family_update"
    __table_args__ = (
        Index("ix_family_update_gate", "patient_id", "scope", "published_at"),
        Index("ix_family_update_awaits_telling", "awaits_telling", "published_at"),
    )

    patient_id: Mapped[int] = key(ForeignKey("patient.id"))
    author_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    scope: Mapped[str | None] = shareable(String(10))
    title: Mapped[str] = shareable(String(200))
    text: Mapped[str] = shareable(Text)
    language: Mapped[str] = shareable(String(5), default="en", server_default=sql("'en'"))
    published_at: Mapped[dt.datetime] = shareable(Instant)
    changed_at: Mapped[dt.datetime | None] = shareable(Instant)
    withdrawn_at: Mapped[dt.datetime | None] = rule(Instant)
    withdrawn_because: Mapped[str | None] = staff_only(Text)
    version: Mapped[int] = rule(default=1)
    awaits_telling: Mapped[bool] = rule(default=False, server_default=false())

    patient: Mapped[Patient] = relationship()
    author: Mapped[StaffMember | None] = relationship()


class FamilyUpdateVersion(HasId, Base):
    """How an update read before it was corrected: whoever looked at that version was shown these words."""

    __tablename__ = "family_update_version"

    update_id: Mapped[int] = key(ForeignKey("family_update.id"), index=True)
    version: Mapped[int] = staff_only()
    title: Mapped[str] = staff_only(String(200))
    text: Mapped[str] = staff_only(Text)
    language: Mapped[str] = staff_only(String(5))
    replaced_at: Mapped[dt.datetime] = staff_only(Instant)
    replaced_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))

    replaced_by: Mapped[StaffMember | None] = relationship()


class UpdateDraft(HasRef, Base):
    """An update that its author has not posted yet, as far as they came. Nobody else reads it."""

    __tablename__ = "update_draft"

    author_id: Mapped[int] = key(ForeignKey("staff_member.id"), index=True)
    answers: Mapped[dict[str, Any]] = staff_only(JSON, default=dict)
    changed_at: Mapped[dt.datetime] = staff_only(Instant)
