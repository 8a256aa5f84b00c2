"""Consents that never counted: mark one, and list everything that was shown and sent under it.

Invalid is not stopped. What was stopped was good until then; what is invalid should never have been
used (42 CFR 2.31(c)(2) and (4)), so each disclosure made under it is reviewed as a possible breach
(42 CFR 2.16(b), 45 CFR 164.402).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import contains_eager

from portal import clock
from portal.consent.scopes import UPDATE_SCOPES
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Act, Consent, FamilyUpdate, FamilyUpdateVersion, RecordEntry, StaffMember
from portal.services import fence
from portal.services.consent_steps import lock_patient, note, related_person, send_the_notice

MOST_LETTERS = 300


@dataclass(frozen=True)
class Disclosure:
    """One thing that was shown or sent. `title` is an update's, as it was shown; empty for everything else."""

    at: dt.datetime
    what: str
    title: str
    notice_shown: bool


@dataclass(frozen=True)
class Review:
    """What was disclosed under one consent, the earliest first."""

    looks: Sequence[Disclosure]
    emails: Sequence[Disclosure]


# Rules


def check_reason(reason: str) -> None:
    """Raise Refused unless it says why the consent never counted."""
    if not reason.strip():
        raise Refused(_l("Write why it never counted. Only staff read it."), "reason")
    if len(reason.strip()) > MOST_LETTERS:
        raise Refused(_l("Make the reason shorter: at most %(most)d letters", most=MOST_LETTERS), "reason")


# Questions


def find(ref: str) -> Consent:
    """A consent with its patient and its relative. Raises NotShared."""
    consent = session().scalar(_consents().where(Consent.ref == ref))
    if consent is None:
        raise NotShared
    return consent


def marked() -> Sequence[Consent]:
    """Every consent marked as invalid, with its people, the latest first. One question."""
    return (
        session()
        .scalars(
            _consents()
            .where(Consent.invalid_since.is_not(None))
            .order_by(Consent.invalid_since.desc(), Consent.id.desc())
        )
        .all()
    )


def made_under(consent: Consent) -> Review:
    """Every look under this consent, and every email to this relative about this patient while it ran. One question.

    An email obeys whatever consent is live when it goes, so an email belongs to the time of this one:
    from its signature until it was stopped, if it was.
    """
    entry = RecordEntry
    sent = and_(
        entry.act == Act.SENT,
        entry.patient_id == consent.patient_id,
        entry.related_person_id == consent.related_person_id,
        entry.at >= (consent.signed_at or clock.now()),
        *([entry.at <= consent.stopped_at] if consent.stopped_at else []),
    )
    looked = and_(entry.act == Act.LOOKED, entry.consent_id == consent.id)
    rows: Any = session().execute(
        select(
            entry.act,
            entry.at,
            entry.what,
            entry.notice_shown,
            func.coalesce(FamilyUpdateVersion.title, FamilyUpdate.title),
        )
        .outerjoin(
            FamilyUpdate,
            and_(FamilyUpdate.id == entry.thing_id, entry.act == Act.LOOKED, entry.what.in_(UPDATE_SCOPES)),
        )
        .outerjoin(
            FamilyUpdateVersion,
            and_(FamilyUpdateVersion.update_id == FamilyUpdate.id, FamilyUpdateVersion.version == entry.version),
        )
        .where(or_(looked, sent))
        .order_by(entry.at, entry.id)
    )
    found: dict[str, list[Disclosure]] = {Act.LOOKED: [], Act.SENT: []}
    for act, at, what, notice_shown, title in rows:
        found[act].append(Disclosure(at, what, title or "", notice_shown))
    return Review(looks=found[Act.LOOKED], emails=found[Act.SENT])


def _consents() -> Any:
    return (
        select(Consent)
        .join(Consent.patient)
        .join(Consent.related_person)
        .options(contains_eager(Consent.patient), contains_eager(Consent.related_person))
    )


# Acts


def mark(ref: str, *, reason: str, by: StaffMember) -> Consent:
    """Say that a consent never counted. Nothing that discloses under it starts after this was committed.

    Raises NotShared, Refused without a reason or when it is marked already.
    """
    consent = find(ref)
    patient = lock_patient(consent.patient_id)
    person = related_person(patient, consent.related_person_id)
    check_reason(reason)
    session().refresh(consent)
    if consent.invalid_since is not None:
        fence.refuse(patient.id, person, _l("This consent is marked as invalid already"))
    consent.invalid_since = clock.now()
    consent.invalid_because = reason.strip()
    fence.close(patient, [person])
    note(patient, Act.INVALID, person, consent_id=consent.id, door="privacy", account_id=by.account_id)
    send_the_notice(patient)
    return consent
