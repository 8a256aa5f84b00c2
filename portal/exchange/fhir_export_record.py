"""AuditEvent: who looked at something of the patient's, and what was sent, from the record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.db import session
from portal.exchange.fhir_export_consents import Signed, consent_reference
from portal.exchange.fhir_export_parts import ACT_REASON, CLINIC, PARTICIPATION, Around, Json, concept, label, resource
from portal.models import Act, RecordEntry, RelatedPerson, StaffMember

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
SHOWN = {"system": DICOM, "code": "110110", "display": "Patient Record"}
SENT = {"system": DICOM, "code": "110106", "display": "Export"}
PERSON = {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "1", "display": "Person"}
PATIENT_ROLE = {"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1", "display": "Patient"}
READ = {"system": "http://hl7.org/fhir/restful-interaction", "code": "read", "display": "read"}


def looks_and_disclosures(around: Around, rows: list[Signed]) -> list[Json]:
    """Every look and every email that was sent, in the order of time."""
    consents = {row.consent.id: row.consent for row in rows}
    entries: Any = session().execute(
        select(RecordEntry, RelatedPerson, StaffMember)
        .outerjoin(
            RelatedPerson,
            (RelatedPerson.id == RecordEntry.related_person_id) & (RelatedPerson.patient_id == RecordEntry.patient_id),
        )
        .outerjoin(StaffMember, StaffMember.account_id == RecordEntry.account_id)
        .where(RecordEntry.patient_id == around.patient.id, RecordEntry.act.in_((Act.LOOKED, Act.SENT)))
        .options(joinedload(StaffMember.account))
        .order_by(RecordEntry.at, RecordEntry.id)
    )
    return [_event(around, entry, person, member, consents) for entry, person, member in entries]


def _event(
    around: Around, entry: RecordEntry, person: RelatedPerson | None, member: StaffMember | None, consents: Any
) -> Json:
    is_look = entry.act == Act.LOOKED
    agent: Json = {"who": _who(around, entry, person, member), "requestor": is_look}
    if person is not None:
        agent["type"] = concept(PARTICIPATION, "IRCP", "information recipient")
    custodian = {
        "type": concept(PARTICIPATION, "CST", "custodian"),
        "who": {"reference": CLINIC},
        "requestor": not is_look,
    }
    detail = [
        {"type": "what", "valueString": entry.what},
        {"type": "version", "valueString": str(entry.version)},
        {"type": "with the statement of 42 CFR 2.32", "valueString": "yes" if entry.notice_shown else "no"},
    ]
    entities: list[Json] = [{"what": around.patient_reference, "type": PERSON, "role": PATIENT_ROLE, "detail": detail}]
    if entry.consent_id in consents:
        entities.append({"what": consent_reference(consents[entry.consent_id])})
    return resource(
        "AuditEvent",
        around.made_up_id("record", entry.id),
        type=SHOWN if is_look else SENT,
        subtype=[READ] if is_look else [],
        action="R",
        recorded=around.instant(entry.at),
        outcome="0",
        purposeOfEvent=[concept(ACT_REASON, "FAMRQT", "family requested")] if person is not None else [],
        agent=[agent, custodian],
        source={"observer": {"reference": CLINIC}},
        entity=entities,
    )


def _who(around: Around, entry: RecordEntry, person: RelatedPerson | None, member: StaffMember | None) -> Json:
    if person is not None:
        return {"reference": label("RelatedPerson", person)}
    if member is not None:
        return around.by(member)
    if entry.account_id is not None and entry.account_id == around.patient.account_id:
        return around.patient_reference
    return {"display": "somebody with a sign-in"}
