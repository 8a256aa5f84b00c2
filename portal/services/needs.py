"""What needs the care team: requests to talk, forms that cannot be used, sharing that ends, people to call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, not_, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from portal import clock
from portal.consent.live import LIVE, SAYS_THE_REST, SAYS_WHAT, SIGNED_BY_WHOM_THE_LAW_ASKS, joined, not_over
from portal.consent.own.drafts import DRAFTS_KEPT
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import (
    BOOKED,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Consent,
    ConsentScan,
    ConsentScope,
    HowSigned,
    Patient,
    RelatedPerson,
    Says,
    SharingDraft,
)
from portal.services.endings import ENDS_AT
from portal.services.missing_elements import missing_from
from portal.services.schedule import Who

ONLINE = "online"

ENDING_SOON = dt.timedelta(days=30)


@dataclass(frozen=True)
class Need:
    """Something about one patient that waits for the care team; `at` is the moment it is about."""

    who: Who
    at: dt.datetime | None = None
    why: str = ""
    form_ref: str = ""
    booking_ref: str = ""


@dataclass(frozen=True)
class Needs:
    """Everything that waits, the most pressing kind first."""

    to_call: list[Need]
    to_answer: list[Need]
    no_room: list[Need]
    to_talk: list[Need]
    unusable: list[Need]
    ending: list[Need]
    paper: list[Need]


def all_of_them() -> Needs:
    """What waits now. Eight questions."""
    to_answer, no_room = _about_bookings()
    return Needs(
        to_call=_to_call(), to_answer=to_answer, no_room=no_room, to_talk=_to_talk(), unusable=_unusable(),
        ending=_ending(), paper=_paper(),
    )  # fmt: skip


# Selects that lists of people are narrowed with


def ending(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` of consents that are live and end within thirty days."""
    return joined(*columns).where(LIVE, clock.now() + ENDING_SOON >= ENDS_AT)


def unusable(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` of signed consents that would share something, or say nothing of what, and lack what the law asks."""
    now = clock.now()
    boxes = select(ConsentScope.id).where(ConsentScope.consent_id == Consent.id)
    says_a_day = or_(Consent.signed_on.is_not(None), Consent.not_usable_because.is_not(None))
    return (
        select(*columns)  # type: ignore[call-overload,no-any-return]
        .select_from(RelatedPerson)
        .join(Consent, Consent.related_person_id == RelatedPerson.id)
        .join(Patient, Patient.id == RelatedPerson.patient_id)
        .where(
            or_(Consent.signed_at <= now, and_(Consent.signed_at.is_(None), says_a_day)),
            not_over(now),
            or_(boxes.where(ConsentScope.off_at.is_(None)).exists(), ~boxes.exists()),
            Patient.discharged_at.is_(None),
            or_(
                not_(SAYS_THE_REST),
                ~boxes.where(SAYS_WHAT).exists(),
                not_(SIGNED_BY_WHOM_THE_LAW_ASKS),
                Consent.signed_at.is_(None),
            ),
        )
    )


def on_paper(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` of forms on paper that nobody has checked yet, or that count and have no scan."""
    now = clock.now()
    has_scan = select(ConsentScan.id).where(ConsentScan.consent_id == Consent.id).exists()
    return (
        select(*columns)  # type: ignore[call-overload,no-any-return]
        .select_from(Consent)
        .join(Patient, Patient.id == Consent.patient_id)
        .where(
            Consent.how_signed == HowSigned.PAPER,
            Consent.recorded_at.is_not(None),
            Consent.stopped_at.is_(None),
            Consent.invalid_since.is_(None),
            or_(Consent.verified_at.is_(None), and_(~has_scan, Consent.ends_at > now)),
        )
    )


def wanting_to_talk(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` (the patient's id) of people who asked to talk before they sign, in the last thirty days."""
    return select(*(columns or (SharingDraft.patient_id,))).where(  # type: ignore[call-overload,no-any-return]
        SharingDraft.wants_to_talk_at > clock.now() - DRAFTS_KEPT
    )


# Steps of the question

_WHO = (Patient.id, Patient.ref, Patient.given_name, Patient.family_name)


def _to_talk() -> list[Need]:
    rows: Any = session().execute(
        wanting_to_talk(SharingDraft.wants_to_talk_at, *_WHO)
        .join(Patient, Patient.id == SharingDraft.patient_id)
        .order_by(SharingDraft.wants_to_talk_at)
    )
    return [Need(Who(*who), at) for at, *who in rows]


def _unusable() -> list[Need]:
    # Forms on paper that were typed in here wait in a list of their own.
    elsewhere = or_(Consent.recorded_at.is_(None), Consent.verified_at.is_not(None))
    rows: Any = session().execute(
        unusable(Consent, SIGNED_BY_WHOM_THE_LAW_ASKS, *_WHO)
        .options(contains_eager(Consent.related_person), selectinload(Consent.scopes), selectinload(Consent.patient))
        .where(elsewhere)
        .order_by(Consent.id)
    )
    return [Need(Who(*who), why=missing_from(consent, by_whom_the_law_asks=holds)[0]) for consent, holds, *who in rows]


def _paper() -> list[Need]:
    rows: Any = session().execute(
        on_paper(Consent.ref, Consent.recorded_at, Consent.verified_at, Consent.not_usable_because, *_WHO).order_by(
            Consent.recorded_at
        )
    )
    return [Need(Who(*who), at, lacks or ("scan" if verified else ""), ref) for ref, at, verified, lacks, *who in rows]


def _ending() -> list[Need]:
    rows: Any = session().execute(ending(Consent.id, ENDS_AT, *_WHO).order_by(ENDS_AT).distinct())
    return [Need(Who(*who), ends_at - dt.timedelta(seconds=1)) for _, ends_at, *who in rows]


def _about_bookings() -> tuple[list[Need], list[Need]]:
    """Family sessions to come that wait for the therapist's yes, and those in person that have no room."""
    waits = and_(Appointment.status == AppointmentStatus.PENDING, Appointment.staff_says == Says.NEEDS_ACTION)
    has_no_room = and_(Appointment.mode != ONLINE, Appointment.place == "")
    rows: Any = session().execute(
        select(waits, has_no_room, Appointment.starts_at, Appointment.ref, *_WHO)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.status.in_(BOOKED), Appointment.starts_at > clock.now(), or_(waits, has_no_room))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    to_answer, no_room = [], []
    for is_waiting, is_without, starts_at, ref, *who in rows:
        need = Need(Who(*who), starts_at, booking_ref=ref)
        to_answer += [need] if is_waiting else []
        no_room += [need] if is_without else []
    return to_answer, no_room


def _to_call() -> list[Need]:
    """Family sessions to come of which somebody who booked can see nothing any more, and gets no reminder."""
    now = clock.now()
    seen = (
        joined(RelatedPerson.id)
        .where(LIVE, ConsentScope.scope == Scope.FAMILY)
        .where(
            RelatedPerson.patient_id == Appointment.patient_id,
            RelatedPerson.relative_id == AppointmentParticipant.relative_id,
        )
        .correlate(Appointment, AppointmentParticipant)
    )
    rows: Any = session().execute(
        select(Appointment.id, Appointment.starts_at, *_WHO)
        .join(AppointmentParticipant, AppointmentParticipant.appointment_id == Appointment.id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(
            Appointment.status.in_(BOOKED),
            Appointment.starts_at > now,
            and_(AppointmentParticipant.left_at.is_(None), ~seen.exists()),
        )
        .order_by(Appointment.starts_at)
        .distinct()
    )
    return [Need(Who(*who), starts_at) for _, starts_at, *who in rows]
