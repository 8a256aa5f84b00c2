"""Free hours of therapists, the family sessions booked in them, and who waits for one."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, HasRef, Imported, Instant, key, own, rule, shareable, staff_only
from portal.models.people import Patient, Relative, StaffMember

# PostgreSQL compares a column's default with the model's, which its older JSON type cannot do.
ComparableJSON = JSON().with_variant(JSONB(), "postgresql")


class FamilySessionKind(StrEnum):
    """Who sits in a family session beside the therapist."""

    WITH_PATIENT = "with patient"
    WITHOUT_PATIENT = "without patient"
    COUPLE = "couple"
    PARENTS = "parents"


class Says(StrEnum):
    """A yes, a no, or neither yet (PARTSTAT of RFC 5545)."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NEEDS_ACTION = "needs-action"


class FamilySessionTerms(Base):
    """How one therapist holds family sessions. Lengths in minutes, limits as named.

    `rooms` are those a session in person may get; `online_link` is where sessions online are held;
    `asks_first`: a time is only theirs when the therapist has said yes to it as well.
    """

    __tablename__ = "family_session_terms"

    staff_id: Mapped[int] = key(ForeignKey("staff_member.id"), primary_key=True)
    minutes: Mapped[int] = shareable(default=50)
    gap_minutes: Mapped[int] = rule(default=10)
    step_minutes: Mapped[int | None] = rule()
    notice_hours: Mapped[int] = rule(default=24)
    cancel_hours: Mapped[int] = shareable(default=24)
    horizon_days: Mapped[int] = shareable(default=28)
    per_day: Mapped[int | None] = rule()
    per_week: Mapped[int | None] = rule()
    per_month: Mapped[int | None] = rule()
    per_year: Mapped[int | None] = rule()
    per_family_open: Mapped[int | None] = shareable()
    most_moves: Mapped[int | None] = shareable(default=3, server_default=text("3"))
    modes: Mapped[list[str]] = shareable(JSON, default=lambda: ["online"])
    kinds: Mapped[list[str]] = shareable(
        ComparableJSON, default=lambda: [FamilySessionKind.WITH_PATIENT], server_default=text("'[\"with patient\"]'")
    )
    rooms: Mapped[list[str]] = staff_only(ComparableJSON, default=list, server_default=text("'[]'"))
    online_link: Mapped[str | None] = shareable(String(500))
    asks_first: Mapped[bool] = rule(default=False, server_default=false())

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
    """PROPOSED is a time kept for somebody who has not taken it; PENDING lacks a yes; both fill the time."""

    PROPOSED = "proposed"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


# Everybody who is in one of these is meant to come.
BOOKED = (AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED)


