"""What patients signed, as the clinic reads it: who signed how, what it lacks, who checked it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased, contains_eager, selectinload

from portal import clock
from portal.consent.live import SIGNED_BY_WHOM_THE_LAW_ASKS
from portal.db import session
from portal.errors import NotShared
from portal.models import Consent, HowSigned, Patient, RelatedPerson, StaffMember
from portal.services import needs
from portal.services.missing_elements import missing_from


class FormState(StrEnum):
    """What became of a signed form. Invalid is not stopped: it should never have been used."""

    INVALID = "invalid"
    REPLACED = "replaced"
    STOPPED = "stopped"
    ENDED = "ended"
    INCOMPLETE = "incomplete"
    UNCHECKED = "unchecked"
    NOT_BEGUN = "not begun"
    IN_FORCE = "in force"


@dataclass(frozen=True)
class SignedForm:
    """One signed form. `missing` names what it lacks; see `missing_from`."""

    consent: Consent
    missing: tuple[str, ...]
    state: FormState
    recorded_by: str | None
    verified_by: str | None

    @property
    def ref(self) -> str:
        return self.consent.ref

    @property
    def person(self) -> RelatedPerson:
        return self.consent.related_person

    @property
    def ends_on(self) -> dt.date | None:
        return self.consent.ends_sooner_on or self.consent.ends_on

    @property
    def email_level(self) -> str:
        return self.consent.lowered_email_level or self.consent.email_level


def of_patient(patient_id: int) -> Sequence[SignedForm]:
    """Every form of one patient, the newest first. Two questions, however many forms."""
    return _forms(Consent.patient_id == patient_id)


def find(patient_id: int, ref: str) -> SignedForm:
    """One form of one patient. Raises NotShared, also for another patient's."""
    found = _forms(Consent.patient_id == patient_id, Consent.ref == ref)
    if not found:
        raise NotShared
    return found[0]


def incomplete() -> Sequence[SignedForm]:
    """Forms of everybody in treatment that would share something and lack what the law asks for."""
    forms = _forms(Consent.id.in_(needs.unusable(Consent.id)))
    return [form for form in forms if form.state == FormState.INCOMPLETE]


def _forms(*conditions: ColumnElement[bool]) -> list[SignedForm]:
    recorded_by, verified_by = aliased(StaffMember), aliased(StaffMember)
    rows: Any = session().execute(
        select(Consent, SIGNED_BY_WHOM_THE_LAW_ASKS, recorded_by.name, verified_by.name)
        .join(Consent.related_person)
        .join(Patient, Patient.id == Consent.patient_id)
        .outerjoin(recorded_by, recorded_by.id == Consent.recorded_by_id)
        .outerjoin(verified_by, verified_by.id == Consent.verified_by_id)
        .options(contains_eager(Consent.related_person), selectinload(Consent.scopes), selectinload(Consent.patient))
        .where(*conditions)
        .order_by(Consent.signed_on.desc().nulls_last(), Consent.id.desc())
    )
    return [_form(*row) for row in rows]


def _form(consent: Consent, by_whom_the_law_asks: bool, recorded_by: str | None, verified_by: str | None) -> SignedForm:
    missing = missing_from(consent, by_whom_the_law_asks=by_whom_the_law_asks)
    return SignedForm(consent, missing, _state(consent, missing), recorded_by, verified_by)


def _state(consent: Consent, missing: tuple[str, ...]) -> FormState:
    now = clock.now()
    ends_at = consent.ends_sooner_at or consent.ends_at
    left_at = consent.patient.discharged_at if consent.ends_with_program else None
    states = {
        FormState.INVALID: consent.invalid_since is not None,
        FormState.REPLACED: consent.stopped_at is not None and consent.stopped_how == "replaced",
        FormState.STOPPED: consent.stopped_at is not None,
        FormState.ENDED: any(at is not None and at <= now for at in (ends_at, left_at)),
        FormState.INCOMPLETE: bool(missing),
        FormState.UNCHECKED: consent.how_signed == HowSigned.PAPER
        and (consent.verified_at is None or consent.verified_at > now),
        FormState.NOT_BEGUN: any(at is None or at > now for at in (consent.signed_at, consent.starts_at)),
    }
    return next((state for state, holds in states.items() if holds), FormState.IN_FORCE)
