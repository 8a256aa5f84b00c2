"""A patient's file in another clinic: it says the same there, and shows nobody more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import (
    ALEX,
    DANA,
    JO,
    MAYA,
    PAT,
    ROBIN,
    ROSA,
    SAM,
    STRANGERS,
    Person,
)
from portal.db import session
from portal.models import (
    Account,
    Consent,
    EmailLevel,
    FamilyUpdate,
    Patient,
    RelatedPerson,
    ScheduleEntry,
)
from tests.conftest import Clock, at_the_clinic
from tests.exchange.bundles import every_row, import_file, sees
from tests.exchange.other_clinic import (
    exported,
    file_of,
    other_clinic,
    ref,
    resources,
    rows,
    stop_sharing_with_dana,
)
from tests.services.test_scans import keep

# What a clinic remembers of its own doings, and the labels of one installation, are not taken along.
HISTORY = ("Provenance", "AuditEvent")
EVERYBODY = (DANA, ALEX, JO, PAT, ROSA, *(stranger.person for stranger in STRANGERS))


@pytest.fixture
def elsewhere(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    with other_clinic(tmp_path, clock) as app:
        yield app


def seen_by(app: Flask, person: Person) -> dict[str, Any]:
    return sees(app, person.email)


@pytest.mark.parametrize("relative", [DANA, ALEX, JO, PAT], ids=lambda one: one.given_name)
def test_relatives_see_the_same_of_sam_in_the_clinic_his_file_goes_to(
    app: Flask, elsewhere: Flask, tmp_path: Path, relative: Person
) -> None:
    for patient in (SAM, ROBIN):  # Dana's view is made of both
        assert import_file(elsewhere, file_of(app, patient), tmp_path).exit_code == 0

    assert seen_by(elsewhere, relative) == seen_by(app, relative)


@pytest.mark.parametrize("patient", [SAM, ROBIN, MAYA], ids=lambda one: one.given_name)
def test_a_file_written_from_the_file_says_the_same(
    app: Flask, elsewhere: Flask, tmp_path: Path, patient: Person
) -> None:
    first = file_of(app, patient)
    import_file(elsewhere, first, tmp_path)

    second = exported(elsewhere, ref(app, patient))

    before, after = without_history(first), without_history(second)
    assert after.keys() == before.keys()
    assert [label for label in before if after[label] != before[label]] == []


def test_the_name_of_a_scan_is_left_out_and_counted(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    keep(app)

    result = import_file(elsewhere, file_of(app), tmp_path)

    assert result.exit_code == 0
    assert "DocumentReference" in result.output


def without_history(bundle: dict[str, Any]) -> dict[str, Any]:
    found = {label: body for label, body in resources(bundle).items() if body["resourceType"] not in HISTORY}
    for label, body in found.items():
        if label.startswith("Patient/"):
            del body["identifier"]
    return found


def test_nobody_sees_more_in_the_clinic_the_files_go_to(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    hide_something(app)
    for id_ in rows(app, select(Patient.ref).where(Patient.related_people.any())):
        result = import_file(elsewhere, exported(app, id_), tmp_path)
        assert result.exit_code == 0, result.output

    for person in EVERYBODY:
        before, after = seen_by(app, person), seen_by(elsewhere, person)
        for what in ("people", "schedule", "bookings", "updates"):
            assert all(one in before[what] for one in after[what]), (person.given_name, what)
        assert after["people"] == before["people"], person.given_name


def hide_something(app: Flask) -> None:
    """Every way in which a row itself is kept back, besides the strangers' consents."""
    with at_the_clinic(app):
        for row in session().scalars(select(ScheduleEntry).limit(20)):
            row.is_hidden = True
        session().scalars(select(FamilyUpdate).where(FamilyUpdate.scope == "going")).one().withdrawn_at = clock_now()
        session().scalars(select(Consent).where(Consent.id == 1)).one().lowered_email_level = EmailLevel.NONE


def clock_now() -> Any:
    from portal import clock

    return clock.now()


def test_a_second_import_elsewhere_changes_nothing(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    import_file(elsewhere, file_of(app), tmp_path)
    before = every_row(elsewhere)

    again = json.loads(import_file(elsewhere, file_of(app), tmp_path).stdout)

    assert every_row(elsewhere) == before
    assert (again["created"], again["updated"]) == ({}, {})


def test_a_stop_here_reaches_the_other_clinic_with_the_next_file(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    import_file(elsewhere, file_of(app), tmp_path)
    stop_sharing_with_dana(app)

    import_file(elsewhere, file_of(app), tmp_path)

    assert seen_by(elsewhere, DANA)["people"] == []


@pytest.mark.parametrize("what", ["mailbox", "known as", "representative", "ends with the program"])
def test_what_fhir_has_no_word_for_arrives_too(app: Flask, elsewhere: Flask, tmp_path: Path, what: str) -> None:
    with at_the_clinic(app):
        consent = session().scalars(select(Consent).join(RelatedPerson).where(RelatedPerson.email == ALEX.email)).one()
        consent.representative_authority, consent.signer_name = "Health care power of attorney", "Kim Lowe"
        consent.related_person.known_as = "S."
        id_ = consent.ref

    import_file(elsewhere, file_of(app), tmp_path)

    [row] = rows(elsewhere, select(Consent).where(Consent.external_id == id_))
    [person] = rows(elsewhere, select(RelatedPerson).where(RelatedPerson.email == ALEX.email))
    [account] = rows(elsewhere, select(Account).where(Account.email == ALEX.email))
    assert {
        "mailbox": account.shares_mailbox,
        "known as": person.known_as == "S.",
        "representative": (row.signer_name, row.representative_authority)
        == ("Kim Lowe", "Health care power of attorney"),
        "ends with the program": row.ends_with_program,
    }[what]
