"""A file that was written here changes nothing here.

A patient who was born here is known elsewhere by our own label. Whatever a file says of them is compared
with what we would say; an older copy must not bring back what was stopped since.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.exchange import fhir_export
from portal.exchange.fhir_bundle import Bundle, Resource
from portal.exchange.fhir_extensions import PATIENT_SYSTEM
from portal.exchange.rows import matching
from portal.exchange.summary import Summary
from portal.models import Patient

OF_A_PATIENT = ("Patient", "RelatedPerson", "Consent", "Appointment", "Communication")
WHERE_THE_PATIENT_IS = {"RelatedPerson": "patient", "Consent": "patient", "Communication": "subject"}


def leave_alone(bundle: Bundle, summary: Summary) -> None:
    """Take out of `bundle` all that is about patients whose own label it names, and count it as unchanged.

    What differs from what is here is put before a person instead.
    """
    named = list(_labels_and_refs(bundle))
    with_account = select(Patient).options(joinedload(Patient.account))
    rows = {row.ref: row for row in matching(with_account, Patient.ref, {ref for _, ref in named})}
    kept = {label: rows[ref] for label, ref in named if ref in rows}
    if not kept:
        return
    ours = {patient.id: fhir_export.by_label(patient) for patient in kept.values()}
    for kind in OF_A_PATIENT:
        for resource in list(bundle.of(kind)):
            patient = next((kept[label] for label in _patients(bundle, resource) if label in kept), None)
            if patient is None:
                continue
            del bundle.resources[kind][resource.id]
            if _says(resource.body) == _says(ours[patient.id].get(resource.label, {})):
                summary.count(kind)
            else:
                summary.look_at(resource.label, "is about somebody kept here and says something else; not taken in.")


def _says(body: dict[str, Any]) -> dict[str, Any]:
    """A resource but for its identifiers: those are of the installation that wrote it."""
    return {name: value for name, value in body.items() if name != "identifier"}


def _labels_and_refs(bundle: Bundle) -> Iterator[tuple[str, str]]:
    for id_ in bundle.ids("Patient"):
        yield f"Patient/{id_}", id_
    for resource in bundle.of("Patient"):
        for identifier in resource.many("identifier"):
            if identifier.get("system") == PATIENT_SYSTEM and identifier.get("value"):
                yield resource.label, str(identifier["value"])


def _patients(bundle: Bundle, resource: Resource) -> list[str]:
    """Whom the resource is about, like Patient/p1."""
    if resource.kind == "Patient":
        return [resource.label]
    if resource.kind == "Appointment":
        return [bundle.label_of(one.get("actor")) for one in resource.many("participant")]
    return [bundle.label_of(resource.body.get(WHERE_THE_PATIENT_IS[resource.kind]))]
