"""How far somebody is in a guide, and what they wrote for themselves. Private: the clinic has no page for it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, LargeBinary, String, text
from sqlalchemy.orm import Mapped

from portal.models.base import Base, Instant, key, own


class GuideProgress(Base):
    """How far a reader said they are in a guide: at a heading, or through.

    `language` and `version` are those of the text they had before them. `place` is the words of the heading at which
    they want to go on, "" for none: words are found again in a text that was edited, a number would lead elsewhere.
    """

    __tablename__ = "guide_progress"

    account_id: Mapped[int] = key(ForeignKey("account.id"), primary_key=True)
    slug: Mapped[str] = own(String(80), primary_key=True)
    language: Mapped[str] = own(String(5), default="", server_default=text("''"))
    version: Mapped[int] = own(default=1, server_default=text("1"))
    place: Mapped[str] = own(String(200), default="", server_default=text("''"))
    kept_at: Mapped[dt.datetime] = own(Instant)
    read_at: Mapped[dt.datetime | None] = own(Instant)


class GuideAnswer(Base):
    """What a reader wrote under one of a guide's questions and asked us to keep, sealed.

    `question` is the question as it was asked then: it stays with what was written when the guide changes.
    """

    __tablename__ = "guide_answer"

    account_id: Mapped[int] = key(ForeignKey("account.id"), primary_key=True)
    slug: Mapped[str] = own(String(80), primary_key=True)
    question: Mapped[str] = own(String(300), primary_key=True)
    sealed: Mapped[bytes] = own(LargeBinary)
    saved_at: Mapped[dt.datetime] = own(Instant)
