"""Classes for families: for whoever wants to learn. No patient is linked to one, and nobody's seat tells of one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, HasRef, Instant, key, own, public, rule, staff_only
from portal.models.people import Account


class FamilyClass(HasRef, Base):
    """A numbered series of weekly sessions on the wall clock of `zone`, each of so many `minutes`.

    `skips` are days, as ISO 8601 dates, on which there is none: the series takes a week longer for each.
    `cancelled` are sessions that were planned and do not take place; they keep their number.
    """

    __tablename__ = "family_class"
    __table_args__ = (
        CheckConstraint("capacity >= 1", name="capacity"),
        CheckConstraint("sessions >= 1", name="sessions"),
        CheckConstraint("minutes >= 1", name="minutes"),
    )

    title: Mapped[str] = public(String(120))
    text: Mapped[str] = public(Text, default="")
    place: Mapped[str] = public(String(120), default="")
    mode: Mapped[str] = public(String(20), default="online")
    online_link: Mapped[str | None] = own(String(500))
    capacity: Mapped[int] = staff_only()
    starts_on: Mapped[dt.date] = public()
    wall_time: Mapped[dt.time] = public()
    zone: Mapped[str] = public(String(64))
    minutes: Mapped[int] = public()
    sessions: Mapped[int] = public()
    skips: Mapped[list[str]] = public(JSON, default=list)
    cancelled: Mapped[list[str]] = public(JSON, default=list)

    places: Mapped[list[FamilyClassPlace]] = relationship(
        order_by="FamilyClassPlace.joined_at, FamilyClassPlace.seat", cascade="all, delete-orphan"
    )


class FamilyClassPlace(HasId, Base):
    """One person's place in a class. Seats are numbered from 1 to its capacity, so that one too many has none."""

    __tablename__ = "family_class_place"
    __table_args__ = (
        UniqueConstraint("class_id", "seat"),
        UniqueConstraint("class_id", "account_id"),
        CheckConstraint("seat >= 1", name="seat"),
    )

    class_id: Mapped[int] = key(ForeignKey("family_class.id"))
    account_id: Mapped[int] = key(ForeignKey("account.id"), index=True)
    seat: Mapped[int] = rule()
    joined_at: Mapped[dt.datetime] = own(Instant)

    account: Mapped[Account] = relationship()
