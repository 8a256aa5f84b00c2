"""Guides for families. Public: they say nothing about anybody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, Instant, key, own, public, staff_only
from portal.models.people import StaffMember


class Guide(HasId, Base):
    """One guide in one language that families can read, as written (Markdown) and as shown (HTML, made when saved).

    A guide that is taken down has no row here, only its versions. `edited`: its words are the clinic's own.
    """

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
    version: Mapped[int] = public(default=1, server_default=text("1"))
    edited: Mapped[bool] = staff_only(default=False, server_default=false())
    review_by: Mapped[dt.date | None] = public()


class GuideVersion(HasId, Base):
    """A text of a guide that families could read once, or that the clinic has been offered.

    `number` is empty while it was never published: it came with the portal when the clinic had words of its own.
    `staff_id` is empty for what no person published.
    """

    __tablename__ = "guide_version"
    __table_args__ = (UniqueConstraint("slug", "language", "number"),)

    slug: Mapped[str] = public(String(80))
    language: Mapped[str] = public(String(5))
    number: Mapped[int | None] = staff_only()
    front: Mapped[dict[str, Any]] = staff_only(JSON, default=dict)
    markdown: Mapped[str] = staff_only(Text)
    at: Mapped[dt.datetime] = staff_only(Instant)
    staff_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    came_with_portal: Mapped[bool] = staff_only(default=False)
    declined: Mapped[bool] = staff_only(default=False)

    staff: Mapped[StaffMember | None] = relationship()


class GuideDraft(HasId, Base):
    """What the care team is writing: one draft for each guide and language, read by the care team only.

    `stamp` is another one after each saving; `version` is the published one it was begun from, 0 for none.
    """

    __tablename__ = "guide_draft"
    __table_args__ = (UniqueConstraint("slug", "language"),)

    slug: Mapped[str] = staff_only(String(80))
    language: Mapped[str] = staff_only(String(5))
    front: Mapped[dict[str, Any]] = staff_only(JSON, default=dict)
    markdown: Mapped[str] = staff_only(Text)
    version: Mapped[int] = staff_only()
    stamp: Mapped[str] = staff_only(String(10))
    saved_at: Mapped[dt.datetime] = staff_only(Instant)
    staff_id: Mapped[int] = key(ForeignKey("staff_member.id"))

    staff: Mapped[StaffMember] = relationship()


class GuideRead(Base):
    """A relative marked a guide as read. Private to the reader."""

    __tablename__ = "guide_read"

    account_id: Mapped[int] = key(ForeignKey("account.id"), primary_key=True)
    slug: Mapped[str] = own(String(80), primary_key=True)
    read_at: Mapped[dt.datetime] = own(Instant)
