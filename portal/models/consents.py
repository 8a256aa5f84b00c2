"""What a patient signed: for whom, what, until when. Rows are ended, never edited or deleted."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, HasRef, Imported, Instant, key, own, rule, secret, shareable, staff_only
from portal.models.people import EmailLevel, Patient, RelatedPerson


class HowSigned(StrEnum):
    """Where a consent was signed."""

    HERE = "here"
    PAPER = "paper"


class Consent(HasRef, Imported, Base):
    """One signed document: one patient, one named relative, every element of 42 CFR 2.31(a).

    The elements: (1) `patient_id`, (2) `discloser`, (3) `scopes`, (4) `related_person_id`,
    (5) `purpose`, (6) `how_to_stop`, (7) `ends_at`, (8) `signer_name`, (9) `signed_at`.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_gate", "related_person_id", "stopped_at", "ends_at"),)

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), index=True)
    related_person_id: Mapped[int] = key(ForeignKey("related_person.id"))

    discloser: Mapped[str] = rule(String(200), default="")
    purpose: Mapped[str] = shareable(String(300), default="")
    how_to_stop: Mapped[str] = rule(Text, default="")
    signer_name: Mapped[str] = rule(String(240), default="")
    # Empty: the patient signed. Else by what right somebody signed for them (45 CFR 164.508(c)(1)(vi)).
    representative_authority: Mapped[str | None] = rule(String(200))
    parent_signer_name: Mapped[str | None] = rule(String(240))
    signed_at: Mapped[dt.datetime | None] = rule(Instant)
    signed_on: Mapped[dt.date | None] = shareable()
    starts_at: Mapped[dt.datetime | None] = rule(Instant)
    ends_on: Mapped[dt.date | None] = shareable()
    ends_at: Mapped[dt.datetime | None] = rule(Instant)
    ends_with_program: Mapped[bool] = shareable(default=False)
    email_level: Mapped[str] = shareable(String(10), default=EmailLevel.NOTICE)

    # The document as the patient read it, word for word.
    text_shown: Mapped[str] = own(Text, default="")
    text_language: Mapped[str] = own(String(5), default="en")
    text_version: Mapped[str] = own(String(20), default="")
    text_hash: Mapped[str] = own(String(64), default="")
    how_signed: Mapped[str] = rule(String(10), default=HowSigned.HERE)

    # What only a form on paper has. It is live once a second person has held it against what was typed in.
    witness_name: Mapped[str | None] = own(String(240))
    interpreter_name: Mapped[str | None] = own(String(240))
    was_alone: Mapped[bool | None] = staff_only()
    recorded_at: Mapped[dt.datetime | None] = staff_only(Instant)
    recorded_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    verified_at: Mapped[dt.datetime | None] = rule(Instant)
    verified_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))

    # Less than was signed, chosen later: an earlier end, emails that say less.
    ends_sooner_on: Mapped[dt.date | None] = shareable()
    ends_sooner_at: Mapped[dt.datetime | None] = rule(Instant)
    lowered_email_level: Mapped[str | None] = shareable(String(10))

    # A consent that should never have counted; one that was stopped was good until then.
    invalid_since: Mapped[dt.datetime | None] = rule(Instant)
    invalid_because: Mapped[str | None] = staff_only(String(300))

    stopped_at: Mapped[dt.datetime | None] = rule(Instant)
    stopped_how: Mapped[str | None] = staff_only(String(40))
    # When the patient asked for it, where staff pressed the button later (42 CFR 2.31(c)(3): known to be revoked).
    stop_asked_at: Mapped[dt.datetime | None] = staff_only(Instant)
    not_usable_because: Mapped[str | None] = staff_only(String(300))

    patient: Mapped[Patient] = relationship()
    related_person: Mapped[RelatedPerson] = relationship()
    scopes: Mapped[list[ConsentScope]] = relationship(
        back_populates="consent", order_by="ConsentScope.id", cascade="save-update, merge"
    )


