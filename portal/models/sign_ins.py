"""What is remembered of signing in and out: which sign-ins are over, and answers that came too late."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped

from portal.models.base import Base, Instant, key, own, rule, secret


class EndedSignIn(Base):
    """A sign-in whose owner signed out. A cookie that names it is worth nothing, whoever sends it."""

    __tablename__ = "ended_sign_in"

    label: Mapped[str] = secret(String(64), primary_key=True)
    ended_at: Mapped[dt.datetime] = rule(Instant, index=True)


class KeptAnswers(Base):
    """What an account typed into one form and sent after its time was up, until it is sent again."""

    __tablename__ = "kept_answers"

    account_id: Mapped[int] = key(ForeignKey("account.id"), primary_key=True)
    page: Mapped[str] = own(String(2000))
    answers: Mapped[list[list[str]]] = own(JSON)
    kept_at: Mapped[dt.datetime] = own(Instant, index=True)
