"""What all exported resources are made of: names, references, instants and security labels."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from portal.exchange.fhir_bundle import ID
from portal.exchange.fhir_dates import is_over
from portal.models import Patient, RelatedPerson, StaffMember

Json = dict[str, Any]

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
ACT_CODE = f"{TERMINOLOGY}/v3-ActCode"
ACT_REASON = f"{TERMINOLOGY}/v3-ActReason"
CONFIDENTIALITY = f"{TERMINOLOGY}/v3-Confidentiality"
PARTICIPATION = f"{TERMINOLOGY}/v3-ParticipationType"

# What Part 2 protects is restricted, and goes no further without another consent.
SECURITY = [
    {"system": CONFIDENTIALITY, "code": "R", "display": "restricted"},
    {"system": ACT_CODE, "code": "42CFRPart2", "display": "42 CFR Part2"},
    {"system": ACT_CODE, "code": "NORDSCLCD", "display": "no redisclosure without consent directive"},
]
CLINIC = "Organization/clinic"


@dataclass
class Around:
    """The patient of one export, and the staff that its resources have named so far."""

    patient: Patient
    zone: ZoneInfo
    now: dt.datetime
    staff: dict[str, StaffMember] = field(default_factory=dict)

    @property
    def patient_reference(self) -> Json:
        return {"reference": label("Patient", self.patient)}

    def by(self, member: StaffMember) -> Json:
        """The reference to a member of staff, who then stands in the bundle too."""
        self.staff[label("Practitioner", member)] = member
        return {"reference": label("Practitioner", member)}

    def instant(self, moment: dt.datetime) -> str:
        """A moment on the clinic's wall clock, with its offset."""
        return moment.astimezone(self.zone).isoformat()

    def last_day(self, day: dt.date | None, moment: dt.datetime) -> str:
        """An end as it was agreed: the last day, or the instant when it is none at midnight."""
        if day is not None and is_over(day, self.zone) == moment:
            return day.isoformat()
        return self.instant(moment)

    def made_up_id(self, *what: object) -> str:
        """An id that comes out the same in every export, for what has no label of its own."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, (self.patient.ref, *what)))))


def id_of(row: Any) -> str:
    """The id of the system a row came from where FHIR can write it, else our own label."""
    external: str | None = row.external_id
    return external if external is not None and ID.fullmatch(external) else str(row.ref)


def label(kind: str, row: Any) -> str:
    """Patient/p1."""
    return f"{kind}/{id_of(row)}"


def resource(kind: str, id_: str, **elements: Any) -> Json:
    """One resource with its security labels; elements that are empty or None are left out."""
    return {"resourceType": kind, "id": id_, "meta": {"security": SECURITY}} | filled(**elements)


def filled(**elements: Any) -> Json:
    """The elements that hold something."""
    return {name: value for name, value in elements.items() if value not in (None, "", [], {})}


def concept(system: str, code: str, display: str = "") -> Json:
    """A CodeableConcept with one coding."""
    return {"coding": [filled(system=system, code=code, display=display)]}


def recipient(person: RelatedPerson) -> Json:
    """The actor who may receive what a provision permits."""
    role = concept(PARTICIPATION, "IRCP", "information recipient")
    return {"role": role, "reference": {"reference": label("RelatedPerson", person)}}