class ConsentScope(HasId, Base):
    """One box the patient ticked, and when it was turned off again."""

    __tablename__ = "consent_scope"
    __table_args__ = (UniqueConstraint("consent_id", "scope"),)

    consent_id: Mapped[int] = key(ForeignKey("consent.id"))
    scope: Mapped[str] = rule(String(10))
    off_at: Mapped[dt.datetime | None] = rule(Instant)

    consent: Mapped[Consent] = relationship(back_populates="scopes")


class HoldKind(StrEnum):
    """Why sharing is on hold. Nobody can sign for an adult who cannot decide just now (42 CFR 2.15)."""

    PRIVACY = "privacy"
    INCAPACITATED = "incapacitated"
    DECEASED = "deceased"


class ConsentScan(HasId, Base):
    """The picture of a form on paper. Encrypted; no relative ever sees it."""

    __tablename__ = "consent_scan"

    consent_id: Mapped[int] = key(ForeignKey("consent.id"), unique=True)
    content: Mapped[bytes] = secret(LargeBinary)
    media_type: Mapped[str] = staff_only(String(40))
    size: Mapped[int] = staff_only()
    kept_at: Mapped[dt.datetime] = staff_only(Instant)
    kept_by_id: Mapped[int] = key(ForeignKey("staff_member.id"))


class EndingNotice(Base):
    """That a patient was told so many days before a consent ends. Told once."""

    __tablename__ = "ending_notice"

    consent_id: Mapped[int] = key(ForeignKey("consent.id"), primary_key=True)
    days: Mapped[int] = own(primary_key=True, autoincrement=False)
    noticed_at: Mapped[dt.datetime] = own(Instant)


class Hold(HasRef, Base):
    """A stop that the privacy office sets, for one person or for all of a patient's sharing. It only ever restricts."""

    __tablename__ = "hold"

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), index=True)
    related_person_id: Mapped[int | None] = key(ForeignKey("related_person.id"), index=True)
    kind: Mapped[str] = staff_only(String(20), default=HoldKind.PRIVACY)
    reason: Mapped[str] = staff_only(String(300))
    placed_at: Mapped[dt.datetime] = staff_only(Instant)
    # Empty: the clinic's other system asked for it.
    placed_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    released_at: Mapped[dt.datetime | None] = staff_only(Instant)
    released_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))


class HowAgreementEnded(StrEnum):
    """How an agreed restriction ends (45 CFR 164.522(a)(2)): the patient wants it, or the clinic says so."""

    IN_WRITING = "in writing"
    SPOKEN = "spoken"
    TOLD = "told"  # then it goes on for what the clinic knew before


class RestrictionRequest(HasRef, Base):
    """A patient's wish that something be told to nobody, or not to somebody, and what was decided (45 CFR 164.522).

    `ended_at` is when the patient asked for the end of what was agreed, or was told of it.
    """

    __tablename__ = "restriction_request"

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), index=True)
    wish: Mapped[str] = own(Text)
    asked_at: Mapped[dt.datetime] = own(Instant)
    is_agreed: Mapped[bool | None] = own()
    answer: Mapped[str | None] = own(String(300))
    decided_at: Mapped[dt.datetime | None] = own(Instant)
    decided_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    ended_at: Mapped[dt.datetime | None] = own(Instant)
    ended_how: Mapped[str | None] = own(String(20))
    ended_note: Mapped[str | None] = own(String(300))
    ended_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))


class SharingDraft(HasRef, Base):
    """Answers of a patient who has not signed yet. Shares nothing."""

    __tablename__ = "sharing_draft"

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), index=True)
    answers: Mapped[dict[str, Any]] = own(JSON, default=dict)
    changed_at: Mapped[dt.datetime] = own(Instant)
    wants_to_talk_at: Mapped[dt.datetime | None] = own(Instant)


class FormToken(Base):
    """A form that was already acted on: a fingerprint of what was in it, and the address it was answered with."""

    __tablename__ = "form_token"
    __table_args__ = (Index("ix_form_token_account_id_used_at", "account_id", "used_at"),)

    token: Mapped[str] = secret(String(64), primary_key=True)
    account_id: Mapped[int] = key(ForeignKey("account.id"))
    answer: Mapped[str] = own(String(200))
    sent: Mapped[str] = rule(String(64), default="", server_default=text("''"))
    used_at: Mapped[dt.datetime] = own(Instant)
