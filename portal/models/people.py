"""The people: accounts that sign in, patients, relatives, and the care team."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from flask_security import UserMixin
from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, relationship, validates

from portal.models.base import Base, HasRef, Imported, Instant, key, own, public, rule, secret, shareable, staff_only
from portal.models.clinic import Program


class EmailLevel(StrEnum):
    """How much an email may say: nothing at all, that something is new, or also the day and time."""

    NONE = "none"
    NOTICE = "notice"
    TIMES = "times"


class StaffRole(StrEnum):
    COORDINATOR = "coordinator"
    THERAPIST = "therapist"
    PRIVACY_OFFICER = "privacy_officer"
    ADMIN = "admin"


class Account(HasRef, Base, UserMixin):
    """Someone who can sign in. The door they walk through decides as whom.

    Email waits from `quiet_from` until `quiet_until` on their own clock; both are empty where it never does. On
    `weekly_day` (0 is Monday) a list comes instead of single emails, since `weekly_since`.
    """

    __tablename__ = "account"

    email: Mapped[str] = own(String(254), unique=True)
    password: Mapped[str | None] = secret(String(255))
    active: Mapped[bool] = rule(default=True)
    fs_uniquifier: Mapped[str] = secret(String(64), unique=True, default=lambda: uuid.uuid4().hex)
    language: Mapped[str] = own(String(5), default="en")
    theme: Mapped[str] = own(String(5), default="auto")
    time_zone: Mapped[str | None] = own(String(64))
    shares_mailbox: Mapped[bool] = own(default=False)
    wants_email: Mapped[str] = own(String(10), default=EmailLevel.NOTICE)
    wants_calendar_files: Mapped[bool] = own(default=False, server_default=false())
    email_failed_at: Mapped[dt.datetime | None] = own(Instant)
    mail_word: Mapped[str | None] = own(String(41))
    quiet_from: Mapped[dt.time | None] = own(default=dt.time(21), server_default="21:00:00")
    quiet_until: Mapped[dt.time | None] = own(default=dt.time(7), server_default="07:00:00")
    weekly_day: Mapped[int | None] = own()
    weekly_since: Mapped[dt.datetime | None] = own(Instant)

    patient: Mapped[Patient | None] = relationship(back_populates="account", lazy="joined")
    relative: Mapped[Relative | None] = relationship(back_populates="account", lazy="joined")
    staff: Mapped[StaffMember | None] = relationship(back_populates="account", lazy="joined")

    @validates("email")
    def _a_new_address_may_work(self, name: str, email: str) -> str:
        self.email_failed_at = None
        return email

    # Flask-Security asks every account for roles; ours are doors, see `front_door.locks`.
    roles = []


class Patient(HasRef, Imported, Base):
    """A person in treatment (FHIR Patient)."""

    __tablename__ = "patient"

    account_id: Mapped[int | None] = key(ForeignKey("account.id"), unique=True)
    given_name: Mapped[str] = own(String(120))
    family_name: Mapped[str] = own(String(120))
    birth_date: Mapped[dt.date | None] = own()
    adult_on: Mapped[dt.date | None] = rule()
    language: Mapped[str] = own(String(5), default="en")
    program_id: Mapped[int | None] = key(ForeignKey("program.id"))
    started_on: Mapped[dt.date | None] = shareable()
    planned_end_on: Mapped[dt.date | None] = shareable()
    shows_weeks: Mapped[bool] = rule(default=True)
    paused_at: Mapped[dt.datetime | None] = rule(Instant)
    remind_of_pause_on: Mapped[dt.date | None] = own()
    on_hold_since: Mapped[dt.datetime | None] = rule(Instant)
    discharged_at: Mapped[dt.datetime | None] = rule(Instant)

    account: Mapped[Account | None] = relationship(back_populates="patient")
    program: Mapped[Program | None] = relationship()
    related_people: Mapped[list[RelatedPerson]] = relationship(back_populates="patient", order_by="RelatedPerson.id")

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Relative(HasRef, Base):
    """Someone close to a patient who has a sign-in of their own. Knows nothing by itself."""

    __tablename__ = "relative"

    account_id: Mapped[int] = key(ForeignKey("account.id"), unique=True)
    given_name: Mapped[str] = own(String(120))
    family_name: Mapped[str] = own(String(120))
    birth_year: Mapped[int | None] = secret()

    account: Mapped[Account] = relationship(back_populates="relative")

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class RelatedPerson(HasRef, Imported, Base):
    """What one patient says of one person close to them (FHIR RelatedPerson).

    A relative of two patients is two related persons and one relative: neither patient learns of
    the other. `relative_id` is empty until an invitation was accepted.
    """

    __tablename__ = "related_person"
    __table_args__ = (UniqueConstraint("patient_id", "relative_id"),)

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), index=True)
    relative_id: Mapped[int | None] = key(ForeignKey("relative.id"), index=True)
    name: Mapped[str] = own(String(240))
    email: Mapped[str | None] = own(String(254))
    relationship_code: Mapped[str | None] = own(String(20))
    relation: Mapped[str] = own(String(120), default="")
    known_as: Mapped[str] = shareable(String(120))
    colour: Mapped[str] = shareable(String(10), default="pine")
    accepted_at: Mapped[dt.datetime | None] = rule(Instant)
    asked_at: Mapped[dt.datetime | None] = own(Instant)
    declined_at: Mapped[dt.datetime | None] = own(Instant)
    may_not_ask_since: Mapped[dt.datetime | None] = own(Instant)
    asks_before_sessions: Mapped[bool] = own(default=False, server_default=false())
    met_on: Mapped[dt.date | None] = own()
    met_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    on_hold_since: Mapped[dt.datetime | None] = rule(Instant)

    patient: Mapped[Patient] = relationship(back_populates="related_people")
    relative: Mapped[Relative | None] = relationship()


class StaffMember(HasRef, Imported, Base):
    """Someone of the care team, the privacy office or the clinic's IT (FHIR Practitioner)."""

    __tablename__ = "staff_member"

    account_id: Mapped[int] = key(ForeignKey("account.id"), unique=True)
    name: Mapped[str] = public(String(240))
    staff_roles: Mapped[list[str]] = staff_only(JSON, default=list)

    account: Mapped[Account] = relationship(back_populates="staff")

    def has_role(self, *roles: StaffRole) -> bool:
        """Whether this person works as any of `roles`."""
        return any(role in self.staff_roles for role in roles)


class CareTeamMember(Base):
    """Which therapists hold family sessions for a patient. None named: every therapist who offers them."""

    __tablename__ = "care_team_member"

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), primary_key=True)
    staff_id: Mapped[int] = key(ForeignKey("staff_member.id"), primary_key=True, index=True)
