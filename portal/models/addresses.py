"""Addresses of accounts besides the one they sign in with: one that waits for its mailbox, and those they have left."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, HasRef, Instant, key, own, rule, secret
from portal.models.people import Account


class NewAddress(HasRef, Base):
    """An address that somebody wants to sign in with, until they say so again from that mailbox. One an account."""

    __tablename__ = "new_address"

    account_id: Mapped[int] = key(ForeignKey("account.id"), unique=True)
    sealed: Mapped[bytes] = secret(LargeBinary)
    token_hash: Mapped[str] = secret(String(64), unique=True)
    asked_at: Mapped[dt.datetime] = rule(Instant)

    account: Mapped[Account] = relationship()


class LeftAddress(HasId, Base):
    """An address that an account had before. By its digest other systems that still know it mean the same person."""

    __tablename__ = "left_address"

    account_id: Mapped[int] = key(ForeignKey("account.id"), index=True)
    digest: Mapped[str] = secret(String(64), unique=True)
    sealed: Mapped[bytes] = secret(LargeBinary)
    left_at: Mapped[dt.datetime] = own(Instant)

    account: Mapped[Account] = relationship()
