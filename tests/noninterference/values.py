"""Any value a column could hold: by its type, or from the words the column chooses from."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Integer, LargeBinary, String, Time

from portal.consent.scopes import Scope
from portal.emails.wanted import EVERY
from portal.models import (
    Act,
    AppointmentStatus,
    CancelledBy,
    EmailLevel,
    FamilySessionKind,
    Frequency,
    HoldKind,
    HowInvited,
    HowSigned,
    Kind,
    MinorRule,
    Says,
    SessionType,
    StaffRole,
    Status,
    StopHow,
)
from portal.models.base import REF_LENGTH, REF_LETTERS, Instant

Rng = random.Random

MESSAGES = (
    "update_posted", "booking_confirmed", "booking_asked", "booking_moved", "booking_cancelled", "time_opened",
    "reminder_tomorrow", "reminder_soon", "schedule_changed", "weekly_list",
)  # fmt: skip

CHOICES: dict[str, tuple[Any, ...]] = {
    "account.language": ("en", "es"),
    "account.theme": ("auto", "light", "dark"),
    "account.time_zone": (None, None, "America/Denver", "America/Chicago", "Pacific/Honolulu"),
    "account.wants_email": tuple(EmailLevel),
    "account.weekly_day": (None, None, 0, 6),
    "appointment.mode": ("online", "in person"),
    "appointment.kind": tuple(FamilySessionKind),
    "appointment.moves": (0, 1, 3),
    "appointment.patient_says": tuple(Says),
    "appointment.staff_says": tuple(Says),
    "appointment_participant.says": tuple(Says),
    "appointment.status": tuple(AppointmentStatus),
    "appointment.cancelled_by": ("relative", "clinic", "patient", None),
    "clinic.minor_rule": tuple(MinorRule),
    "clinic.majority": (18, 19, 21),
    "clinic.time_zone": ("America/Chicago",),
    "consent.email_level": tuple(EmailLevel),
    "consent.how_signed": tuple(HowSigned),
    "consent.lowered_email_level": (None, *EmailLevel),
    "consent.text_language": ("en", "es"),
    "consent_scope.scope": tuple(Scope),
    "email_stop.message": ("update_posted", "schedule_changed", "booking", "reminder", "time_opened", EVERY),
    "email_stop.how": tuple(StopHow),
    "family_class.mode": ("online", "in person"),
    "family_class.capacity": (1, 2, 3, 12),
    "family_class.zone": ("America/Chicago", "America/New_York"),
    "family_class.minutes": (45, 90),
    "family_class.sessions": (1, 3, 6),
    "family_class.skips": ([], ["2026-12-26"]),
    "family_class.cancelled": ([], ["2026-12-05"]),
    "family_session_terms.minutes": (30, 45, 50, 60),
    "family_session_terms.gap_minutes": (0, 5, 10, 15),
    "family_session_terms.step_minutes": (None, 30, 60, 90),
    "family_session_terms.notice_hours": (0, 4, 24),
    "family_session_terms.cancel_hours": (1, 24, 48),
    "family_session_terms.horizon_days": (5, 7, 14),
    "family_session_terms.per_day": (None, 1, 2, 4),
    "family_session_terms.per_week": (None, None, 3, 5),
    "family_session_terms.per_month": (None, None, 6, 9),
    "family_session_terms.per_year": (None, None, 9, 20),
    "family_session_terms.most_moves": (None, 1, 2, 4),
    "family_session_terms.kinds": (["with patient"], ["with patient", "couple"]),
    "family_session_terms.rooms": ([], ["Room 1"], ["Room 1", "Room 2"]),
    "family_session_terms.per_family_open": (None, 1, 2, 3),
    "family_session_terms.modes": (["online"], ["in person"], ["online", "in person"]),
    "family_update.scope": (Scope.GOING, Scope.PLAN, Scope.LEAVE, None),
    "family_update.language": ("en", "es"),
    "family_update_version.language": ("en", "es"),
    "free_hours.weekday": tuple(range(7)),
    "free_hours.from_minute": (840, 900, 960),
    "free_hours.to_minute": (1020, 1080, 1140),
    "free_hours_override.from_minute": (None, 840, 900),
    "free_hours_override.to_minute": (None, 960, 1080),
    "guide.language": ("en", "es"),
    "guide.slug": ("first-steps", "listening-well", "setting-limits", "what-staff-can-say"),
    "guide_progress.slug": ("first-steps", "listening-well", "setting-limits", "what-staff-can-say"),
    "guide_progress.language": ("en", "es"),
    "guide_answer.slug": ("first-steps", "listening-well", "setting-limits", "what-staff-can-say"),
    "guide.topic": ("start", "talking", "staying-safe"),
    "help_line.name": ({"en": "The county"},),
    "help_line.purpose": ({"en": "Day and night"},),
    "help_line.how": ({"en": "Call 988"},),
    "guide_progress.place": ("", "The kettle", "The cups"),
    "guide.version": (1, 2),
    "course.slug": ("first-weeks", "later-weeks"),
    "course.title": ({"en": "The first weeks"},),
    "course.text": ({}, {"en": "Short reads"}),
    "course.stages": ([{"title": {"en": "Begin"}, "guides": ["first-steps", "listening-well"]}],),
    "course_finish.course": ("first-weeks", "later-weeks"),
    "guide.front": ({}, {"course": "first-weeks"}),
    "hold.kind": tuple(HoldKind),
    "invitation.how": tuple(HowInvited),
    "invitation.language": ("en", "es"),
    "outgoing_email.message": MESSAGES,
    "outgoing_email.outcome": ("sent", "withheld", "failed", None),
    "patient.language": ("en", "es"),
    "program.weeks": (8, 10, 12),
    "record_entry.act": tuple(Act),
    "record_entry.door": ("family", "patient", "staff", "email"),
    "record_entry.what": ("times", "family", "going", "plan", "leave", "sharing", "update_posted", "waitlist"),
    "related_person.known_as": ("Sam", "Robin", "Maya"),
    "related_person.colour": ("pine", "dusk", "plum", "ochre"),
    "related_person.relationship_code": ("MTH", "FTH", "SPS", None),
    "schedule_entry.cancelled_by": (None, *CancelledBy),
    "schedule_entry.kind": (*Kind, "medication"),
    "schedule_entry.status": tuple(Status),
    "schedule_entry.changed_in": tuple(range(8)),
    "series.frequency": tuple(Frequency),
    "series.type": tuple(SessionType),
    "staff_member.staff_roles": tuple([str(role)] for role in StaffRole),
    "waiting_list_entry.mode": (None, "online", "in person"),
    "waiting_list_entry.kind": ("with patient", "couple"),
    "waiting_list_entry.weekdays": ([0, 1, 2, 3, 4, 5, 6], [1, 3], [5]),
    "waiting_list_entry.parts": (["morning", "afternoon", "evening"], ["evening"], ["morning", "evening"]),
    "waiting_list_entry.passed": ([], ["2026-11-25T23:00:00+00:00"], ["2026-11-26T23:00:00+00:00"]),
    "waiting_list_entry.ended_because": (None, "left", "booked", "over"),
}

# Days from the moment the clock shows at which things begin, end and were signed: on both sides of every edge.
DAYS = (-400, -40, -9, -8, -6, -2, -1, -0.04, 0, 0.04, 0.5, 1, 2, 3, 9, 20, 80)


def any_value(column: Column[Any], rng: Rng, now: dt.datetime) -> Any:
    """Some value the column could hold, now and then none where it may be empty."""
    choices = CHOICES.get(f"{column.table.name}.{column.name}")
    if choices is not None:
        value = rng.choice(choices)
        return str(value) if isinstance(value, str) else value
    if column.nullable and rng.random() < 0.3:
        return None
    if column.name == "ref":
        return "".join(rng.choice(REF_LETTERS) for _ in range(REF_LENGTH))
    if isinstance(column.type, Boolean):
        return rng.random() < 0.5
    if isinstance(column.type, Integer):
        return rng.randrange(1, 90)
    if isinstance(column.type, Date):
        return now.date() + dt.timedelta(days=int(rng.choice(DAYS)))
    if isinstance(column.type, Instant):
        return now.astimezone(dt.UTC) + dt.timedelta(days=rng.choice(DAYS))
    if isinstance(column.type, DateTime):  # on a wall clock, without a zone
        return now.replace(tzinfo=None) + dt.timedelta(days=rng.choice(DAYS), minutes=rng.randrange(900))
    if isinstance(column.type, Time):
        return dt.time(rng.randrange(24))
    if isinstance(column.type, LargeBinary):
        return word(rng).encode()
    if isinstance(column.type, JSON):
        return {word(rng): word(rng)}
    if isinstance(column.type, String):
        length = column.type.length or 60
        written = f"{word(rng)}@{word(rng)}.example".lower() if column.name == "email" else f"{word(rng)} {word(rng)}"
        return written[:length]
    raise TypeError(f"values.py has no value for {column.table.name}.{column.name} ({column.type!r})")


def calendar_token(relative_ref: str) -> str:
    """What stands in the private address of somebody's calendar."""
    return f"calendar-of-{relative_ref}"


def token_hash(relative_ref: str) -> str:
    """What the portal keeps of it."""
    return hashlib.sha256(calendar_token(relative_ref).encode()).hexdigest()


def word(rng: Rng) -> str:
    """A word that stands nowhere else."""
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).capitalize()
