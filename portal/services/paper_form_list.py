"""Forms on paper as the care team finds them: which wait for a second person, and what each of them lacks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import contains_eager, selectinload

from portal import clinic, clock
from portal.db import session
from portal.errors import NotShared
from portal.models import Consent, HowSigned, MinorRule, Patient, RelatedPerson, StaffMember
from portal.services.missing_elements import elements_missing_from
from portal.services.paper_form_elements import About, Element

# Typed in, and nobody has decided about it yet.
WAITS = and_(
    Consent.how_signed == HowSigned.PAPER,
    Consent.recorded_at.is_not(None),
    Consent.verified_at.is_(None),
    Consent.stopped_at.is_(None),
    Consent.invalid_since.is_(None),
)


def about(patient: Patient) -> About:
    """What the rules need to know of the person in treatment, today."""
    today = clinic.today()
    is_minor = patient.adult_on is not None and patient.adult_on > today
    return About(
        name=patient.name,
        given_name=patient.given_name,
        today=today,
        email=patient.account.email if patient.account else None,
        is_minor=is_minor,
        needs_parent=is_minor and clinic.facts().minor_rule == MinorRule.MINOR_AND_PARENT,
        has_left=patient.discharged_at is not None and patient.discharged_at <= clock.now(),
        planned_end_on=patient.planned_end_on,
    )


def forms_of(patient_id: int) -> Sequence[Consent]:
    """Every form of one patient that was typed in here, with its person, the newest first."""
    return _forms(Consent.patient_id == patient_id)


def find(patient_id: int, ref: str) -> Consent:
    """One of them. Raises NotShared, also for another patient's and for what was not on paper."""
    found = _forms(Consent.patient_id == patient_id, Consent.ref == ref)
    if not found:
        raise NotShared
    return found[0]


def waits(consent: Consent) -> bool:
    """Whether a second person can still check the form, or throw it out."""
    return consent.verified_at is None and consent.stopped_at is None and consent.invalid_since is None


def lacking(consent: Consent) -> list[Element]:
    """The elements that a form lacks, in the order of the law."""
    missing = elements_missing_from(consent)
    if not _says_by_what_right(consent):
        missing.append(Element.SIGNATURE)
    return [element for element in Element if element in missing]


def _says_by_what_right(consent: Consent) -> bool:
    return consent.representative_authority is None or bool(consent.representative_authority.strip())


def people_of(patient_id: int) -> Sequence[RelatedPerson]:
    """Those whom the form may be for: everybody the patient ever named."""
    named = RelatedPerson.patient_id == patient_id, RelatedPerson.name != ""
    return session().scalars(select(RelatedPerson).where(*named).order_by(RelatedPerson.name)).all()


def staff_name(staff_id: int | None) -> str:
    """Who typed a form in, or checked it."""
    return session().scalar(select(StaffMember.name).where(StaffMember.id == staff_id)) or ""


def _forms(*conditions: ColumnElement[bool]) -> Sequence[Consent]:
    return (
        session()
        .scalars(
            select(Consent)
            .join(Consent.related_person)
            .options(contains_eager(Consent.related_person), selectinload(Consent.scopes))
            .where(Consent.how_signed == HowSigned.PAPER, Consent.recorded_at.is_not(None), *conditions)
            .order_by(Consent.recorded_at.desc(), Consent.id.desc())
        )
        .all()
    )
