"""FHIR bundles made by hand: Noor, who is in treatment, and Ana, the mother Noor signed a form for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from sqlalchemy import text

from portal.db import db

SCOPE, KIND = "urn:family-portal:scope", "urn:family-portal:kind"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
NOOR, ANA, BEN = "noor@patients.example", "ana@families.example", "ben@riverbend.example"

Json = dict[str, Any]


def patient(id_: str = "p1", **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": id_,
        "name": [{"given": ["Noor", "J."], "family": "Haddad"}],
        "telecom": [{"system": "email", "value": NOOR}],
        "birthDate": "1982-02-03",
    } | more


def related_person(id_: str = "rp1", email: str | None = ANA, who: str = "p1", **more: Any) -> Json:
    return {
        "resourceType": "RelatedPerson",
        "id": id_,
        "patient": {"reference": f"Patient/{who}"},
        "name": [{"given": ["Ana"], "family": "Haddad"}],
        "telecom": [{"system": "email", "value": email}] if email else [],
        "relationship": [{"coding": [{"system": ROLE, "code": "MTH"}]}],
        "birthDate": "1958",
    } | more


USUAL = ("times", "family", "going", "email-notice")


def provision(who: str = "rp1", scopes: Iterable[str] = USUAL, **more: Any) -> Json:
    return {
        "type": "permit",
        "period": {"start": "2026-11-16", "end": "2027-02-12"},
        "actor": [{"role": {"coding": [{"code": "IRCP"}]}, "reference": {"reference": f"RelatedPerson/{who}"}}],
        "purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "SUPNWK"}],
        "code": [{"coding": [{"system": SCOPE, "code": code}]} for code in scopes],
    } | more


def consent(*provisions: Json, id_: str = "c1", **more: Any) -> Json:
    return {
        "resourceType": "Consent",
        "id": id_,
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"code": "42CFRPart2CD"}]}],
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2026-11-16T10:00:00-06:00",
        "performer": [{"reference": "Patient/p1"}],
        "organization": [{"reference": "Organization/clinic"}],
        "verification": [{"verified": True}],
        "provision": {"provision": list(provisions or (provision(),))},
    } | more


def appointment(id_: str, start: str, end: str, *actors: str, kind: str | None = "group", **more: Any) -> Json:
    return {
        "resourceType": "Appointment",
        "id": id_,
        "status": "booked",
        "start": start,
        "end": end,
        "serviceType": [{"coding": [{"system": KIND, "code": kind}]}] if kind else [],
        "participant": [
            {"actor": {"reference": actor}, "status": "accepted"} for actor in actors or ("Patient/p1", "Location/room")
        ],
    } | more


def tonight(id_: str = "a1", *actors: str, **more: Any) -> Json:
    return appointment(id_, "2026-11-23T18:00:00-06:00", "2026-11-23T21:00:00-06:00", *actors) | more


def family_session(
    id_: str = "f1", start: str = "17:00", end: str = "17:50", day: str = "2026-12-01", **more: Any
) -> Json:
    return appointment(
        id_, f"{day}T{start}:00-06:00", f"{day}T{end}:00-06:00", "Patient/p1", "RelatedPerson/rp1", "Practitioner/ben",
        kind="family", appointmentType={"coding": [{"system": KIND, "code": "family"}]}, **more,
    )  # fmt: skip


def communication(id_: str = "u1", category: str | None = "going", **more: Any) -> Json:
    return {
        "resourceType": "Communication",
        "id": id_,
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "sent": "2026-11-22T10:00:00-06:00",
        "topic": {"text": "The first weeks"},
        "payload": [{"contentString": "Sleep comes back."}, {"contentString": "Be patient."}],
        "category": [{"coding": [{"system": SCOPE, "code": category}]}] if category else [],
        "sender": {"reference": "Practitioner/ben"},
    } | more


BEN_PRACTICES: Json = {
    "resourceType": "Practitioner",
    "id": "ben",
    "name": [{"family": "Osei"}],
    "telecom": [{"system": "email", "value": "Ben@Riverbend.example"}],
}
ORGANIZATION: Json = {"resourceType": "Organization", "id": "clinic", "name": "Riverbend Recovery Services LLC"}
ROOM: Json = {"resourceType": "Location", "id": "room", "name": "Room 1"}
AROUND = (ORGANIZATION, ROOM, BEN_PRACTICES)


def everything(**replaced: Json) -> list[Json]:
    """Noor's whole story; keyword `c1=…` puts another resource in the place of the one with that id."""
    story = [patient(), related_person(), consent(), tonight(), family_session(), communication(), *AROUND]
    return [replaced.get(resource["id"], resource) for resource in story]


def bundle(resources: Iterable[Json], **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]} | more


def run(app: Flask, *arguments: str, **how: Any) -> Result:
    """One `flask …` command."""
    return app.test_cli_runner().invoke(args=list(arguments), **how)


def import_file(app: Flask, content: object, folder: Path, *options: str) -> Result:
    """`flask import-fhir` on a file that holds `content`."""
    file = folder / "bundle.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return run(app, "import-fhir", str(file), *options)


def imported(app: Flask, resources: Iterable[Json], folder: Path, *options: str) -> Json:
    """The summary of an import that works."""
    result = import_file(app, bundle(resources), folder, *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def refused(app: Flask, content: object, folder: Path) -> str:
    """What an import that is refused says; nothing is stored by it."""
    before = every_row(app)
    result = import_file(app, content, folder)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert every_row(app) == before
    return result.stderr


def reasons(summary: Json, resource: str) -> str:
    """Why a resource needs attention."""
    return " ".join(one["why"] for one in summary["needs_attention"] if one["resource"] == resource)


def sees(app: Flask, email: str = ANA) -> Json:
    """What somebody sees now."""
    result = run(app, "sees", email)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def every_row(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """The whole database."""
    from portal.models import Base

    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(text(f'SELECT * FROM "{table.name}"'))), key=repr)
            for table in Base.metadata.sorted_tables
        }
