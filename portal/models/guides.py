"""Guides for families. Public: they say nothing about anybody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from portal.models.base import Base, HasId, Instant, key, own, public, staff_only


class Guide(HasId, Base):
    """One guide in one language, as written (Markdown) and as shown (HTML, made when it is saved)."""

    __tablename__ = "guide"
    __table_args__ = (UniqueConstraint("slug", "language"), Index("ix_guide_language_position", "language", "position"))

    slug: Mapped[str] = public(String(80))
    language: Mapped[str] = public(String(5))
    title: Mapped[str] = public(String(160))
    short_title: Mapped[str] = public(String(60))
    topic: Mapped[str] = public(String(30))
    position: Mapped[int] = public()
    minutes: Mapped[int] = public()
    front: Mapped[dict[str, Any]] = public(JSON, default=dict)
    markdown: Mapped[str] = public(Text)
    html: Mapped[str] = public(Text)
    file_hash: Mapped[str] = staff_only(String(64), default="")
    updated_at: Mapped[dt.datetime] = public(Instant)


class GuideRead(Base):
    """A relative marked a guide as read. Private to the reader."""

    __tablename__ = "guide_read"

    account_id: Mapped[int] = key(ForeignKey("account.id"), primary_key=True)
    slug: Mapped[str] = own(String(80), primary_key=True)
    read_at: Mapped[dt.datetime] = own(Instant)
