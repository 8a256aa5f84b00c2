"""Asking someone to share tells the asker nothing."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from portal.cast import DANA, JO, NEVER_LINKED, OF_AGE, PAT, SAM, Person
from portal.db import db, session
from portal.models import Account, OutgoingEmail, Patient, RelatedPerson, Relative
from portal.services.relations import RELATIONS
from tests.browser_form import filled, soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic, patient_id

NELL = NEVER_LINKED.person


def ask(client: FlaskClient, contact: str) -> tuple[int, str, str]:
    answer = submit(client, "/ask", name="Somebody", contact=contact, relation="SIB")
    page = client.get(answer.location).get_data(as_text=True)
    return answer.status_code, answer.location, re.sub(r'value="[^"]*"', "", page)


def request_of(app: Flask, who: Person) -> RelatedPerson | None:
    number = patient_id(app, SAM)
    with at_the_clinic(app):
        row = session().scalar(
            select(RelatedPerson)
            .join(Relative, Relative.id == RelatedPerson.relative_id)
            .where(RelatedPerson.patient_id == number, Relative.given_name == who.given_name)
        )
        session().expunge_all()
        return row


def told(app: Flask) -> list[tuple[str, str | None]]:
    """The emails that wait, and for whom: None where there is nobody."""
    with at_the_clinic(app):
        rows = session().execute(
            select(OutgoingEmail.message, Account.email).outerjoin(Account).order_by(OutgoingEmail.id)
        )
        return [(message, email) for message, email in rows]


@pytest.mark.both_databases
def test_a_real_and_a_made_up_person_get_the_very_same_answer(app: Flask, sign_in: SignIn) -> None:
    nell = sign_in(NELL)

    assert ask(nell, "nobody@example.org") == ask(nell, " SAM@example.org ") == ask(nell, "555-0199")
    assert ask(nell, SAM.email)[:2] == (303, "/ask/thank-you")


@pytest.mark.both_databases
def test_the_request_reaches_the_patient_and_shares_nothing(app: Flask, sign_in: SignIn) -> None:
    nell = sign_in(NELL)
    ask(nell, SAM.email)

    request = request_of(app, NELL)
    assert request is not None and request.asked_at is not None
    assert (request.name, request.relation, request.known_as) == ("Nell Vale", "My brother or sister", "Sam")
    assert request.relationship_code == "SIB"
    assert request.accepted_at is None
    assert "Nothing is shared with you right now" in nell.get("/home").get_data(as_text=True)
    assert told(app) == [("question_asked", SAM.email)]


def test_whoever_is_not_asked_gets_no_email_and_as_many_are_queued(app: Flask, sign_in: SignIn) -> None:
    ask(sign_in(NELL), "nobody@example.org")
    ask(sign_in(DANA), SAM.email)  # has their answer
    with at_the_clinic(app):
        request = session().scalars(select(RelatedPerson).join(Relative).where(Relative.given_name == "Jo")).one()
        request.may_not_ask_since = request.asked_at
    ask(sign_in(JO), SAM.email)

    assert told(app) == [("question_asked", None)] * 3


def test_asking_again_within_thirty_days_changes_nothing(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    nell = sign_in(NELL)
    ask(nell, SAM.email)
    first = request_of(app, NELL)
    clock.forward(days=29)
    ask(sign_in(NELL), SAM.email)
    assert request_of(app, NELL).asked_at == first.asked_at  # type: ignore[union-attr]

    clock.forward(days=2)
    ask(sign_in(NELL), SAM.email)
    assert request_of(app, NELL).asked_at > first.asked_at  # type: ignore[union-attr,operator]


def test_somebody_who_was_accepted_before_is_not_put_before_the_patient_again(app: Flask, sign_in: SignIn) -> None:
    ask(sign_in(PAT), SAM.email)

    assert request_of(app, PAT).asked_at is None  # type: ignore[union-attr]


def test_the_fourth_request_in_thirty_days_goes_nowhere_and_looks_the_same(app: Flask, sign_in: SignIn) -> None:
    nell = sign_in(NELL)
    answers = {ask(nell, contact) for contact in ("a@example.org", "b@example.org", "c@example.org", SAM.email)}

    assert len(answers) == 1
    assert request_of(app, NELL) is None


@pytest.mark.both_databases
def test_a_known_address_costs_as_many_statements_as_an_unknown_one(app: Flask, sign_in: SignIn) -> None:
    counts = {}
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    for who, contact in (
        (NELL, SAM.email),
        (OF_AGE.person, "nobody@example.org"),
        (DANA, SAM.email),
        (JO, SAM.email),
        (PAT, "555-0199"),
    ):
        client = sign_in(who)
        address, values = filled(client.get("/ask"))
        statements.clear()
        client.post(address, data=values | {"name": "X", "contact": contact, "relation": "FRND"})
        counts[who.given_name, contact] = [shape(one) for one in statements]

    assert len({len(shapes) for shapes in counts.values()}) == 1, counts
    # One row of the request, made or marked, and one of the outbox; the rest is the same, statement by statement.
    assert len({(*shapes[:-4], *shapes[-3:]) for shapes in counts.values()}) == 1
    assert {shapes[-3] for shapes in counts.values()} == {"INSERT INTO outgoing_email"}


def shape(statement: str) -> str:
    return " ".join(statement.split()[:3])


def test_every_answer_is_asked_for_in_words(sign_in: SignIn) -> None:
    page = soup(submit(sign_in(NELL), "/ask"))

    assert page.title.text.strip().startswith("Error: ")
    assert [link.text for link in page.select(".error-summary a")] == ["Enter their name"]
    assert page.select_one("input[name=name]")["aria-invalid"] == "true"


@pytest.mark.parametrize("words", ["", "You owe me that much", "SIB ", "ONESELF"])
def test_the_relation_comes_from_the_list_and_no_word_of_the_asker_reaches_the_patient(
    app: Flask, sign_in: SignIn, words: str
) -> None:
    nell = sign_in(NELL)
    form = soup(nell.get("/ask"))
    assert [box["type"] for box in form.select("[name=relation]")] == ["radio"] * len(RELATIONS)

    page = soup(submit(nell, "/ask", name="Sam", contact=SAM.email, relation=words))

    assert [link.text for link in page.select(".error-summary a")] == ["Choose how you know them"]
    assert request_of(app, NELL) is None


def test_the_patient_reads_the_relation_in_their_own_language(app: Flask, sign_in: SignIn) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        session().get_one(Patient, sam).language = "es"
    ask(sign_in(NELL), SAM.email)

    assert request_of(app, NELL).relation == "Mi hermano o hermana"  # type: ignore[union-attr]


def test_a_form_sent_twice_asks_once(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    nell = sign_in(NELL)
    address, values = filled(nell.get("/ask"))
    data = values | {"name": "Sam", "contact": SAM.email, "relation": "FRND"}

    answers = [nell.post(address, data=data) for _ in range(5)]

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/ask/thank-you")}
