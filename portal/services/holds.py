"""Holds: the privacy office stops sharing, with one person or with everybody. A hold only ever restricts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import aliased

from portal import clock
from portal.consent import record
from portal.consent.live import not_over
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Act, Consent, Hold, HoldKind, Patient, RelatedPerson, StaffMember
from portal.services import fence, session_news
from portal.services.consent_steps import lock_patient, note, related_person, send_the_notice

MOST_LETTERS = 300
PAGE = 25


@dataclass(frozen=True)
class HoldLine:
    """One hold as the privacy office reads it. Without a person it holds all of the patient's sharing.

    `placed_by` is None when the clinic's other system asked for it.
    """

    ref: str
    patient_id: int
    patient_ref: str
    patient_name: str
    person_name: str | None
    kind: str
    reason: str
    placed_at: dt.datetime
    placed_by: str | None
    released_at: dt.datetime | None
    released_by: str | None


# Rules


def check_kind(kind: str | None) -> None:
    """Raise Refused unless it says why, in one of the three ways we know."""
    if kind not in tuple(HoldKind):
        raise Refused(_l("Choose why sharing has to stop"), "kind")


def check_whom(kind: str, related_person_id: int | None) -> None:
    """Raise Refused when a hold about the patient's own state is set for one person only (42 CFR 2.15)."""
    if kind != HoldKind.PRIVACY and related_person_id is not None:
        raise Refused(_l("Choose all sharing. Nobody can sign in their place just now."), "whom")


def check_reason(reason: str) -> None:
    """Raise Refused unless there is a reason that the next privacy officer can understand."""
    if not reason.strip():
        raise Refused(_l("Write the reason. Only staff read it."), "reason")
    if len(reason.strip()) > MOST_LETTERS:
        raise Refused(_l("Make the reason shorter: at most %(most)d letters", most=MOST_LETTERS), "reason")


# Questions


def open_ones(patient_id: int | None = None) -> Sequence[HoldLine]:
    """Holds that are in force, of one patient or of all, the latest first. One question."""
    whose = [] if patient_id is None else [Hold.patient_id == patient_id]
    return _lines(Hold.released_at.is_(None), *whose)


def released(patient_id: int | None = None, *, most: int = PAGE) -> Sequence[HoldLine]:
    """Holds that were released, the latest first. One question."""
    whose = [] if patient_id is None else [Hold.patient_id == patient_id]
    return _lines(Hold.released_at.is_not(None), *whose, most=most)


def _lines(*conditions: ColumnElement[bool], most: int | None = None) -> list[HoldLine]:
    placed_by, released_by = aliased(StaffMember), aliased(StaffMember)
    rows: Any = session().execute(
        select(Hold, Patient, RelatedPerson.name, placed_by.name, released_by.name)
        .join(Patient, Patient.id == Hold.patient_id)
        .outerjoin(RelatedPerson, RelatedPerson.id == Hold.related_person_id)
        .outerjoin(placed_by, placed_by.id == Hold.placed_by_id)
        .outerjoin(released_by, released_by.id == Hold.released_by_id)
        .where(*conditions)
        .order_by(func.coalesce(Hold.released_at, Hold.placed_at).desc(), Hold.id.desc())
        .limit(most)
    )
    return [
        HoldLine(
            ref=hold.ref,
            patient_id=patient.id,
            patient_ref=patient.ref,
            patient_name=patient.name,
            person_name=person_name,
            kind=hold.kind,
            reason=hold.reason,
            placed_at=hold.placed_at,
            placed_by=placed,
            released_at=hold.released_at,
            released_by=freed,
        )
        for hold, patient, person_name, placed, freed in rows
    ]


# Acts


