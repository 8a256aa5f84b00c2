"""Free hours of therapists, and the family sessions booked in them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, HasRef, Imported, Instant, key, own, rule, shareable, staff_only
from portal.models.people import Patient, Relative, StaffMember


class FamilySessionTerms(Base):
    """How one therapist holds family sessions. Lengths in minutes, limits as named."""

    __tablename__ = "family_session_terms"

    staff_id: Mapped[int] = key(ForeignKey("staff_member.id"), primary_key=True)
    minutes: Mapped[int] = shareable(default=50)
    gap_minutes: Mapped[int] = rule(default=10)
    step_minutes: Mapped[int | None] = rule()
    notice_hours: Mapped[int] = rule(default=24)
    cancel_hours: Mapped[int] = shareable(default=24)
    horizon_days: Mapped[int] = shareable(default=28)
    per_day: Mapped[int | None] = rule()
    per_family_open: Mapped[int | None] = shareable()
    modes: Mapped[list[str]] = shareable(JSON, default=lambda: ["online"])

    staff: Mapped[StaffMember] = relationship()
    hours: Mapped[list[FreeHours]] = relationship(order_by="FreeHours.weekday, FreeHours.from_minute")
    overrides: Mapped[list[FreeHoursOverride]] = relationship(
        order_by="FreeHoursOverride.on_date, FreeHoursOverride.from_minute"
    )


class FreeHours(HasId, Base):
    """Weekly free hours on the wall clock. Monday is 0; minutes after midnight, 1440 is the end of the day."""

    __tablename__ = "free_hours"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)

    staff_id: Mapped[int] = key(ForeignKey("family_session_terms.staff_id"), index=True)
    weekday: Mapped[int] = rule()
    from_minute: Mapped[int] = rule()
    to_minute: Mapped[int] = rule()


class FreeHoursOverride(HasId, Base):
    """One date that differs: other hours, or none when `closed`. Replaces that day's weekly hours."""

    __tablename__ = "free_hours_override"

    staff_id: Mapped[int] = key(ForeignKey("family_session_terms.staff_id"), index=True)
    on_date: Mapped[dt.date] = rule()
    closed: Mapped[bool] = rule(default=False)
    from_minute: Mapped[int | None] = rule()
    to_minute: Mapped[int | None] = rule()


class AppointmentStatus(StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Appointment(HasRef, Imported, Base):
    """A booked family session (FHIR Appointment).

    `busy_until` is the end plus the therapist's gap. The database refuses two live appointments of
    one therapist whose [starts_at, busy_until) overlap; see the migration `no_double_booking`.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index("ix_appointment_staff_id_starts_at", "staff_id", "starts_at"),
        Index("ix_appointment_patient_id_starts_at", "patient_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="in_order"),
        CheckConstraint("busy_until >= ends_at", name="gap_after"),
    )

    patient_id: Mapped[int] = key(ForeignKey("patient.id"))
    staff_id: Mapped[int] = key(ForeignKey("staff_member.id"))
    starts_at: Mapped[dt.datetime] = shareable(Instant)
    ends_at: Mapped[dt.datetime] = shareable(Instant)
    busy_until: Mapped[dt.datetime] = rule(Instant)
    mode: Mapped[str] = shareable(String(20), default="online")
    status: Mapped[str] = shareable(String(10), default=AppointmentStatus.CONFIRMED)
    note: Mapped[str] = own(Text, default="")
    sequence: Mapped[int] = rule(default=0)
    cancelled_by: Mapped[str | None] = shareable(String(10))
    cancelled_because: Mapped[str | None] = staff_only(String(300))
    cancelled_at: Mapped[dt.datetime | None] = rule(Instant)

    patient: Mapped[Patient] = relationship()
    staff: Mapped[StaffMember] = relationship()
    participants: Mapped[list[AppointmentParticipant]] = relationship(back_populates="appointment")


class AppointmentParticipant(Base):
    """One relative in one family session."""

    __tablename__ = "appointment_participant"

    appointment_id: Mapped[int] = key(ForeignKey("appointment.id"), primary_key=True)
    relative_id: Mapped[int] = key(ForeignKey("relative.id"), primary_key=True, index=True)
    left_at: Mapped[dt.datetime | None] = rule(Instant)

    appointment: Mapped[Appointment] = relationship(back_populates="participants")
    relative: Mapped[Relative] = relationship()
