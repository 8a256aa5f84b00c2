"""Who can be invited and who was: lists for the care team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.consent.invitations import invitable
from portal.db import session
from portal.errors import NotShared
from portal.models import Consent, Invitation, OutgoingEmail, Patient, RelatedPerson

PAGE = 25


class State(StrEnum):
    """Where an invitation stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    ENDED = "ended"


@dataclass(frozen=True)
class Candidate:
    """Somebody a patient signed for, who has no sign-in for it yet, and the consent that allows to say so."""

    person: RelatedPerson
    patient: Patient
    consent: Consent


@dataclass(frozen=True)
class Line:
    """One invitation in a list. `mail` is what became of its email: None, waiting, sent, withheld or failed."""

    invitation: Invitation
    patient: Patient | None
    state: State
    mail: str | None


def candidates(patient_id: int | None = None) -> list[Candidate]:
    """Everybody who can be invited now, by the patient's family name, with the newest consent. One question.

    `patient_id` narrows it to those close to one patient.
    """
    whose = [] if patient_id is None else [Patient.id == patient_id]
    rows: Any = session().execute(
        invitable(RelatedPerson, Patient, Consent)
        .where(*whose)
        .order_by(func.lower(Patient.family_name), func.lower(Patient.given_name), RelatedPerson.id, Consent.id)
        .distinct()
    )
    found = {person.id: Candidate(person, patient, consent) for person, patient, consent in rows}
    return list(found.values())


def candidate(ref: str) -> Candidate | RelatedPerson:
    """One of them; or the person alone, when nothing in force allows to invite them. Raises NotShared."""
    rows: Any = session().execute(
        invitable(RelatedPerson, Patient, Consent).where(RelatedPerson.ref == ref).order_by(Consent.id)
    )
    found = [Candidate(*row) for row in rows]
    if found:
        return found[-1]
    person = session().scalar(
        select(RelatedPerson).options(joinedload(RelatedPerson.patient)).where(RelatedPerson.ref == ref)
    )
    if person is None:
        raise NotShared
    return person


def line(ref: str) -> Line:
    """One invitation. Raises NotShared."""
    found = _as_lines(_select().where(Invitation.ref == ref))
    if not found:
        raise NotShared
    return found[0]


def lines(state: State | None = None, *, offset: int = 0, most: int = PAGE) -> Sequence[Line]:
    """Invitations, the latest first; all or those in one state. One question."""
    where = [_in(state)] if state else []
    latest_first = _select().where(*where).order_by(Invitation.made_at.desc(), Invitation.id.desc())
    return _as_lines(latest_first.offset(offset).limit(most))


def of_patient(patient_id: int) -> Sequence[Line]:
    """Invitations of people close to one patient, the latest first. One question."""
    return _as_lines(
        _select().where(Patient.id == patient_id).order_by(Invitation.made_at.desc(), Invitation.id.desc()).limit(PAGE)
    )


def counts() -> dict[State, int]:
    """How many invitations stand where."""
    return {state: session().scalar(select(func.count(Invitation.id)).where(_in(state))) or 0 for state in State}


# Steps of the questions


def _select() -> Any:
    return (
        select(Invitation, Patient, OutgoingEmail.id, OutgoingEmail.outcome)
        .outerjoin(RelatedPerson, RelatedPerson.id == Invitation.related_person_id)
        .outerjoin(Patient, Patient.id == RelatedPerson.patient_id)
        .outerjoin(OutgoingEmail, and_(OutgoingEmail.message == "invitation", OutgoingEmail.about_id == Invitation.id))
    )


def _as_lines(rows: Any) -> list[Line]:
    now = clock.now()
    return [
        Line(invitation, patient, _state(invitation, now), (outcome or "waiting") if email_id else None)
        for invitation, patient, email_id, outcome in session().execute(rows)
    ]


def _state(invitation: Invitation, now: dt.datetime) -> State:
    if invitation.accepted_at is not None:
        return State.ACCEPTED
    return State.ENDED if invitation.ended_at is not None or invitation.ends_at <= now else State.SENT


def _in(state: State) -> ColumnElement[bool]:
    over = or_(Invitation.ended_at.is_not(None), Invitation.ends_at <= clock.now())
    if state == State.ACCEPTED:
        return Invitation.accepted_at.is_not(None)
    unused = Invitation.accepted_at.is_(None)
    return and_(unused, over) if state == State.ENDED else and_(unused, ~over)
