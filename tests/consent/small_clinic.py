"""The small clinic of the histories: two in treatment, two relatives, the staff, and sessions far ahead."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import Engine, null

from portal import cast, clinic
from portal.cast import BEN, LEE, PRIYA, RUTH, Cast, Person
from portal.consent.viewer import Viewer, look_as
from portal.db import commit, db
from portal.models import Kind, Patient, Program, StaffRole, Timetable, TimetableMember
from portal.services import feeds
from tests.conftest import MORNING
from tests.noninterference.world import TABLES, let_the_record_be_emptied, put_into

Pair = tuple[str, str]

SAMWELL = Person("samwell@example.org", "Samwell", "Rivera", "person in treatment")
KITRIN = Person("kitrin@example.org", "Kitrin", "Hale", "person in treatment, comes of age in thirty days")
DANA = Person("dana@example.org", "Dana", "Rivera", "close to both")
ALEX = Person("alex@example.org", "Alex", "Rivera", "close to Samwell")
PATIENTS = {"Samwell": SAMWELL, "Kitrin": KITRIN}
RELATIVES = {"Dana": DANA, "Alex": ALEX}
PAIRS: tuple[Pair, ...] = (("Samwell", "Dana"), ("Samwell", "Alex"), ("Kitrin", "Dana"))
COMES_OF_AGE = MORNING.date() + dt.timedelta(days=30)
PARENT = "Ruth Hale"
STAFF = (
    (PRIYA, StaffRole.COORDINATOR),
    (BEN, StaffRole.THERAPIST),
    (LEE, StaffRole.THERAPIST),
    (RUTH, StaffRole.PRIVACY_OFFICER),
)
# Days on which everybody in treatment has a session, so that some lie ahead after every jump of the clock.
SESSIONS = [MORNING.date() + dt.timedelta(days=n) for n in (0, 1, 2, 8, 40, 100, 200)]
SESSIONS_BEGIN = dt.time(18)


@dataclass
class SmallClinic:
    """The numbers of everybody in it, and what brings its database back to the first day."""

    patients: dict[str, int] = field(default_factory=dict)
    people: dict[Pair, int] = field(default_factory=dict)
    viewers: dict[str, Viewer] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)
    bring_back: Callable[[], None] = lambda: None


def found_in(app: Flask) -> SmallClinic:
    """Take over the database of `app` and make it the small clinic's."""
    small = SmallClinic()
    with app.app_context():
        let_the_record_be_emptied(db.engine)
        put_into(db.engine, {name: [] for name in TABLES})
        with db.sessionmaker.begin() as new:
            _furnish(small, Cast(new, MORNING))
        clinic.forget()
        app.extensions["clinic"] = (float("inf"), clinic.facts())
    for name, viewer in small.viewers.items():
        with app.app_context():
            look_as(viewer)
            feeds.make(name)
            commit()
            small.feeds[name] = feeds.address_made_by(name) or ""
    with app.app_context():
        small.bring_back = _what_brings_back(db.engine)
    return small


def _furnish(small: SmallClinic, house: Cast) -> None:
    cast.the_clinic(house)
    for person, role in STAFF:
        house.staff_member(person, [role])
    cast.free_hours(house)
    program = Program(name="Evening", weeks=12)
    house.session.add(program)
    house.session.flush()
    in_treatment = {
        name: house.patient(person, program_id=program.id, started_on=house.today) for name, person in PATIENTS.items()
    }
    in_treatment["Kitrin"].adult_on = COMES_OF_AGE
    for name, patient in in_treatment.items():
        _plan_sessions(house, name, patient)
    for person in RELATIVES.values():
        house.relative(person, quiet_from=null(), quiet_until=null())  # email leaves at any hour
    for patient, relative in PAIRS:
        person = house.related(in_treatment[patient], house.relatives[relative], "Family", accepted_at=None)
        small.people[patient, relative] = person.id
    for name, one in house.relatives.items():
        small.viewers[name] = Viewer(
            one.account_id, one.account.ref, name, relative_id=one.id, is_counted=False, door="family"
        )
    small.patients = {name: one.id for name, one in in_treatment.items()}
    small.staff = {member.name: member.id for member in house.staff.values()}


def _plan_sessions(house: Cast, name: str, patient: Patient) -> None:
    table = Timetable(name=f"Of {name}")
    house.session.add(table)
    house.session.flush()
    house.session.add(TimetableMember(patient_id=patient.id, timetable_id=table.id))
    for day in SESSIONS:
        house.session_on(table, day, SESSIONS_BEGIN.isoformat("minutes"), 3, Kind.GROUP, f"Room of {name}")


def _what_brings_back(engine: Engine) -> Callable[[], None]:
    if engine.dialect.name == "sqlite":
        file, kept = sqlite3.connect(str(engine.url.database)), sqlite3.connect(":memory:")
        file.backup(kept)
        return lambda: kept.backup(file)
    with engine.connect() as connection:
        rows = {name: [dict(row._mapping) for row in connection.execute(of.select())] for name, of in TABLES.items()}
    return lambda: put_into(engine, rows)