class Appointment(HasRef, Imported, Base):
    """A booked family session (FHIR Appointment), or a time that is kept for one until `held_until`.

    `busy_until` is the end plus the therapist's gap. The database refuses two appointments of one
    therapist, cancelled ones apart, whose [starts_at, busy_until) overlap; see the migration
    `no_double_booking`. Three yeses make it confirmed: of each relative in it (`AppointmentParticipant`),
    of the patient and of the therapist; the last two may have been given in advance, and who is asked
    has until `answer_by`. `was_at` is the start before the last move.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index("ix_appointment_staff_id_starts_at", "staff_id", "starts_at"),
        Index("ix_appointment_patient_id_starts_at", "patient_id", "starts_at"),
        Index("ix_appointment_status_held_until", "status", "held_until"),
        Index("ix_appointment_held_for_id", "held_for_id"),
        CheckConstraint("ends_at > starts_at", name="in_order"),
        CheckConstraint("busy_until >= ends_at", name="gap_after"),
        CheckConstraint("(status = 'proposed') = (held_until IS NOT NULL)", name="kept_until"),
    )

    patient_id: Mapped[int] = key(ForeignKey("patient.id"))
    staff_id: Mapped[int] = key(ForeignKey("staff_member.id"))
    starts_at: Mapped[dt.datetime] = shareable(Instant)
    ends_at: Mapped[dt.datetime] = shareable(Instant)
    busy_until: Mapped[dt.datetime] = rule(Instant)
    mode: Mapped[str] = shareable(String(20), default="online")
    kind: Mapped[str] = shareable(
        String(20), default=FamilySessionKind.WITH_PATIENT, server_default=text("'with patient'")
    )
    place: Mapped[str] = shareable(String(120), default="", server_default=text("''"))
    online_link: Mapped[str | None] = shareable(String(500))
    status: Mapped[str] = shareable(String(10), default=AppointmentStatus.CONFIRMED)
    patient_says: Mapped[str] = own(String(12), default=Says.ACCEPTED, server_default=text("'accepted'"))
    staff_says: Mapped[str] = staff_only(String(12), default=Says.ACCEPTED, server_default=text("'accepted'"))
    answer_by: Mapped[dt.datetime | None] = shareable(Instant)
    note: Mapped[str] = own(Text, default="")
    sequence: Mapped[int] = rule(default=0)
    was_at: Mapped[dt.datetime | None] = shareable(Instant)
    moves: Mapped[int] = shareable(default=0, server_default=text("0"))
    booked_by_id: Mapped[int | None] = key(ForeignKey("account.id"))
    overridden_because: Mapped[str | None] = staff_only(String(300))
    cancelled_by: Mapped[str | None] = shareable(String(10))
    cancelled_because: Mapped[str | None] = staff_only(String(300))
    cancelled_at: Mapped[dt.datetime | None] = rule(Instant)
    held_for_id: Mapped[int | None] = key(ForeignKey("relative.id"))
    held_until: Mapped[dt.datetime | None] = shareable(Instant)
    waiting_id: Mapped[int | None] = key(ForeignKey("waiting_list_entry.id"))
    instead_of_id: Mapped[int | None] = key(ForeignKey("appointment.id"))

    patient: Mapped[Patient] = relationship()
    staff: Mapped[StaffMember] = relationship()
    participants: Mapped[list[AppointmentParticipant]] = relationship(back_populates="appointment")


class AppointmentParticipant(Base):
    """One relative in one family session, with their own yes. Who leaves does not cancel it for the others.

    What became of it after they left is not theirs to see: `left_…` keep what they knew.
    """

    __tablename__ = "appointment_participant"

    appointment_id: Mapped[int] = key(ForeignKey("appointment.id"), primary_key=True)
    relative_id: Mapped[int] = key(ForeignKey("relative.id"), primary_key=True, index=True)
    says: Mapped[str] = shareable(String(12), default=Says.ACCEPTED, server_default=text("'accepted'"))
    left_at: Mapped[dt.datetime | None] = shareable(Instant)
    left_starts_at: Mapped[dt.datetime | None] = shareable(Instant)
    left_ends_at: Mapped[dt.datetime | None] = shareable(Instant)
    left_sequence: Mapped[int | None] = shareable()

    appointment: Mapped[Appointment] = relationship(back_populates="participants")
    relative: Mapped[Relative] = relationship()


class WaitingListEntry(HasRef, Base):
    """A relative who waits for a time with one therapist, in the order of `in_line_since`.

    `weekdays` (Monday is 0) and `parts` ("morning", "afternoon", "evening") say when they could come,
    `until_on` is the last day on which they would. A time they let pass is in `passed`, as ISO 8601
    instants, and is not offered to them again.
    """

    __tablename__ = "waiting_list_entry"
    __table_args__ = (
        Index("ix_waiting_list_entry_line", "staff_id", "ended_at", "in_line_since"),
        Index("ix_waiting_list_entry_relative_id", "relative_id"),
    )

    relative_id: Mapped[int] = key(ForeignKey("relative.id"))
    patient_id: Mapped[int] = key(ForeignKey("patient.id"))
    staff_id: Mapped[int] = key(ForeignKey("staff_member.id"))
    mode: Mapped[str | None] = shareable(String(20))
    kind: Mapped[str] = shareable(String(20), default=FamilySessionKind.WITH_PATIENT)
    weekdays: Mapped[list[int]] = shareable(JSON, default=list)
    parts: Mapped[list[str]] = shareable(JSON, default=list)
    until_on: Mapped[dt.date] = shareable()
    joined_at: Mapped[dt.datetime] = shareable(Instant)
    in_line_since: Mapped[dt.datetime] = rule(Instant)
    passed: Mapped[list[str]] = rule(JSON, default=list)
    ended_at: Mapped[dt.datetime | None] = rule(Instant)
    ended_because: Mapped[str | None] = staff_only(String(20))
