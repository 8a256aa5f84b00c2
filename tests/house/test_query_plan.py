"""The gate begins at the viewer's own consents: it never walks over other people's rows."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import Connection, Select, event, insert, select, text

from portal.cast import DANA
from portal.consent.shared import SharedAppointment, SharedScheduleEntry, SharedUpdate
from portal.consent.viewer import Viewer, viewing_as
from portal.db import db
from portal.models import (
    Account,
    Appointment,
    AppointmentParticipant,
    Consent,
    ConsentScope,
    FamilyUpdate,
    Patient,
    RelatedPerson,
    Relative,
    ScheduleEntry,
    StaffMember,
    Timetable,
    TimetableMember,
)
from tests.conftest import MORNING

MANY = 3000
NEVER_SCANNED = {
    "family_update",
    "schedule_entry",
    "appointment",
    "patient",
    "related_person",
    "consent",
    "consent_scope",
}

Searched = defaultdict[str, set[str]]

pytestmark = pytest.mark.both_databases


@pytest.fixture
def a_busy_clinic(app: Flask) -> Flask:
    """Thousands of patients with a relative, an update, a timetable with one entry and a booking each."""
    with app.app_context(), db.engine.begin() as connection:
        _fill(connection)
    with app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return app


def _fill(connection: Connection) -> None:
    staff = connection.execute(select(StaffMember.__table__.c.id)).scalars().first()
    hour, ids = dt.timedelta(hours=1), range(10_000, 10_000 + MANY)
    facts: dict[Any, dict[str, Any]] = {
        Account: {"email": "{n}@example.org", "fs_uniquifier": "{n}", "active": True, "language": "en",
                  "theme": "auto", "shares_mailbox": False, "wants_email": "notice"},
        Relative: {"account_id": ids, "given_name": "A", "family_name": "B"},
        Patient: {"given_name": "A", "family_name": "B", "language": "en", "shows_weeks": True},
        RelatedPerson: {"patient_id": ids, "relative_id": ids, "name": "C", "relation": "", "known_as": "A",
                        "colour": "pine", "accepted_at": MORNING - hour},
        Consent: {"patient_id": ids, "related_person_id": ids, "discloser": "D", "purpose": "P", "how_to_stop": "H",
                  "signer_name": "S", "signed_at": MORNING - hour, "starts_at": MORNING - hour,
                  "ends_at": MORNING + 99 * hour, "signed_on": MORNING.date(), "ends_on": MORNING.date(),
                  "ends_with_program": False, "email_level": "notice"},
        ConsentScope: {"consent_id": ids, "scope": "times"},
        FamilyUpdate: {"patient_id": ids, "scope": "going", "title": "t", "text": "t", "version": 1,
                       "published_at": MORNING - hour},
        Timetable: {"name": ""},
        TimetableMember: {"patient_id": ids, "timetable_id": ids},
        ScheduleEntry: {"timetable_id": ids, "starts_at": MORNING + hour, "ends_at": MORNING + 2 * hour, "place": "",
                        "kind": "group", "status": "on", "is_hidden": False},
        Appointment: {"patient_id": ids, "staff_id": staff, "mode": "online", "note": "", "status": "confirmed",
                      "sequence": 0},
        AppointmentParticipant: {"appointment_id": ids, "relative_id": ids},
    }  # fmt: skip
    for model, known in facts.items():
        table = model.__table__
        made = [{name: n if value is ids else _numbered(value, n) for name, value in known.items()} for n in ids]
        for n, row in zip(ids, made, strict=True):
            row |= {name: of for name, of in (("id", n), ("ref", str(n))) if name in table.c}
            if model is Appointment:
                starts_at = MORNING + n * hour
                row |= {"starts_at": starts_at, "ends_at": starts_at + hour / 2, "busy_until": starts_at + hour / 2}
        defaults = {c.name: c.default.arg for c in table.c if c.default is not None and not callable(c.default.arg)}
        connection.execute(insert(table), [defaults | row for row in made])


def _numbered(value: Any, n: int) -> Any:
    return value.replace("{n}", str(n)) if isinstance(value, str) else value


@pytest.mark.parametrize("shared", [SharedUpdate, SharedScheduleEntry, SharedAppointment])
def test_the_gate_begins_at_the_viewers_consents(a_busy_clinic: Flask, shared: type) -> None:
    with a_busy_clinic.app_context():
        g.reading = True
        dana = db.session.scalars(select(Relative.id).join(Account).where(Account.email == DANA.email)).one()
    with a_busy_clinic.app_context(), viewing_as(Viewer(account_id=None, relative_id=dana, is_counted=False)):
        scanned, searched = _plan(select(shared))

    assert not scanned & NEVER_SCANNED
    # A booking may as well be found by the viewer's own place in it.
    assert "relative_id" in searched["related_person"] | searched["appointment_participant"]


def _plan(query: Select[Any]) -> tuple[set[str], Searched]:
    """Tables that are read from end to end, and by which columns others are searched."""
    statement, parameters = _as_the_database_gets_it(query)
    with db.engine.connect() as connection:
        read = _sqlite_plan if connection.dialect.name == "sqlite" else _postgresql_plan
        return read(lambda explain: connection.exec_driver_sql(f"{explain} {statement}", parameters))


def _as_the_database_gets_it(query: Select[Any]) -> tuple[str, Any]:
    said: list[tuple[str, Any]] = []

    def listen(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", listen)
    db.session.scalars(query).all()
    event.remove(db.engine, "before_cursor_execute", listen)
    return next(one for one in said if "related_person" in one[0])


def _sqlite_plan(explained: Callable[[str], Any]) -> tuple[set[str], Searched]:
    scanned, searched = set(), Searched(set)
    for *_, line in explained("EXPLAIN QUERY PLAN"):
        words = line.split()
        if words[0] == "SCAN":
            scanned.add(words[1])
        elif words[0] == "SEARCH":
            searched[words[1]].add(line.partition("(")[2].partition("=")[0].partition(" ")[0])
    return scanned, searched


def _postgresql_plan(explained: Callable[[str], Any]) -> tuple[set[str], Searched]:
    plan = explained("EXPLAIN (FORMAT JSON)").scalar_one()
    scanned, searched = set(), Searched(set)
    waiting = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if "Scan" in node["Node Type"] and "Relation Name" in node and not {"Index Cond", "Recheck Cond"} & node.keys():
            scanned.add(node["Relation Name"])
        elif "Index Cond" in node:
            table = node.get("Relation Name") or node["Index Name"].removeprefix("ix_").removesuffix("_relative_id")
            searched[table].add(node["Index Cond"].strip("(").partition(" ")[0])
    return scanned, searched
