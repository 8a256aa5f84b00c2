"""One patient as a FHIR R4 Bundle: people, consents, sessions, updates, and the record of who looked."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from portal import clinic, clock
from portal.db import db, session, writing
from portal.exchange import fhir_export_people as people
from portal.exchange.fhir_export_consents import consents, signed
from portal.exchange.fhir_export_parts import SECURITY, Around, Json
from portal.exchange.fhir_export_provenance import provenance
from portal.exchange.fhir_export_record import looks_and_disclosures
from portal.exchange.fhir_export_updates import updates
from portal.exchange.fhir_export_visits import Visits
from portal.models import Act, Patient, RecordEntry


class NoSuchPatient(Exception):
    """There is no patient with that id."""


def patient_called(id_: str) -> Patient:
    """The patient who was imported under `id_`, else whose own label that is. Raises NoSuchPatient."""
    query = select(Patient).options(joinedload(Patient.account))
    found = list(session().scalars(query.where(or_(Patient.external_id == id_, Patient.ref == id_))))
    if not found:
        raise NoSuchPatient(f"There is no patient {id_}.")
    return min(found, key=lambda patient: patient.external_id != id_)


def bundle(patient: Patient) -> Json:
    """A Bundle of the type collection. Changes nothing; whoever hands it out puts that on record first."""
    here = f"{current_app.config['SETTINGS'].base_url}/fhir"
    entries = [{"fullUrl": f"{here}/{_label(body)}", "resource": body} for body in resources(patient)]
    return {
        "resourceType": "Bundle",
        "meta": {"security": SECURITY},
        "type": "collection",
        "timestamp": clock.now().astimezone(clinic.zone()).isoformat(),
        "entry": entries,
    }


def put_on_record(patient: Patient) -> None:
    """That a command wrote this patient to a file, in a transaction of its own: committed when this returns."""
    with writing(), db.sessionmaker.begin() as own_session:
        own_session.add(
            RecordEntry(at=clock.now(), act=Act.EXPORTED, what="fhir", door="command", patient_id=patient.id)
        )


def resources(patient: Patient, *, with_history: bool = True) -> list[Json]:
    """All resources of the patient. Without history: those alone that the import takes in."""
    around = Around(patient, clinic.zone(), clock.now())
    rows, visits = signed(around), Visits(around)
    found = [people.patient(around), *people.related_people(around), *consents(around, rows)]
    if with_history:
        found += provenance(around, rows)
    found += [*visits.all(), *updates(around)]
    if with_history:
        found += looks_and_disclosures(around, rows)
    return [people.organization(), *people.practitioners(around), *visits.places(), *found]


def by_label(patient: Patient) -> dict[str, Json]:
    """What the import would take in, by names like Consent/c1."""
    return {_label(body): body for body in resources(patient, with_history=False)}


def _label(body: dict[str, Any]) -> str:
    return f"{body['resourceType']}/{body['id']}"
