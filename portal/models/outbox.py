"""Email that waits to be sent: to whom and about what, never a word of it."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, Instant, key, own, rule, staff_only
from portal.models.people import Account


class OutgoingEmail(HasId, Base):
    """One email to one account; it ends once, in one `outcome`.

    `patient_id` names whose sharing it depends on, so that a stop can find it; empty for mail about
    the account itself. `about_id` is the id of the row that `message` is about. `is_own_act` says that
    it tells the reader of what they did themselves.

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
    is_own_act: Mapped[bool] = rule(default=False, server_default=false())
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


class StopHow(StrEnum):
    """How a kind of email was turned off."""

    LINK = "link"
    ONE_CLICK = "one-click"
    MAIL = "mail"
    SETTINGS = "settings"


class EmailStop(HasId, Base):
    """That one person turned off one kind of email: for which patient (empty: for all), when and how.

    It counts until it is undone, and stays afterwards as the proof of what was asked for.
    """

    __tablename__ = "email_stop"
    # Two, because an empty patient is equal to no other.
    __table_args__ = (
        Index(
            "uq_email_stop_live_for_all", "account_id", "message", unique=True,
            sqlite_where=text("undone_at IS NULL AND patient_id IS NULL"),
            postgresql_where=text("undone_at IS NULL AND patient_id IS NULL"),
        ),
        Index(
            "uq_email_stop_live_for_one", "account_id", "message", "patient_id", unique=True,
            sqlite_where=text("undone_at IS NULL"), postgresql_where=text("undone_at IS NULL"),
        ),
    )  # fmt: skip

    account_id: Mapped[int] = key(ForeignKey("account.id"), index=True)
    patient_id: Mapped[int | None] = key(ForeignKey("patient.id"))
    message: Mapped[str] = own(String(40))
    stopped_at: Mapped[dt.datetime] = own(Instant)
    how: Mapped[str] = own(String(10))
    undone_at: Mapped[dt.datetime | None] = own(Instant)


class WeeklyList(HasId, Base):
    """That a reader's list of one day was queued: what is in it came before `until`. One for a reader and a day."""

    __tablename__ = "weekly_list"
    __table_args__ = (UniqueConstraint("account_id", "on_day"),)

    account_id: Mapped[int] = key(ForeignKey("account.id"))
    on_day: Mapped[dt.date] = own()
    until: Mapped[dt.datetime] = own(Instant)
