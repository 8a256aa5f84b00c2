"""Who sees what of one patient, for the care team: the same picture that the patient sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from portal import clinic, clock
from portal.consent.live import joined
from portal.consent.own.consents import BOX, SIGNED
from portal.consent.picture import Picture, Sharing
from portal.db import session
from portal.models import Account, Act, Consent, Patient, RecordEntry, RelatedPerson, Relative


@dataclass(frozen=True)
class Reached:
    """How one relative is reached: their language, and whether others read their mailbox."""

    language: str
    shares_mailbox: bool


def sharing_of(patient: Patient) -> list[Sharing]:
    """Where each person stands with this patient: the picture the patient sees too. Four questions."""
    whose = RelatedPerson.patient_id == patient.id
    people: Any = session().scalars(select(RelatedPerson).where(whose, RelatedPerson.name != "")).all()
    consents: Any = session().execute(select(*SIGNED).where(Consent.patient_id == patient.id)).all()
    scopes: Any = session().execute(joined(*BOX).where(whose))
    looks = session().execute(
        select(RecordEntry.related_person_id, func.max(RecordEntry.at))
        .where(
            RecordEntry.patient_id == patient.id,
            RecordEntry.act == Act.LOOKED,
            RecordEntry.related_person_id.is_not(None),
        )
        .group_by(RecordEntry.related_person_id)
    )
    drawn_from = Picture(
        people,
        consents,
        scopes.all(),
        {person_id: at for person_id, at in looks if person_id is not None},
        is_paused=patient.paused_at is not None,
        discharged_at=patient.discharged_at,
        now=clock.now(),
        zone=clinic.zone(),
    )
    return drawn_from.everybody()


def how_reached(patient: Patient) -> dict[int, Reached]:
    """Language and mailbox of each relative of the patient who has a sign-in, by related person."""
    rows = session().execute(
        select(RelatedPerson.id, Account.language, Account.shares_mailbox)
        .join(Relative, Relative.id == RelatedPerson.relative_id)
        .join(Account, Account.id == Relative.account_id)
        .where(RelatedPerson.patient_id == patient.id)
    )
    return {person_id: Reached(language, shares_mailbox) for person_id, language, shares_mailbox in rows}
