"""The clinic itself: its names, its zone, its programs and the days it is closed."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from portal.models.base import Base, HasId, HasRef, key, public, rule


class MinorRule(StrEnum):
    """Who must sign for a minor, by the law of the clinic's state (42 CFR 2.14)."""

    MINOR_ALONE = "minor_alone"
    MINOR_AND_PARENT = "minor_and_parent"


class Clinic(Base):
    """One row: an installation serves one clinic."""

    __tablename__ = "clinic"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = public(primary_key=True, default=1, autoincrement=False)
    public_name: Mapped[str] = public(String(120))
    legal_name: Mapped[str] = public(String(200))
    time_zone: Mapped[str] = public(String(64))
    phone: Mapped[str] = public(String(40))
    minor_rule: Mapped[str] = rule(String(20), default=MinorRule.MINOR_AND_PARENT)
    majority: Mapped[int] = rule(default=18)
    numbers_verified_on: Mapped[dt.date | None] = public()


class HelpLine(HasId, Base):
    """A place near the clinic to call or text in a crisis, in words by language, and the day somebody checked it."""

    __tablename__ = "help_line"

    name: Mapped[dict[str, str]] = public(JSON)
    purpose: Mapped[dict[str, str]] = public(JSON)
    how: Mapped[dict[str, str]] = public(JSON)
    verified_on: Mapped[dt.date] = public()


class Program(HasId, Base):
    """A course of treatment with a planned number of weeks."""

    __tablename__ = "program"

    name: Mapped[str] = public(String(120), unique=True)
    weeks: Mapped[int] = public()


class Closure(HasRef, Base):
    """Days on which the clinic, or one of its programs, is closed. Dates without a zone: a holiday does not shift."""

    __tablename__ = "closure"
    __table_args__ = (
        UniqueConstraint("starts_on", "ends_on", "program_id"),
        CheckConstraint("ends_on >= starts_on", name="in_order"),
    )

    starts_on: Mapped[dt.date] = public(index=True)
    ends_on: Mapped[dt.date] = public()
    name: Mapped[str] = public(String(120))
    program_id: Mapped[int | None] = key(ForeignKey("program.id"))