def place(patient_id: int, related_person_id: int | None, *, kind: str, reason: str, by: StaffMember | None) -> Hold:
    """Stop sharing with one person, or with everybody, until it is released.

    Nothing that discloses starts after this was committed. Holds nest: each is released on its own.
    The same hold placed twice, as by a double click, is one hold, and waits as the first does. `by` is
    None when the clinic's other system asks for it.
    Raises NotShared when the person is not the patient's, Refused without a kind or a reason.
    """
    patient = lock_patient(patient_id)
    person = _related(patient, related_person_id)
    check_kind(kind)
    check_whom(kind, related_person_id)
    check_reason(reason)
    fence.close(patient, [person] if person else patient.related_people)
    if (same := _same(patient, related_person_id, kind, reason)) is not None:
        return same
    hold = Hold(
        patient_id=patient.id,
        related_person_id=related_person_id,
        kind=str(kind),
        reason=reason.strip(),
        placed_at=clock.now(),
        placed_by_id=by.id if by else None,
    )
    session().add(hold)
    _keep_the_fast_rule(patient, person)
    _tell(Act.HELD, patient, hold, by)
    return hold


def release(ref: str, *, by: StaffMember) -> Hold:
    """End one hold. Sharing goes on if no other hold is open and everything else still allows it.

    What somebody signed does not outlive them: after the hold of a death a personal representative signs
    anew (42 CFR 2.15(b)). Releasing twice is releasing once. Raises NotShared.
    """
    patient_id = session().scalar(select(Hold.patient_id).where(Hold.ref == ref))
    if patient_id is None:
        raise NotShared
    patient = lock_patient(patient_id)
    hold = session().scalars(select(Hold).where(Hold.ref == ref)).one()
    if hold.released_at is not None:
        return hold
    hold.released_at = clock.now()
    hold.released_by_id = by.id
    if hold.kind == HoldKind.DECEASED:
        _end_what_was_signed_before(patient, hold, by)
    _keep_the_fast_rule(patient, _related(patient, hold.related_person_id))
    session_news.remind_again(patient.id)
    _tell(Act.RELEASED, patient, hold, by)
    return hold


def _end_what_was_signed_before(patient: Patient, hold: Hold, by: StaffMember) -> None:
    """End all the patient ever signed, and what others signed for them before the hold; it shared nothing since."""
    now = clock.now()
    older = and_(
        Consent.patient_id == patient.id,
        not_over(now),
        or_(
            Consent.representative_authority.is_(None),
            func.coalesce(Consent.recorded_at, Consent.signed_at) <= hold.placed_at,
        ),
    )
    whose = set(session().scalars(select(Consent.related_person_id).where(older)))
    session().execute(update(Consent).where(older).values(stopped_at=now, stopped_how=HoldKind.DECEASED))
    for person in patient.related_people:
        if person.id in whose:
            note(patient, Act.STOPPED, person, door="privacy", account_id=by.account_id)


def _keep_the_fast_rule(patient: Patient, person: RelatedPerson | None) -> None:
    """Make `on_hold_since` say since when some hold is open; every read asks that column, not the holds."""
    session().flush()
    whom = Hold.related_person_id.is_(None) if person is None else Hold.related_person_id == person.id
    (person or patient).on_hold_since = session().scalar(
        select(func.min(Hold.placed_at)).where(Hold.patient_id == patient.id, whom, Hold.released_at.is_(None))
    )


def _same(patient: Patient, related_person_id: int | None, kind: str, reason: str) -> Hold | None:
    return session().scalar(
        select(Hold).where(
            Hold.patient_id == patient.id,
            Hold.related_person_id.is_not_distinct_from(related_person_id),
            Hold.kind == kind,
            Hold.reason == reason.strip(),
            Hold.released_at.is_(None),
        )
    )


def _related(patient: Patient, related_person_id: int | None) -> RelatedPerson | None:
    if related_person_id is None:
        return None
    return related_person(patient, related_person_id)


def _tell(act: Act, patient: Patient, hold: Hold, by: StaffMember | None) -> None:
    """The record learns that and not why; the patient gets the notice that says no more than "saved"."""
    record.write(
        act, "sharing", door="privacy", patient_id=patient.id, account_id=by.account_id if by else None,
        related_person_id=hold.related_person_id,
    )  # fmt: skip
    # Whoever opens the mailbox of somebody who died is not the one it is for.
    if hold.kind != HoldKind.DECEASED:
        send_the_notice(patient)
