"""What needs the care team: requests to talk, forms that cannot be used, sharing that ends, people to call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, not_, or_, select

from portal import clock
from portal.consent.live import COMPLETE, LIVE, SIGNED_BY_WHOM_THE_LAW_ASKS, joined, not_over
from portal.consent.own.drafts import DRAFTS_KEPT
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import (
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Consent,
    ConsentScan,
    ConsentScope,
    HowSigned,
    Patient,
    RelatedPerson,
    SharingDraft,
)
from portal.services.endings import ENDS_AT
from portal.services.schedule import Who

ENDING_SOON = dt.timedelta(days=30)


@dataclass(frozen=True)
class Need:
    """Something about one patient that waits for the care team; `at` is the moment it is about."""

    who: Who
    at: dt.datetime | None = None
    why: str = ""
    form_ref: str = ""


@dataclass(frozen=True)
class Needs:
    """Everything that waits, the most pressing kind first."""

    to_call: list[Need]
    to_talk: list[Need]
    unusable: list[Need]
    ending: list[Need]
    paper: list[Need]


def all_of_them() -> Needs:
    """What waits now. Five questions."""
    return Needs(to_call=_to_call(), to_talk=_to_talk(), unusable=_unusable(), ending=_ending(), paper=_paper())


# Selects that lists of people are narrowed with


def ending(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` of consents that are live and end within thirty days."""
    return joined(*columns).where(LIVE, clock.now() + ENDING_SOON >= ENDS_AT)


def unusable(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` of signed consents that would share something, and lack what the law asks for."""
    now = clock.now()
    return joined(*columns).where(
        Consent.signed_at <= now,
        not_over(now),
        ConsentScope.off_at.is_(None),
        Patient.discharged_at.is_(None),
        or_(not_(COMPLETE), not_(SIGNED_BY_WHOM_THE_LAW_ASKS)),
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
    rows: Any = session().execute(unusable(Consent, *_WHO).where(elsewhere).order_by(Consent.id).distinct())
    by_consent = {consent.id: Need(Who(*who), why=what_is_missing(consent)) for consent, *who in rows}
    return list(by_consent.values())


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
            Appointment.status == AppointmentStatus.CONFIRMED,
            Appointment.starts_at > now,
            and_(AppointmentParticipant.left_at.is_(None), ~seen.exists()),
        )
        .order_by(Appointment.starts_at)
        .distinct()
    )
    return [Need(Who(*who), starts_at) for _, starts_at, *who in rows]


def what_is_missing(consent: Consent) -> str:
    """The element of 42 CFR 2.31(a) that a signed form lacks: a key of the page's sentences."""
    elements = {
        "discloser": consent.discloser,
        "purpose": consent.purpose,
        "how_to_stop": consent.how_to_stop,
        "signer": consent.signer_name,
        "date": consent.signed_on,
        "end": consent.ends_at,
    }
    missing = next((name for name, value in elements.items() if not value), None)
    if missing is not None:
        return missing
    return "other" if consent.not_usable_because else "signature"
