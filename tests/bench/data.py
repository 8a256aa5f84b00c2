"""A clinic of any size, written in bulk; Dana's family stays the same whatever the size."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from portal import cast, create_app
from portal.config import Settings
from portal.db import db
from portal.extensions import alembic
from portal.models import (
    Account,
    Base,
    Consent,
    ConsentScope,
    FamilyUpdate,
    Patient,
    RelatedPerson,
    Relative,
    ScheduleEntry,
    Timetable,
    TimetableMember,
)
from portal.models.base import new_ref


@dataclass(frozen=True)
class Size:
    """How many people in treatment, and per person relatives, updates and sessions of their own."""

    patients: int
    relatives: int = 2
    updates: int = 30
    sessions: int = 36


SIZES = {"small": Size(60), "clinic": Size(1_000), "region": Size(20_000)}
# The real clock: a set one is a file, and reading it would count as the portal's work.
NOW = dt.datetime.now(dt.UTC)
CHUNK = 500


def build(url: str, size: Size) -> dict[str, int]:
    """Fill the database at `url`; returns how many rows each table has."""
    app = create_app(Settings(mode="test", database_url=url))
    with app.app_context():
        alembic.upgrade()
        with db.sessionmaker.begin() as session:
            everybody = cast.gather(session, NOW)
            sam = everybody.patients["Sam"].id
        # Dana has a full list to read, as she would after a few months.
        with db.engine.begin() as connection:
            connection.execute(insert(FamilyUpdate), [_update(sam, n) for n in range(size.updates)])
        for first in range(0, size.patients, CHUNK):
            with db.engine.begin() as connection:
                _people(connection, range(first, min(first + CHUNK, size.patients)), size)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        with db.engine.connect() as connection:
            counts = {
                table.name: len(connection.execute(select(*table.primary_key)).all())
                for table in Base.metadata.sorted_tables
            }
        db.engine.dispose()
    return counts


def fill_the_program(url: str, people: int, sessions: int) -> None:
    """Put so many people on Sam's timetable, and so many sessions, five a week."""
    app = create_app(Settings(mode="test", database_url=url))
    with app.app_context():
        with db.engine.begin() as connection:
            table_id = connection.execute(
                select(TimetableMember.timetable_id)
                .join(Patient, Patient.id == TimetableMember.patient_id)
                .where(Patient.given_name == cast.SAM.given_name)
                .limit(1)
            ).scalar_one()
            others = [{"given_name": f"Q{n}", "family_name": "Doe"} for n in range(people - 1)]
            together = [{"patient_id": id_, "timetable_id": table_id} for id_ in _insert(connection, Patient, others)]
            connection.execute(insert(TimetableMember), together)
            weekdays = (n // 5 * 7 + n % 5 for n in range(sessions))
            connection.execute(insert(ScheduleEntry), [_entry(table_id, n, day) for n, day in enumerate(weekdays)])
        db.engine.dispose()


def _people(connection: Any, numbers: range, size: Size) -> None:
    rng = random.Random(numbers.start)
    patients = _insert(connection, Patient, [{"given_name": f"P{n}", "family_name": "Doe"} for n in numbers])
    tables = _insert(connection, Timetable, [{"name": ""} for _ in numbers])
    connection.execute(
        insert(TimetableMember),
        [{"patient_id": p, "timetable_id": t} for p, t in zip(patients, tables, strict=True)],
    )
    many = [(patient, k) for patient in patients for k in range(size.relatives)]
    accounts = _insert(
        connection,
        Account,
        [{"email": f"r{p}-{k}@example.net", "fs_uniquifier": secrets.token_hex(16)} for p, k in many],
    )
    relatives = _insert(
        connection, Relative, [{"account_id": a, "given_name": "R", "family_name": "Doe"} for a in accounts]
    )
    related = _insert(
        connection,
        RelatedPerson,
        [
            {"patient_id": p, "relative_id": r, "name": "R Doe", "known_as": "P", "accepted_at": NOW - _days(9)}
            for (p, _), r in zip(many, relatives, strict=True)
        ],
    )
    consents = _insert(
        connection,
        Consent,
        [
            {
                "patient_id": p, "related_person_id": r, "discloser": "Clinic", "purpose": "Support",
                "how_to_stop": "Here", "signer_name": "P Doe", "signed_at": NOW - _days(8),
                "signed_on": (NOW - _days(8)).date(), "starts_at": NOW - _days(8), "ends_on": (NOW + _days(90)).date(),
                "ends_at": NOW + _days(90), "stopped_at": NOW - _days(1) if rng.random() < 0.2 else None,
            }
            for (p, _), r in zip(many, related, strict=True)
        ],
    )  # fmt: skip
    connection.execute(
        insert(ConsentScope),
        [{"consent_id": c, "scope": scope} for c in consents for scope in ("times", "family", "going", "plan")],
    )
    connection.execute(insert(FamilyUpdate), [_update(p, n) for p in patients for n in range(size.updates)])
    connection.execute(insert(ScheduleEntry), [_entry(t, n) for t in tables for n in range(size.sessions)])


def _insert(connection: Any, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    result = connection.execute(insert(model).returning(model.id, sort_by_parameter_order=True), rows)
    return list(result.scalars())


def _update(patient_id: int, n: int) -> dict[str, Any]:
    return {
        "ref": new_ref(), "patient_id": patient_id, "scope": ("going", "plan")[n % 2], "title": f"Week {n}",
        "text": "What we work on. " * 20, "published_at": NOW - _days(n + 1),
    }  # fmt: skip


def _entry(timetable_id: int, n: int, day: int | None = None) -> dict[str, Any]:
    starts_at = NOW + _days(n * 2 if day is None else day) + dt.timedelta(hours=9)
    return {
        "ref": new_ref(), "timetable_id": timetable_id, "starts_at": starts_at,
        "ends_at": starts_at + dt.timedelta(hours=3), "kind": "group", "place": "Room 1",
    }  # fmt: skip


def _days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)
