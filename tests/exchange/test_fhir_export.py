"""A patient's file, written as FHIR: valid, and complete."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask
from sqlalchemy import select

from portal.cast import (
    ALEX,
    DANA,
    ENDED,
    INCOMPLETE,
    INVALID,
    JO,
    MAYA,
    NOT_BEGUN,
    PAT,
    PAUSED,
    ROBIN,
    ROSA,
    SAM,
    STOPPED,
    UNVERIFIED,
    Person,
)
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import (
    Account,
    Appointment,
    Consent,
    Patient,
    RecordEntry,
    Relative,
    StaffMember,
)
from tests.conftest import at_the_clinic, patient_id
from tests.exchange.bundles import every_row, everything, imported, run
from tests.exchange.other_clinic import (
    bodies,
    consent_for,
    exported,
    file_of,
    ref,
    resources,
    rows,
)
from tests.services.test_scans import PDF, keep


def test_every_resource_is_valid_r4(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    for id_ in [*rows(app, select(Patient.ref)), "p1"]:
        bundle = exported(app, id_)
        get_fhir_model_class("Bundle").model_validate(bundle)
        for body in resources(bundle).values():
            get_fhir_model_class(body["resourceType"]).model_validate(body)


def test_sams_file_holds_people_consents_sessions_and_who_looked(app: Flask) -> None:
    found = resources(file_of(app))

    kinds = {label.partition("/")[0] for label in found}
    assert kinds == {
        "Organization", "Practitioner", "Location", "Patient", "RelatedPerson", "Consent", "Provenance", "Appointment",
        "Communication", "AuditEvent",
    }  # fmt: skip
    emails = {point["value"] for label, one in found.items() if label.startswith("RelatedPerson")
              for point in one["telecom"]}  # fmt: skip
    assert {DANA.email, ALEX.email, JO.email, PAT.email} <= emails
    assert ROBIN.given_name not in json.dumps(found)


def test_a_consent_says_every_element_that_the_law_asks_for(app: Flask) -> None:
    one = consent_for(app, ROSA)
    permit = one["provision"]["provision"][0]

    assert one["status"] == "active"
    assert one["patient"]["reference"] == f"Patient/{ref(app, MAYA)}"
    assert one["organization"] == [{"reference": "Organization/clinic"}]
    assert [code["coding"][0]["code"] for code in permit["code"]] == ["times", "family", "email-notice"]
    assert permit["actor"][0]["role"]["coding"][0]["code"] == "IRCP"
    assert permit["purpose"][0]["code"] == "SUPNWK"
    assert permit["period"] == {"start": "2026-11-16T08:30:00-06:00", "end": "2027-02-12"}
    assert [performer.get("display") for performer in one["performer"]] == [None, ROSA.name]
    assert one["verification"][0]["verified"] is True
    assert one["dateTime"] == "2026-11-16T08:30:00-06:00"
    assert "section-2.31" in one["policy"][0]["uri"]
    attachment = one["sourceAttachment"]
    assert base64.b64decode(attachment["data"]).decode() == "Signed by Maya Delgado for Rosa Delgado."
    assert (attachment["language"], len(attachment["extension"][0]["valueString"])) == ("en", 64)


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (DANA, "active"), (NOT_BEGUN.person, "active"), (PAUSED.person, "active"), (STOPPED.person, "inactive"),
        (ENDED.person, "inactive"), (PAT, "inactive"), (INVALID.person, "entered-in-error"),
        (INCOMPLETE.person, "proposed"), (UNVERIFIED.person, "proposed"),
    ],
    ids=lambda value: value.given_name if isinstance(value, Person) else value,
)  # fmt: skip
def test_the_status_says_what_became_of_the_form(app: Flask, person: Person, status: str) -> None:
    assert consent_for(app, person)["status"] == status


def test_a_pause_denies_what_the_form_permits(app: Flask) -> None:
    permit, deny = consent_for(app, PAUSED.person)["provision"]["provision"]

    assert (permit["type"], deny["type"]) == ("permit", "deny")
    assert {code["coding"][0]["code"] for code in deny["code"]} == set(Scope)
    assert deny["period"]["start"] == "2026-11-22T08:30:00-06:00"


def test_provenance_says_who_signed_and_who_stopped(app: Flask) -> None:
    steps = resources(file_of(app), "Provenance")
    stopped = consent_for(app, STOPPED.person)["id"]
    about = [one for one in steps.values() if one["target"] == [{"reference": f"Consent/{stopped}"}]]

    assert [one["activity"]["text"] for one in about] == ["signed", "stopped"]
    signature = about[0]["signature"][0]
    assert base64.b64decode(signature["data"]).decode() == SAM.name
    assert signature["who"] == {"reference": f"Patient/{ref(app, SAM)}"}
    assert about[1]["occurredDateTime"] == "2026-11-22T08:30:00-06:00"


def test_provenance_names_the_scan_as_the_source_and_holds_nothing_of_it(app: Flask) -> None:
    form = keep(app)

    bundle = file_of(app)

    [scan] = resources(bundle, "DocumentReference").values()
    get_fhir_model_class("DocumentReference").model_validate(scan)
    assert scan["content"] == [{"attachment": {"contentType": "application/pdf"}}]
    assert scan["context"]["related"] == [{"reference": f"Consent/{form}"}]
    sources = [one for one in resources(bundle, "Provenance").values() if "entity" in one]
    get_fhir_model_class("Provenance").model_validate(sources[0])
    assert [one["activity"]["text"] for one in sources] == ["recorded"]
    assert sources[0]["target"] == [{"reference": f"Consent/{form}"}]
    assert sources[0]["entity"] == [{"role": "source", "what": {"reference": f"DocumentReference/{scan['id']}"}}]
    assert base64.b64encode(PDF).decode() not in json.dumps(bundle)


def test_a_file_without_a_scan_names_no_source(app: Flask) -> None:
    bundle = file_of(app)

    assert resources(bundle, "DocumentReference") == {}
    assert [one for one in resources(bundle, "Provenance").values() if "entity" in one] == []


def test_the_record_of_looks_names_the_relative_and_the_consent(app: Flask) -> None:
    events = resources(file_of(app), "AuditEvent").values()

    assert len(events) == 3
    dana = consent_for(app, DANA)
    with_dana = [one for one in events if one["entity"][1:] == [{"what": {"reference": f"Consent/{dana['id']}"}}]]
    assert len(with_dana) == 2
    assert {one["agent"][0]["who"]["reference"].partition("/")[0] for one in with_dana} == {"RelatedPerson"}


def test_a_group_session_names_nobody_else_of_the_group(app: Flask) -> None:
    for one in resources(file_of(app), "Appointment").values():
        patients = [
            part["actor"]["reference"] for part in one["participant"] if "Patient/" in part["actor"]["reference"]
        ]
        assert patients == [f"Patient/{ref(app, SAM)}"]


# The command


def test_writing_a_file_changes_nothing_but_the_record_which_says_that_it_was_written(app: Flask) -> None:
    before = every_row(app)

    file_of(app)

    after = every_row(app)
    assert len(after.pop("record_entry")) == len(before.pop("record_entry")) + 1
    assert after == before
    line = rows(app, select(RecordEntry).order_by(RecordEntry.id.desc()).limit(1))[0]
    assert (line.act, line.what, line.door, line.patient_id) == ("exported", "fhir", "command", patient_id(app, SAM))


def test_a_file_is_for_whoever_asked_and_nobody_else(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "one.json"

    result = run(app, "export-fhir", "--person", ref(app, SAM), "--output", str(file))

    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(file.read_text(encoding="utf-8"))["resourceType"] == "Bundle"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_somebody_unknown_has_no_file(app: Flask, tmp_path: Path) -> None:
    unknown = run(app, "export-fhir", "--person", "nobody")
    no_folder = run(app, "export-fhir", "--person", ref(app, SAM), "--output", str(tmp_path / "no" / "one.json"))

    assert (unknown.exit_code, unknown.stdout, unknown.stderr) == (1, "", "Error: There is no patient nobody.\n")
    assert (no_folder.exit_code, no_folder.stdout) == (1, "")


def test_what_the_cast_has_no_example_of_is_still_valid(app: Flask) -> None:
    with at_the_clinic(app):
        ben = session().scalars(select(StaffMember).where(StaffMember.name == "Ben Osei")).one()
        of_sam = select(Consent).join(Patient).join(Account).where(Account.email == SAM.email)
        row = session().scalars(of_sam.where(Consent.how_signed == "paper")).one()
        row.recorded_at = row.verified_at = row.signed_at
        row.recorded_by_id = row.verified_by_id = ben.id
        row.witness_name, row.interpreter_name = "Ann Lee", "Luz Vega"
        label = row.ref
        session().scalars(select(Appointment)).first().status = "cancelled"  # type: ignore[union-attr]
        relative = session().scalars(select(Relative).join(Account).where(Account.email == PAT.email)).one()
        relative.account.active = False
    bundle = file_of(app)

    for body in bodies(bundle):
        get_fhir_model_class(body["resourceType"]).model_validate(body)
    steps = [one for one in resources(bundle, "Provenance").values() if label in one["target"][0]["reference"]]
    assert [one["activity"]["text"] for one in steps] == ["signed", "recorded", "checked"]
    assert [len(one["agent"]) for one in steps] == [3, 1, 1]
    [pat] = [one for one in resources(bundle, "RelatedPerson").values() if one["telecom"][0]["value"] == PAT.email]
    assert pat["active"] is False
