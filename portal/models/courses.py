"""Courses: guides in an order, for families. Public; who took one is their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, Instant, key, own, public, staff_only
from portal.models.people import Account


class Course(Base):
    """Guides in the order in which to read them.

    `title` and `text` are words by language. `stages` are the stretches of the way, each
    `{"title": {language: words}, "guides": [slug, …]}`. `edited`: the order is the clinic's own; `version` counts
    the changes.
    """

    __tablename__ = "course"

    slug: Mapped[str] = public(String(80), primary_key=True)
    position: Mapped[int] = public()
    title: Mapped[dict[str, str]] = public(JSON)
    text: Mapped[dict[str, str]] = public(JSON, default=dict)
    stages: Mapped[list[dict[str, Any]]] = public(JSON)
    edited: Mapped[bool] = staff_only(default=False)
    version: Mapped[int] = staff_only(default=1)


class CourseFinish(Base):
    """Somebody told the care team that they finished a course. Nobody has to; nothing is written until they do."""

    __tablename__ = "course_finish"

    account_id: Mapped[int] = key(ForeignKey("account.id"), primary_key=True)
    course: Mapped[str] = own(String(80), primary_key=True)
    told_at: Mapped[dt.datetime] = own(Instant)

    account: Mapped[Account] = relationship()
