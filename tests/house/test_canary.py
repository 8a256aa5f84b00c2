"""A word planted in every record is never read by anybody with whom that record is not shared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.cast import OTHER_SCOPE, OTHERS_RELATIVE, SEES_NOTHING, Person, Stranger
from portal.consent.scopes import Scope
from portal.db import db
from portal.emails import line
from portal.emails.delivery import deliver
from portal.exchange import sees
from portal.models import (
    Account,
    AppointmentParticipant,
    Consent,
    FamilyUpdate,
    RelatedPerson,
    Relative,
    ScheduleEntry,
    TimetableMember,
)
from tests.conftest import SignIn
from tests.house.addresses import (
    crawl,
    every_rule,
    filled,
    labels_of_what_is_shared,
    methods,
    own_labels,
    stored_labels,
)
from tests.house.answers import everything_in
from tests.house.canary import Canaries, Cell, calendar_token
from tests.house.people import browser_of

# The random labels of these rows may stand on pages as they are: the rows are about nobody.
ABOUT_NOBODY = ("staff_member", "closure")
A_FULL_SHEET = "/schedule/print?names=y&places=y&weeks=8"


@pytest.fixture
def canaries(app: Flask, identities: dict[str, Any]) -> Canaries:
    return Canaries(app)


@pytest.fixture
def identities(app: Flask) -> dict[str, Any]:
    """Everybody's numbers by their first email, which a canary will take the place of."""
    with app.app_context(), db.sessionmaker() as session:
        rows = session.execute(select(Account.email, Account.id, Relative.id).join(Relative))
        return {email: (account_id, relative_id) for email, account_id, relative_id in rows}


def rows_about(identities: dict[str, Any], person: Person) -> set[tuple[str, Any]]:
    account_id, relative_id = identities[person.email]
    return {("account", account_id), ("relative", relative_id)}


def read_by(
    app: Flask, sign_in: SignIn, canaries: Canaries, person: Person, account_id: int, rows: slice
) -> dict[Cell, str]:
    """Every cell this person reads something of, and the address where; also by asking for some hidden rows' labels."""
    with app.app_context(), db.sessionmaker() as session:
        now_called = session.get_one(Account, account_id).email
    browser = browser_of(app, sign_in, Person(now_called, "", "", ""))
    stored = stored_labels(app)
    some = labels_of_what_is_shared(app, rows)
    labels = own_labels(app, Person(now_called, "", "", ""), some)
    calendar = f"/calendar/{calendar_token(account_id)}.ics"
    answers: dict[str, TestResponse | None] = {**crawl(browser, ["/home", "/"], most=60), calendar: None}
    assert browser.get(calendar).status_code == 200
    for rule in every_rule(app):
        if "GET" in methods(rule):
            by_label = rule.endpoint.startswith("family.")
            for address in filled(app, rule, [*labels, *some[:3]] if by_label else [labels[0], some[0]]):
                answers.setdefault(address)
            if by_label and not rule.arguments:
                answers |= dict.fromkeys(f"{rule.rule}?{query}" for query in queries(labels))
    answers[A_FULL_SHEET] = None
    hidden = [label for label in some if not any(label in stored[table] for table in ABOUT_NOBODY)]
    found: dict[Cell, str] = {}
    for address, seen in answers.items():
        answer = seen if seen is not None else browser.get(address)
        for cell in canaries.seen_in(everything_in(answer)):
            found.setdefault(cell, address)
        text = answer.get_data(as_text=True).replace(address, "")
        for label in hidden:
            if label in text:
                found.setdefault(Cell("a stored label", label, "ref"), address)
    return found


def queries(labels: list[str]) -> list[str]:
    return [
        *(f"for={label}" for label in labels[:6]),
        *(f"who={label}&how=online&time=2026-11-24T22:30:00Z" for label in labels[:3]),
        "from=2026-12-01",
        f"from=2026-12-01&for={labels[0]}&kind=going&page=2",
    ]


