"""A page asks the database as often for ten times as many rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from portal import clinic
from portal.cast import BEN, DANA, SAM, Cast, Person
from portal.consent.scopes import Scope
from portal.db import db
from portal.models import (
    Account,
    Act,
    AppointmentParticipant,
    CareTeamMember,
    Kind,
    OutgoingEmail,
    Patient,
    RecordEntry,
    Relative,
    StaffMember,
    Timetable,
    TimetableMember,
)
from tests.conftest import MORNING, SignIn
from tests.house.addresses import crawl
from tests.house.people import ROLES, browser_of

TIMES = 10
DAY = dt.timedelta(days=1)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements said to the database, without those that only begin or end."""
    said: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("role", [role for role, person in ROLES.items() if role != "patient who is also a relative"])
def test_no_page_asks_more_often_when_there_is_more_to_show(
    app: Flask, sign_in: SignIn, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clinic, "REMEMBERED_SECONDS", 3600)  # else the clinic's name is asked for again in between
    # Everything once first, so that both counts are of a clinic where nothing is empty.
    with app.app_context(), db.sessionmaker.begin() as session:
        _come(Cast(session, MORNING), 1)
    start = ["/", "/home", "/me", "/staff", "/privacy-office", "/admin"]
    pages = list(crawl(browser_of(app, sign_in, ROLES[role]), start, most_of_a_kind=1))
    browser = browser_of(app, sign_in, ROLES[role])
    few = {address: _asks(app, browser, address) for address in pages}
    with app.app_context(), db.sessionmaker.begin() as session:
        _come(Cast(session, MORNING), TIMES)
    browser = browser_of(app, sign_in, ROLES[role])
    many = {address: _asks(app, browser, address) for address in pages}

    more = {address: _new_ones(few[address], many[address]) for address in pages}
    assert {address: said for address, said in more.items() if said} == {}


def _asks(app: Flask, browser: FlaskClient, address: str) -> list[str]:
    browser.get(address)  # what is read for the first time goes on record; the second time it is there
    with counted(app) as said:
        browser.get(address)
    return said


def _new_ones(few: list[str], many: list[str]) -> str:
    if len(many) <= len(few):
        return ""
    often = max(set(many), key=lambda statement: many.count(statement) - few.count(statement))
    return f"{len(few)} questions became {len(many)}; most often {' '.join(often.split())[:160]}"


def _come(cast: Cast, many: int) -> None:
    """More of everything: patients for Dana, relatives for Sam, and entries, updates, bookings, mail and looks."""
    session = cast.session
    sam = session.scalars(select(Patient).join(Account).where(Account.email == SAM.email)).one()
    dana = session.scalars(select(Relative).join(Account).where(Account.email == DANA.email)).one()
    ben = session.scalars(select(StaffMember).join(Account).where(Account.email == BEN.email)).one()
    cast.staff["Ben"] = ben
    for n in range(many):
        name = f"New{many}x{n}"
        patient = cast.patient(Person(f"{name}@example.org", name, "Comer", ""), program_id=sam.program_id,
                               started_on=sam.started_on, planned_end_on=sam.planned_end_on)  # fmt: skip
        table = Timetable(name=name, program_id=sam.program_id)
        session.add(table)
        session.flush()
        session.add_all([TimetableMember(patient_id=one.id, timetable_id=table.id) for one in (patient, sam)])
        session.add(CareTeamMember(patient_id=patient.id, staff_id=ben.id))
        for day in range(6):
            cast.session_on(table, cast.today + (day + 1) * DAY, "12:00", 1, Kind.INDIVIDUAL, "Room 9")
        relative = cast.relative(Person(f"kin-{name}@example.org", name, "Kin", ""))
        for one, other in ((patient, dana), (sam, relative)):
            person = cast.related(one, other, "A friend")
            consent = cast.consent(person, tuple(Scope))
            for scope in ("times", "going"):
                cast.look(person, scope, (n + 1) * DAY, consent_id=consent.id)
        asked = cast.relative(Person(f"asks-{name}@example.org", name, "Asks", ""))
        cast.related(sam, asked, "A friend", accepted_at=None, asked_at=cast.now - DAY)
        for scope in (Scope.GOING, Scope.PLAN):
            for about in (patient, sam):
                update = cast.update(about, scope, f"News {n}", "Words.", dt.timedelta(hours=n + 1), "Ben")
                session.add(OutgoingEmail(message="update_posted", account_id=dana.account_id, patient_id=about.id,
                                          about_id=update.id, queued_at=cast.now, due_at=cast.now))  # fmt: skip
                session.add(RecordEntry(at=cast.now, act=Act.POSTED, door="staff", account_id=ben.account_id,
                                        patient_id=about.id, what=scope, thing_id=update.id))  # fmt: skip
        booked = cast.appointment(patient, "Ben", [dana], cast.today + (40 + 2 * n + 50 * many) * DAY, "09:00")
        session.add(AppointmentParticipant(appointment_id=booked.id, relative_id=relative.id))
        cast.appointment(sam, "Ben", [relative], cast.today + (41 + 2 * n + 50 * many) * DAY, "11:00")
