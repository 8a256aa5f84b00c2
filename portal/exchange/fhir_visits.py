"""What a FHIR Appointment says: when, what kind, where, and who takes part."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from portal import clinic
from portal.exchange.fhir_bundle import Bundle, Resource, codes, parts
from portal.exchange.fhir_dates import begins, day_or_instant
from portal.exchange.fhir_extensions import CHANGED_FROM, extended
from portal.exchange.fhir_people import People
from portal.models import Kind, Patient, RelatedPerson, StaffMember

KIND_SYSTEM = "urn:family-portal:kind"
# Whether somebody came is nobody's business here: these are sessions like any other.
TAKES_PLACE = ("booked", "arrived", "checked-in", "fulfilled", "noshow")
CANCELLED = "cancelled"
NOT_AGREED = ("proposed", "pending", "waitlist")
IN_ERROR = "entered-in-error"
VIRTUAL = "vi"
VIRTUAL_WORDS = ("online", "tele", "video", "virtual", "remote")
IN_PERSON, ONLINE = "in person", "online"


@dataclass(frozen=True)
class Visit:
    """One Appointment, read. `kind` is empty for what has none here, such as a medication visit."""

    source: Resource
    status: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    changed_from: dt.datetime | None
    kind: str
    is_booking: bool
    place: str
    mode: str
    patients: tuple[Patient, ...]
    relatives: tuple[RelatedPerson, ...]
    staff: StaffMember | None

    @property
    def is_cancelled(self) -> bool:
        return self.status == CANCELLED

    @property
    def is_kept(self) -> bool:
        """Whether both sides have agreed to it."""
        return self.is_cancelled or self.status in TAKES_PLACE


def read(bundle: Bundle, people: People, source: Resource) -> Visit:
    """The Appointment `source`. Raises BadBundle, naming it."""
    status: str = source.body["status"]
    if status not in (*TAKES_PLACE, CANCELLED, *NOT_AGREED, IN_ERROR):
        raise source.wrong("status", "is none of FHIR R4.")
    starts_at, ends_at = _moment(source, "start"), _moment(source, "end")
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise source.wrong("end", "must be after its start.")
    patients: dict[int, Patient] = {}
    relatives: dict[int, RelatedPerson] = {}
    staff: StaffMember | None = None
    places: list[dict[str, Any]] = []
    for n, participant in enumerate(source.many("participant")):
        reference = participant.get("actor")
        kind, place = bundle.label_of(reference).partition("/")[0], f"participant.{n}.actor"
        if not reference or participant.get("status") == "declined":
            continue
        if kind == "Patient":
            patient = people.patient(source, place, reference)
            patients[patient.id] = patient
        elif kind == "RelatedPerson":
            person = people.related(source, place, reference)
            if person is not None:
                relatives[person.id] = person
        elif kind in ("Practitioner", "PractitionerRole"):
            staff = staff or people.staff.member(source, place, reference)
        elif kind == "Location":
            places.append(reference)
    name, mode = _where(bundle, source, places)
    return Visit(
        source=source,
        status=status,
        starts_at=starts_at,
        ends_at=ends_at,
        changed_from=_changed_from(source),
        kind=_kind(source),
        is_booking=Kind.FAMILY in codes(source.body.get("appointmentType"), KIND_SYSTEM),
        place=name,
        mode=mode,
        patients=tuple(patients[id_] for id_ in sorted(patients)),
        relatives=tuple(relatives[id_] for id_ in sorted(relatives)),
        staff=staff,
    )


def _moment(source: Resource, name: str) -> dt.datetime | None:
    value = day_or_instant(source, name, source.body.get(name))
    return begins(value, clinic.zone()) if value is not None else None


def _changed_from(source: Resource) -> dt.datetime | None:
    value = day_or_instant(source, "extension", extended(source.body, CHANGED_FROM))
    return begins(value, clinic.zone()) if value is not None else None


def _kind(source: Resource) -> str:
    found = [code for concept in source.many("serviceType") for code in codes(concept, KIND_SYSTEM)]
    return next((code for code in found if code in tuple(Kind)), "")


def _where(bundle: Bundle, source: Resource, places: list[dict[str, Any]]) -> tuple[str, str]:
    if not places:
        return "", ONLINE
    names, is_virtual = [], False
    for reference in places:
        location = bundle.get(bundle.label_of(reference))
        name = (location.body.get("name") if location else None) or reference.get("display") or ""
        if not name and location is None:
            raise source.wrong("participant.actor", f"names {reference.get('reference')}, which is not in the bundle.")
        names.append(" ".join(str(name).split()))
        forms = parts(location.body.get("physicalType") or {}, "coding") if location else []
        is_virtual |= any(form.get("code") == VIRTUAL for form in forms)
        is_virtual |= any(word in f"{name} {reference.get('reference')}".lower() for word in VIRTUAL_WORDS)
    return ", ".join(name for name in names if name), ONLINE if is_virtual else IN_PERSON
