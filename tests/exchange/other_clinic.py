"""A second clinic, empty but for what its clinic file says: the same staff, hours and closures as the cast's."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, g
from sqlalchemy import select

from portal import create_app
from portal.cast import DANA, SAM, Person
from portal.config import Settings
from portal.db import db, session
from portal.extensions import alembic
from portal.models import Account, Patient, RelatedPerson
from portal.services import consents
from tests.conftest import Clock, at_the_clinic, patient_id
from tests.exchange.bundles import Json, run

RIVERBEND = """
[clinic]
public_name = "Riverbend Portal"
legal_name = "Riverbend Recovery Services LLC"
time_zone = "America/Chicago"
phone = "555-0100"
minor_rule = "minor_and_parent"
majority = 18

[[staff]]
email = "priya@riverbend.example"
name = "Priya Nair"
roles = ["coordinator"]

[[staff]]
email = "ben@riverbend.example"
name = "Ben Osei"
roles = ["therapist"]
[staff.family_sessions]
minutes = 50
gap_minutes = 10
notice_hours = 24
cancel_hours = 24
horizon_days = 28
per_day = 4
per_family_open = 2
modes = ["online", "in person"]
hours = [
  {days = ["mon", "tue", "wed", "thu", "fri"], from = "10:00", to = "11:00"},
  {days = ["mon", "tue", "wed", "thu", "fri"], from = "16:30", to = "20:30"},
]

[[staff]]
email = "lee@riverbend.example"
name = "Lee Tran"
roles = ["therapist"]
[staff.family_sessions]
minutes = 50
gap_minutes = 10
notice_hours = 24
cancel_hours = 24
horizon_days = 28
per_day = 4
per_family_open = 2
modes = ["in person"]
hours = [
  {days = ["mon", "tue", "wed", "thu", "fri"], from = "10:00", to = "11:00"},
  {days = ["mon", "tue", "wed", "thu", "fri"], from = "16:30", to = "20:30"},
]

[[closures]]
from = "2026-11-26"
to = "2026-11-27"
name = "Holiday"

[[closures]]
from = "2026-12-24"
to = "2026-12-25"
name = "Holiday"
"""


@contextmanager
def other_clinic(folder: Path, clock: Clock) -> Iterator[Flask]:
    """The second clinic, with a database of its own and the same clock."""
    shutil.copy(_empty(), folder / "other.db")
    app = create_app(Settings(mode="test", database_url=f"sqlite:///{folder / 'other.db'}", clock_file=clock.file))
    file = folder / "riverbend.toml"
    file.write_text(RIVERBEND, encoding="utf-8")
    loaded = run(app, "load-clinic", str(file))
    assert loaded.exit_code == 0, loaded.output
    yield app
    with app.app_context():
        db.engine.dispose()


@cache
def _empty() -> Path:
    """A database with no rows, from which copies are made."""
    file = Path(tempfile.mkdtemp()) / "empty.db"
    # In a thread of its own, as in conftest: the browser driver keeps an event loop in this one.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(_upgrade, create_app(Settings(mode="test", database_url=f"sqlite:///{file}"))).result()
    return file


def _upgrade(app: Flask) -> None:
    with app.app_context():
        alembic.upgrade()
        db.engine.dispose()


def exported(app: Flask, id_: str) -> Json:
    """The bundle that `flask export-fhir` prints."""
    result = run(app, "export-fhir", "--person", id_)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def resources(bundle: Json, *kinds: str) -> dict[str, Any]:
    """The resources of a bundle by label; of these kinds, or of all."""
    bodies = [entry["resource"] for entry in bundle["entry"]]
    return {f"{one['resourceType']}/{one['id']}": one for one in bodies if not kinds or one["resourceType"] in kinds}


def rows(app: Flask, query: Any) -> list[Any]:
    """What a query finds, in a context of its own."""
    with app.app_context():
        g.reading = True
        return list(session().scalars(query))


def ref(app: Flask, person: Person) -> str:
    """The label of a patient of the cast."""
    return str(rows(app, select(Patient.ref).join(Account).where(Account.email == person.email))[0])


def file_of(app: Flask, person: Person = SAM) -> dict[str, Any]:
    """The file of a patient of the cast."""
    return exported(app, ref(app, person))


def consent_for(app: Flask, person: Person) -> dict[str, Any]:
    """The one exported consent that names this person."""
    found = rows(
        app,
        select(Patient.ref)
        .join(RelatedPerson, RelatedPerson.patient_id == Patient.id)
        .where(RelatedPerson.email == person.email),
    )
    bundle = exported(app, found[0])
    label = next(
        name for name, one in resources(bundle, "RelatedPerson").items()
        if any(point["value"] == person.email for point in one["telecom"])
    )  # fmt: skip
    return next(one for one in resources(bundle, "Consent").values() if label in json.dumps(one))


def bodies(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources of a bundle, in its order."""
    return list(resources(bundle).values())


def stop_sharing_with_dana(app: Flask) -> None:
    """Sam presses Stop beside Dana."""
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        person = select(RelatedPerson.id).where(RelatedPerson.patient_id == sam, RelatedPerson.email == DANA.email)
        consents.stop(sam, session().scalars(person).one())
