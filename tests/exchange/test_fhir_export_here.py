"""A file that was written here changes nothing here, however old it is and wherever it has been."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import (
    DANA,
    MAYA,
    ROBIN,
    SAM,
    Person,
)
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import (
    Consent,
    Patient,
    RelatedPerson,
)
from portal.services import consents
from tests.conftest import Clock, at_the_clinic
from tests.exchange.bundles import every_row, everything, import_file, imported, reasons, sees
from tests.exchange.other_clinic import (
    bodies,
    exported,
    file_of,
    other_clinic,
    ref,
    resources,
    rows,
    stop_sharing_with_dana,
)


@pytest.mark.parametrize("patient", [SAM, ROBIN, MAYA], ids=lambda one: one.given_name)
@pytest.mark.both_databases
def test_a_file_that_was_written_here_changes_nothing_here(app: Flask, tmp_path: Path, patient: Person) -> None:
    file = file_of(app, patient)  # that it was written is on record
    before = every_row(app)

    summary = imported(app, bodies(file), tmp_path)

    assert every_row(app) == before
    assert (summary["created"], summary["updated"], summary["needs_attention"]) == ({}, {}, [])
    assert summary["unchanged"]["Consent"]


def test_a_file_that_comes_back_from_another_clinic_changes_nothing_here(
    app: Flask, tmp_path: Path, clock: Clock
) -> None:
    with other_clinic(tmp_path, clock) as elsewhere:
        import_file(elsewhere, file_of(app), tmp_path)
        comes_back = bodies(exported(elsewhere, ref(app, SAM)))
    stop_sharing_with_dana(app)
    before = every_row(app)

    summary = imported(app, comes_back, tmp_path)

    assert every_row(app) == before
    assert [one["resource"].partition("/")[0] for one in summary["needs_attention"]] == ["Consent"]


def test_an_old_file_does_not_bring_back_what_was_stopped_since(app: Flask, tmp_path: Path) -> None:
    old = bodies(file_of(app))
    stop_sharing_with_dana(app)
    before = every_row(app)

    summary = imported(app, old, tmp_path)

    assert every_row(app) == before
    consent = rows(app, select(Consent.ref).join(RelatedPerson).where(RelatedPerson.email == DANA.email))[0]
    assert "says something else" in reasons(summary, f"Consent/{consent}")
    assert [one["name"] for one in sees(app, DANA.email)["people"]] == ["Robin"]


def test_somebody_who_was_imported_goes_out_and_in_unchanged_with_what_was_decided_here(
    app: Flask, tmp_path: Path
) -> None:
    imported(app, everything(), tmp_path)
    [noor] = rows(app, select(Patient.id).where(Patient.external_id == "p1"))
    with at_the_clinic(app):
        person = session().scalars(select(RelatedPerson.id).where(RelatedPerson.external_id == "rp1")).one()
        consents.narrow(noor, person, Scope.GOING)
        consents.pause(noor)
    written = exported(app, "p1")
    before = every_row(app)

    summary = imported(app, bodies(written), tmp_path)

    assert {"Patient/p1", "RelatedPerson/rp1", "Consent/c1", "Appointment/a1", "Appointment/f1"} <= set(
        resources(written)
    )
    assert every_row(app) == before
    assert (summary["created"], summary["updated"], summary["needs_attention"]) == ({}, {}, [])
