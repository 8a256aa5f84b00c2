"""The record: who looked, what was sent, what was changed. Only ever added to."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped

from portal.models.base import Base, HasId, Instant, key, own


class Act(StrEnum):
    """What happened, in plain verbs."""

    LOOKED = "looked"
    SENT = "sent"
    WITHHELD = "withheld"
    SIGNED = "signed"
    STOPPED = "stopped"
    NARROWED = "narrowed"
    HIDDEN = "hidden"
    SHOWN = "shown"
    PAUSED = "paused"
    RESUMED = "resumed"
    POSTED = "posted"
    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    IMPORTED = "imported"
    RECORDED = "recorded"
    VERIFIED = "verified"
    INVITED = "invited"
    ACCEPTED = "accepted"
    ENDED = "ended"
    PLANNED = "planned"
    DROPPED = "dropped"
    WITHDREW = "withdrew"
    HELD = "held"
    RELEASED = "released"
    INVALID = "invalid"
    ASKED = "asked"
    DECIDED = "decided"
    CHANGED = "changed"
    KEPT = "kept"
    WAITS = "waits"
    GAVE_UP = "gave up"
    LEFT = "left"
    EXPORTED = "exported"


class RecordEntry(HasId, Base):
    """One line of the record. The database refuses to change or delete it."""

    __tablename__ = "record_entry"
    __table_args__ = (
        Index("ix_record_entry_patient_id_at", "patient_id", "at"),
        Index("ix_record_entry_looks", "account_id", "act", "at"),
    )

    at: Mapped[dt.datetime] = own(Instant)
    act: Mapped[str] = own(String(12))
    door: Mapped[str] = own(String(12))
    account_id: Mapped[int | None] = key(ForeignKey("account.id"))
    patient_id: Mapped[int | None] = key(ForeignKey("patient.id"))
    related_person_id: Mapped[int | None] = key(ForeignKey("related_person.id"), index=True)
    consent_id: Mapped[int | None] = key(ForeignKey("consent.id"))
    what: Mapped[str] = own(String(20))
    thing_id: Mapped[int | None] = key()
    version: Mapped[int] = own(default=1)
    notice_shown: Mapped[bool] = own(default=False)
