"""Email that waits to be sent: to whom and about what, never a word of it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, Instant, key, own, rule, staff_only
from portal.models.people import Account


class OutgoingEmail(HasId, Base):
    """One email to one account; it ends once, in one `outcome`.

    `patient_id` names whose sharing it depends on, so that a stop can find it; empty for mail about
    the account itself. `about_id` is the id of the row that `message` is about.

    A postman keeps a row for himself until `lease_until`. It is in hand until `handing_until`: from
    then on he may be speaking with the mail server, and a stop waits for him.
    """

    __tablename__ = "outgoing_email"
    __table_args__ = (
        Index("ix_outgoing_email_due", "ended_at", "due_at"),
        Index("ix_outgoing_email_pair", "patient_id", "account_id", "ended_at"),
        Index("ix_outgoing_email_pace", "to_domain", "handed_at"),
    )

    message: Mapped[str] = staff_only(String(40))
    account_id: Mapped[int | None] = key(ForeignKey("account.id"), index=True)
    patient_id: Mapped[int | None] = key(ForeignKey("patient.id"))
    about_id: Mapped[int | None] = key()
    message_id: Mapped[str] = rule(String(36), unique=True, default=lambda: str(uuid.uuid4()))
    queued_at: Mapped[dt.datetime] = staff_only(Instant)
    due_at: Mapped[dt.datetime] = staff_only(Instant)
    lease_until: Mapped[dt.datetime | None] = rule(Instant)
    claimed_by: Mapped[str | None] = rule(String(36))
    handing_until: Mapped[dt.datetime | None] = rule(Instant)
    handed_at: Mapped[dt.datetime | None] = rule(Instant)
    to_domain: Mapped[str | None] = rule(String(16))
    attempts: Mapped[int] = staff_only(default=0)
    ended_at: Mapped[dt.datetime | None] = staff_only(Instant)
    outcome: Mapped[str | None] = staff_only(String(10))
    reason: Mapped[str | None] = staff_only(String(200))

    account: Mapped[Account | None] = relationship()


class EmailStop(Base):
    """One kind of email that one person turned off, and when."""

    __tablename__ = "email_stop"

    account_id: Mapped[int] = key(ForeignKey("account.id"), primary_key=True)
    message: Mapped[str] = own(String(40), primary_key=True)
    stopped_at: Mapped[dt.datetime] = own(Instant)
