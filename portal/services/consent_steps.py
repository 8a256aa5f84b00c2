"""The steps that acts on consents have in common: lock the patient, find the person, end what is in force, tell."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from portal.consent import record
from portal.consent.live import not_over
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared
from portal.models import Act, Consent, Patient, RelatedPerson


def lock_patient(patient_id: int) -> Patient:
    """The patient, held until the end of the transaction: signing, stopping and booking happen one after the other.

    A row that only points at the patient is not held up. Raises NotShared when there is no such patient.
    """
    patient = session().scalar(
        select(Patient).where(Patient.id == patient_id).with_for_update(of=Patient, key_share=True)
    )
    if patient is None:
        raise NotShared
    return patient


def related_person(patient: Patient, related_person_id: int) -> RelatedPerson:
    """Somebody this patient named. Raises NotShared when another patient did."""
    person = session().get(RelatedPerson, related_person_id)
    if person is None or person.patient_id != patient.id:
        raise NotShared
    return person


def end_consents(person: RelatedPerson, at: dt.datetime, *, how: str, asked_at: dt.datetime | None = None) -> int:
    """End every consent that was signed for `person` and is not over; returns how many.

    `asked_at` is when the patient asked for it.
    """
    if person.id is None:
        return 0
    ended = session().execute(
        update(Consent)
        .where(Consent.related_person_id == person.id, Consent.signed_at.is_not(None), not_over(at))
        .values(stopped_at=at, stopped_how=how, stop_asked_at=asked_at)
    )
    return ended.rowcount  # type: ignore[attr-defined,no-any-return]


def note(
    patient: Patient,
    act: Act,
    person: RelatedPerson | None = None,
    *,
    what: str = "sharing",
    consent_id: int | None = None,
    door: str = "patient",
    account_id: int | None = None,
) -> None:
    """Put the act on record; who did it was the patient, unless `account_id` says otherwise."""
    record.write(
        act,
        what,
        door=door,
        patient_id=patient.id,
        account_id=account_id if account_id is not None else patient.account_id,
        related_person_id=person.id if person else None,
        consent_id=consent_id,
    )


def send_the_notice(patient: Patient, *, is_own_act: bool = False) -> None:
    """Send the patient the one notice that says no more than "saved", whatever was done.

    They may turn it off for what they do themselves, never for what others do.
    """
    if patient.account_id is not None:
        outbox.queue("sharing_changed", to=patient.account_id, is_own_act=is_own_act)