@pytest.mark.parametrize("stranger", SEES_NOTHING, ids=lambda one: one.way)
def test_without_a_consent_nobody_reads_a_word_about_anybody(
    app: Flask, sign_in: SignIn, canaries: Canaries, identities: dict[str, Any], stranger: Stranger
) -> None:
    own = rows_about(identities, stranger.person)
    seen = read_by(app, sign_in, canaries, stranger.person, identities[stranger.person.email][0], slice(-1, None))

    assert {f"{cell}, at {where}" for cell, where in seen.items() if (cell.table, cell.row) not in own} == set()


@pytest.mark.parametrize("stranger", [OTHER_SCOPE, OTHERS_RELATIVE], ids=lambda one: one.way)
def test_with_another_consent_they_read_what_it_is_for(
    app: Flask, sign_in: SignIn, canaries: Canaries, identities: dict[str, Any], stranger: Stranger
) -> None:
    account_id, relative_id = identities[stranger.person.email]
    shared = rows_about(identities, stranger.person) | what_is_shared(app, relative_id)
    seen = read_by(app, sign_in, canaries, stranger.person, account_id, slice(-2, None))
    of_others = {cell: where for cell, where in seen.items() if (cell.table, cell.row) not in shared}

    assert any(cell.table == "related_person" for cell in seen)
    assert {f"{cell}, at {where}" for cell, where in of_others.items()} == set()
    assert {cell.column for cell in seen if cell.table == "related_person"} == {"known_as"}


def what_is_shared(app: Flask, relative_id: int) -> set[tuple[str, Any]]:
    """The rows behind the one consent of a stranger who has one."""
    with app.app_context(), db.sessionmaker() as session:
        person = session.scalars(select(RelatedPerson).where(RelatedPerson.relative_id == relative_id)).one()
        consent = session.scalars(select(Consent).where(Consent.related_person_id == person.id)).one()
        scopes = {one.scope for one in consent.scopes}
        updates = select(FamilyUpdate.id).where(
            FamilyUpdate.patient_id == person.patient_id, FamilyUpdate.scope.in_(scopes)
        )
        entries = (
            select(ScheduleEntry.id)
            .join(TimetableMember, TimetableMember.timetable_id == ScheduleEntry.timetable_id)
            .where(TimetableMember.patient_id == person.patient_id)
        )
        rows = {("related_person", person.id), ("consent", consent.id)}
        if Scope.FAMILY in scopes:
            theirs = select(AppointmentParticipant.appointment_id).where(
                AppointmentParticipant.relative_id == relative_id
            )
            rows |= {("appointment", id_) for id_ in session.scalars(theirs)}
        rows |= {("family_update", id_) for id_ in session.scalars(updates)}
        return rows | {("schedule_entry", id_) for id_ in session.scalars(entries) if "times" in scopes}


def test_no_email_reaches_a_stranger_and_no_email_names_anybody(
    app: Flask, canaries: Canaries, identities: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(line.Line, "send", lambda self, letter, *_, **__: sent.append(letter))
    app.config["MAIL_SERVER"] = "localhost"
    with app.app_context():
        deliver()
        addresses = {one: db.session.get_one(Account, identities[one.person.email][0]).email for one in SEES_NOTHING}
        own = ("email", "mail_word")
        names = {Cell("account", account_id, column) for account_id, _ in identities.values() for column in own}

    assert sent, "Theo and Ora are written to, so an empty pass would prove nothing"
    assert [letter for letter in sent if letter.to in addresses.values()] == []
    for letter in sent:
        seen = canaries.seen_in(repr(letter)) - names
        assert {cell.table for cell in seen} <= {"relative"}, letter.subject


@pytest.mark.parametrize("stranger", SEES_NOTHING, ids=lambda one: one.way)
def test_sees_finds_nothing_for_a_stranger(
    app: Flask, canaries: Canaries, identities: dict[str, Any], stranger: Stranger
) -> None:
    with app.app_context():
        email = db.session.get_one(Account, identities[stranger.person.email][0]).email
    with app.app_context():
        found = sees.sees(email)

    assert {name: rows for name, rows in found.items() if isinstance(rows, list) and rows} == {}
    assert canaries.seen_in(json.dumps(found, default=str)) <= {
        Cell("account", identities[stranger.person.email][0], "email")
    }
