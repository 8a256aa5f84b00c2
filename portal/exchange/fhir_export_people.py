"""Patient, RelatedPerson, Practitioner and Organization, as the import reads them."""

from __future__ import annotations

import calendar
import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clinic
from portal.db import session
from portal.exchange.fhir_dates import comes_of_age
from portal.exchange.fhir_export_parts import CLINIC, Around, Json, concept, filled, id_of, resource
from portal.exchange.fhir_extensions import KNOWN_AS, PATIENT_SYSTEM, SHARED_MAILBOX, extension
from portal.exchange.fhir_names import ROLE_CODES
from portal.models import Account, CareTeamMember, Hold, HoldKind, Patient, RelatedPerson, Relative, StaffMember

LANGUAGE_TAGS = "urn:ietf:bcp:47"


def patient(around: Around) -> Json:
    """The patient, with the therapists who hold their family sessions."""
    row = around.patient
    team = session().scalars(
        select(StaffMember)
        .join(CareTeamMember, CareTeamMember.staff_id == StaffMember.id)
        .where(CareTeamMember.patient_id == row.id)
        .options(joinedload(StaffMember.account))
        .order_by(StaffMember.name, StaffMember.id)
    )
    return resource(
        "Patient",
        id_of(row),
        identifier=[{"system": PATIENT_SYSTEM, "value": row.ref}],
        name=[filled(given=[row.given_name], family=row.family_name)],
        telecom=_email(row.account.email if row.account else None),
        birthDate=_birth_date(row),
        deceasedBoolean=_is_held_as_dead(row) or None,
        communication=_language(row.language),
        generalPractitioner=[around.by(member) for member in team],
    )


def related_people(around: Around) -> list[Json]:
    """Everybody the patient ever named; those who did not accept, or whose sign-in was closed, are not active."""
    rows = session().scalars(
        select(RelatedPerson)
        .where(RelatedPerson.patient_id == around.patient.id)
        .options(joinedload(RelatedPerson.relative).joinedload(Relative.account))
        .order_by(RelatedPerson.id)
    )
    return [_related_person(around, row) for row in rows]


def practitioners(around: Around) -> list[Json]:
    """The staff whom the other resources have named."""
    return [
        resource("Practitioner", id_of(member), name=[{"text": member.name}], telecom=_email(member.account.email))
        for _, member in sorted(around.staff.items())
    ]


def organization() -> Json:
    """The clinic, under the name that consents are signed for."""
    facts = clinic.facts()
    phone = [{"system": "phone", "value": facts.phone}] if facts.phone else []
    return resource("Organization", CLINIC.partition("/")[2], name=facts.legal_name, telecom=phone)


def _related_person(around: Around, row: RelatedPerson) -> Json:
    is_active = row.accepted_at is not None and (row.relative is None or row.relative.account.active)
    # Until they have accepted, nothing but what the patient said of them; not even that they have an account.
    relative = row.relative if is_active else None
    account = relative.account if relative else None
    codes = concept(ROLE_CODES, row.relationship_code) if row.relationship_code else {}
    return resource(
        "RelatedPerson",
        id_of(row),
        extension=[extension(KNOWN_AS, valueString=row.known_as)],
        active=is_active,
        patient=around.patient_reference,
        relationship=[codes | filled(text=row.relation)] if codes or row.relation else [],
        name=[_name(row, relative)],
        telecom=_email(account.email if account else row.email, account),
        communication=_language(account.language) if account else [],
    )


def _name(row: RelatedPerson, relative: Relative | None) -> Json:
    if relative is not None and relative.name == row.name:
        return filled(given=[relative.given_name], family=relative.family_name)
    return {"text": row.name}


def _email(email: str | None, account: Account | None = None) -> list[Json]:
    if not email:
        return []
    shared = [extension(SHARED_MAILBOX, valueBoolean=True)] if account and account.shares_mailbox else []
    return [filled(extension=shared, system="email", value=email)]


def _language(language: str) -> list[Json]:
    return [{"language": concept(LANGUAGE_TAGS, language), "preferred": True}]


def _is_held_as_dead(row: Patient) -> bool:
    """Whether sharing is on hold because of a death. A hold that was released says that it was a mistake."""
    placed = select(Hold.id).where(
        Hold.patient_id == row.id, Hold.kind == HoldKind.DECEASED, Hold.released_at.is_(None)
    )
    return session().scalar(placed.limit(1)) is not None


def _birth_date(row: Patient) -> str | None:
    if row.birth_date is not None:
        return row.birth_date.isoformat()
    if row.adult_on is None:
        return None
    # Only a month was ever known: the one whose last day makes the patient come of age on that day.
    majority = clinic.facts().majority
    for day in (row.adult_on, row.adult_on - dt.timedelta(days=1)):
        year, month = day.year - majority, day.month
        born = dt.date(year, month, calendar.monthrange(year, month)[1])
        if comes_of_age(born, majority) == row.adult_on:
            return f"{year:04}-{month:02}"
    return None
