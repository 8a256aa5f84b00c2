"""A forgotten password: one answer for everybody, one letter for those who have an account."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from sqlalchemy import event, select

from portal import clock
from portal.cast import ALEX, DANA, PASSWORD
from portal.db import db, session
from portal.emails import recipients
from portal.emails.letters import About
from portal.emails.messages.account import new_password
from portal.models import Account, OutgoingEmail
from tests.browser_form import submit
from tests.conftest import at_the_clinic
from tests.front_door.fields import fields_of
from tests.front_door.test_sign_in import try_to_sign_in

NEW = "seven green kettles sing"


def outbox(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        g.reading = True
        rows = session().scalars(select(OutgoingEmail).order_by(OutgoingEmail.id))
        return [(row.message, row.account_id is not None) for row in rows]


def link_for_dana(app: Flask) -> str:
    with app.app_context():
        g.reading = True
        account = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        letter = new_password(recipients.of_account(account), About("new_password", None, None, clock.now()))
    found = re.search(r"/new-password/\S+", letter.text)
    assert found
    return found[0]


@pytest.mark.both_databases
def test_known_and_unknown_get_the_same_answer_and_the_same_work(app: Flask) -> None:
    with at_the_clinic(app):
        session().scalars(select(Account).where(Account.email == ALEX.email)).one().active = False
    answers, work = [], []
    for email in (DANA.email.upper(), "nobody@example.net", ALEX.email):
        statements: list[str] = []
        client = app.test_client()
        page = client.get("/reset")
        with app.app_context():
            note = lambda connection, cursor, statement, *_, said=statements: said.append(statement)  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", note)

            answers.append(client.post("/reset", data=fields_of(page) | {"email": email}))
            event.remove(db.engine, "before_cursor_execute", note)
        work.append(statements)

    assert {(answer.status_code, answer.location, answer.data) for answer in answers} == {
        (303, "/reset/sent", answers[0].data)
    }
    assert work[0] == work[1] == work[2]
    assert outbox(app) == [("new_password", True), ("new_password", False), ("new_password", False)]


def test_without_an_email_the_form_says_what_is_missing(app: Flask) -> None:
    page = BeautifulSoup(submit(app.test_client(), "/reset", email="").text, "html.parser")

    assert page.select_one(".error-summary a")["href"] == "#email"  # type: ignore[index]
    assert "Enter your email" in page.text
    assert outbox(app) == []


def test_the_link_leads_to_a_new_password_and_the_account_hears_of_it(app: Flask) -> None:
    client = app.test_client()
    link = link_for_dana(app)
    answer = submit(client, link, password=NEW)

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert outbox(app) == [("password_changed", True)]
    assert try_to_sign_in(app.test_client(), DANA.email, PASSWORD).status_code == 200
    assert try_to_sign_in(app.test_client(), DANA.email, NEW).status_code == 303


def test_looking_at_the_link_spends_nothing_and_using_it_does(app: Flask) -> None:
    link = link_for_dana(app)
    for _ in range(5):  # as link scanners do
        assert app.test_client().get(link).status_code == 200
    assert submit(app.test_client(), link, password=NEW).status_code == 303

    client = app.test_client()
    again = client.get(link, follow_redirects=True)
    assert again.request.path == "/reset"
    assert "This link has ended" in again.text


def test_a_new_password_signs_everybody_else_out(app: Flask) -> None:
    elsewhere = app.test_client()
    try_to_sign_in(elsewhere, DANA.email)
    assert elsewhere.get("/").location == "/home"
    submit(app.test_client(), link_for_dana(app), password=NEW)

    assert elsewhere.get("/").location == "/sign-in"


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "Choose a password"),
        ("short one", "Use at least 12 letters or numbers"),
        ("passwordpassword", "That one is easy to guess. Try three short words."),
    ],
)
def test_a_weak_password_is_refused_in_words(app: Flask, password: str, words: str) -> None:
    answer = submit(app.test_client(), link_for_dana(app), password=password)
    page = BeautifulSoup(answer.text, "html.parser")

    assert answer.status_code == 200
    assert page.select_one(".error-summary a").text == words  # type: ignore[union-attr]
    assert try_to_sign_in(app.test_client(), DANA.email, PASSWORD).status_code == 303


def test_a_made_up_link_looks_like_an_old_one(app: Flask) -> None:
    answer = app.test_client().get("/new-password/made-up", follow_redirects=True)

    assert answer.request.path == "/reset"
    assert "This link has ended" in answer.text
