"""Signing in with another address: said twice, told to both mailboxes, and no address is told from another."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import event, select

from portal import clock as the_clock
from portal import create_app
from portal.cast import ALEX, DANA, PASSWORD, PRIYA, SAM, Person
from portal.config import Settings
from portal.db import commit, db, session
from portal.emails import outbox, recipients
from portal.emails.letters import About, Letter
from portal.emails.messages import MESSAGES, Withheld
from portal.models import Account, LeftAddress, NewAddress, OutgoingEmail
from portal.services import email_addresses, left_addresses
from tests.browser_form import filled, soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic
from tests.front_door.test_new_password import link_for_dana
from tests.front_door.test_sign_in import try_to_sign_in

NEW = "dana.rivera@example.net"
NO = "That password is not right, or the link has ended. Links last 24 hours and work once."


def ask(client: FlaskClient, email: str = NEW, password: str = PASSWORD) -> str:
    answer = submit(client, "/email-address", email=email, password=password)
    assert (answer.status_code, answer.location) == (303, "/email-address/sent"), soup(answer).select(
        ".error-summary a"
    )
    return client.get(answer.location).get_data(as_text=True)


def letters(app: Flask, message: str) -> list[Letter]:
    """The letters of one kind that wait, as they would be sent now."""
    with app.app_context():
        g.reading = True
        rows = (
            session()
            .scalars(select(OutgoingEmail).where(OutgoingEmail.message == message).order_by(OutgoingEmail.id))
            .all()
        )
        to = [(recipients.of(session(), row), row.about_id) for row in rows]
    written = []
    for one, about_id in to:
        with app.app_context():
            g.reading = True
            if one is not None:
                written.append(MESSAGES[message](one, About(message, None, about_id, the_clock.now())))
    return written


def link_in(letter: Letter) -> str:
    found = re.search(r"/email-address/\S+", letter.text)
    assert found
    return found[0]


@pytest.mark.both_databases
def test_dana_signs_in_with_her_new_address_and_both_mailboxes_hear_of_it(app: Flask, sign_in: SignIn) -> None:
    dana, elsewhere = sign_in(DANA), sign_in(DANA)
    forgotten = link_for_dana(app)
    ask(dana, f" {NEW.upper()} ")
    [letter] = letters(app, "new_address")
    assert letter.to == NEW
    assert try_to_sign_in(app.test_client(), NEW).status_code == 200, "nothing changes before the link is used"

    answer = submit(dana, link_in(letter), password=PASSWORD)

    assert (answer.status_code, answer.location) == (303, "/email-address/done")
    assert dana.get("/home").status_code == 200, "she stays where she is"
    assert elsewhere.get("/home").location == "/sign-in"
    assert app.test_client().get(forgotten, follow_redirects=True).request.path == "/reset"
    assert try_to_sign_in(app.test_client(), DANA.email).status_code == 200
    assert try_to_sign_in(app.test_client(), NEW).status_code == 303
    told = letters(app, "email_changed")
    assert [one.to for one in told] == [DANA.email, NEW]
    assert len({one.text for one in told}) == 1
    assert "example" not in re.sub(r"http\S+", "", told[0].text), "neither mailbox reads the other's address"


def test_the_link_works_in_a_browser_where_nobody_is_signed_in_and_signs_nobody_in(app: Flask, sign_in: SignIn) -> None:
    ask(sign_in(DANA))
    somewhere = app.test_client()
    answer = submit(somewhere, link_in(letters(app, "new_address")[0]), password=PASSWORD)

    assert "Sign in with your new email" in somewhere.get(answer.location).get_data(as_text=True)
    assert somewhere.get("/home").location == "/sign-in"


def test_a_letter_to_a_mailbox_of_nobody_known_names_nobody(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().scalars(select(Account).where(Account.email == SAM.email)).one().mail_word = "blue kite"
    ask(sign_in(SAM))
    [letter] = letters(app, "new_address")

    for telling in ("Sam", SAM.email, "blue kite", "/me", "/settings", "unsubscribe"):
        assert telling not in letter.text + letter.html
    token = link_in(letter).rpartition("/")[2]
    with at_the_clinic(app):
        row = session().scalars(select(NewAddress)).one()
        assert NEW.encode() not in row.sealed
        assert token not in (row.ref, row.token_hash)


def test_looking_at_the_link_changes_nothing_and_it_works_once(app: Flask, sign_in: SignIn) -> None:
    ask(sign_in(DANA))
    link = link_in(letters(app, "new_address")[0])
    for _ in range(5):  # as link scanners do
        assert app.test_client().get(link).status_code == 200
    assert submit(app.test_client(), link, password=PASSWORD).status_code == 303

    assert NO in submit(app.test_client(), link, password=PASSWORD).text


@pytest.mark.parametrize(
    "why", ["wrong password", "a day later", "made up", "asked again", "address changed", "closed"]
)
def test_every_no_behind_the_link_is_one_sentence(app: Flask, sign_in: SignIn, clock: Clock, why: str) -> None:
    dana = sign_in(DANA)
    ask(dana)
    link = link_in(letters(app, "new_address")[0])
    if why == "a day later":
        clock.forward(days=1)
    if why == "asked again":
        ask(dana, "dana@example.com")
    with at_the_clinic(app):
        account = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        account.active = why != "closed"
        if why == "address changed":
            account.email = "d@example.org"
    if why == "made up":
        link = "/email-address/no-such-token"

    page = soup(submit(app.test_client(), link, password="not the password" if why == "wrong password" else PASSWORD))

    assert [one.text for one in page.select(".error-summary li")] == [NO]
    with at_the_clinic(app):
        assert session().scalar(select(Account).where(Account.email == NEW)) is None
        assert session().scalars(select(LeftAddress)).all() == []


@pytest.mark.both_databases
def test_an_address_of_somebody_else_gets_the_same_answer_the_same_work_and_no_letter(
    app: Flask, sign_in: SignIn
) -> None:
    with at_the_clinic(app):
        alex = session().scalars(select(Account).where(Account.email == ALEX.email)).one()
        left_addresses.leave(alex)
        alex.email = "alex.rivera@example.net"
    dana = sign_in(DANA)
    ask(dana)  # an earlier link is there each time
    pages: set[tuple[int, str, str]] = set()
    work = []
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    for email in (NEW, SAM.email, "alex.rivera@example.net", ALEX.email):
        address, values = filled(dana.get("/email-address"), email=email, password=PASSWORD)
        statements.clear()
        answer = dana.post(address, data=values)
        work.append(list(statements))
        page = re.sub(r'value="[^"]*"', "", dana.get(answer.location).get_data(as_text=True))
        pages.add((answer.status_code, answer.location, page))

    assert len(pages) == 1
    assert all(one == work[0] for one in work)
    with at_the_clinic(app):
        rows = session().scalars(select(OutgoingEmail.account_id).order_by(OutgoingEmail.id)).all()
    assert [one is not None for one in rows] == [True, True, False, False, False]


def test_who_takes_an_address_meanwhile_has_it(app: Flask, sign_in: SignIn) -> None:
    ask(sign_in(DANA))
    ask(sign_in(ALEX))
    hers, theirs = [link_in(letter) for letter in letters(app, "new_address")]
    assert submit(app.test_client(), theirs, password=PASSWORD).status_code == 303

    assert NO in submit(app.test_client(), hers, password=PASSWORD).text
    assert try_to_sign_in(app.test_client(), DANA.email).status_code == 303


def test_who_was_given_an_address_that_another_left_may_leave_it_too(app: Flask) -> None:
    with at_the_clinic(app):
        dana, alex = (
            session().scalars(select(Account).where(Account.email == one.email)).one() for one in (DANA, ALEX)
        )
        left_addresses.leave(dana)
        dana.email = NEW
        session().flush()
        alex.email = DANA.email
    client = app.test_client()
    assert try_to_sign_in(client, DANA.email).status_code == 303
    ask(client, "alex.rivera@example.net")

    assert submit(client, link_in(letters(app, "new_address")[-1]), password=PASSWORD).status_code == 303


def test_what_is_told_to_an_address_that_was_left_goes_to_no_other_that_has_its_number_now(app: Flask) -> None:
    with at_the_clinic(app):
        dana, alex = (
            session().scalars(select(Account).where(Account.email == one.email)).one() for one in (DANA, ALEX)
        )
        left = left_addresses.leave(dana)
        number = left.id
        outbox.queue("email_changed", to=dana, about_id=number)
        session().delete(left)
        session().flush()
        left_addresses.leave(alex).id = number
    assert letters(app, "email_changed") == []


def test_a_link_that_has_ended_is_not_sent_any_more(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    ask(sign_in(DANA))
    clock.forward(days=1)
    with pytest.raises(Withheld, match="ended meanwhile"):
        letters(app, "new_address")


@pytest.mark.both_databases
def test_of_two_presses_at_once_the_later_ones_link_is_sent(app: Flask, clock: Clock) -> None:
    def press(email: str) -> None:
        with at_the_clinic(app):
            email_addresses.ask(dana, email)

    with app.app_context():
        g.reading = True
        dana = session().scalars(select(Account.id).where(Account.email == DANA.email)).one()
    with ThreadPoolExecutor(1) as other:
        with app.app_context():
            email_addresses.ask(dana, "first@example.net")
            clock.forward(seconds=1)
            second = other.submit(press, NEW)
            time.sleep(0.3)
            commit()
        second.result()
    assert [one.to for one in letters(app, "new_address")] == [NEW]


def test_one_may_come_back_to_an_address_of_ones_own(app: Flask, sign_in: SignIn) -> None:
    for email in (NEW, DANA.email):
        dana = app.test_client()
        assert try_to_sign_in(dana, DANA.email if email == NEW else NEW).status_code == 303
        ask(dana, email)
        assert submit(dana, link_in(letters(app, "new_address")[-1]), password=PASSWORD).status_code == 303

    with at_the_clinic(app):
        assert list(left_addresses.accounts([NEW, DANA.email])) == [NEW, DANA.email]
        assert len(session().scalars(select(LeftAddress)).all()) == 1


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("", PASSWORD, "Enter your new email"),
        ("dana at home", PASSWORD, "Enter an email address like name@example.org"),
        (DANA.email.upper(), PASSWORD, "You sign in with this address already"),
        (NEW, "", "Enter your password"),
        (NEW, "not the password", "That password is not right"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    app: Flask, sign_in: SignIn, email: str, password: str, words: str
) -> None:
    page = soup(submit(sign_in(DANA), "/email-address", email=email, password=password))

    assert [one.text for one in page.select(".error-summary a")] == [words]
    assert letters(app, "new_address") == []


def test_letters_to_strangers_and_guesses_have_an_end(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"mode": "demo"}))  # tests are not limited
    dana = app.test_client()
    try_to_sign_in(dana, DANA.email)
    asked = [
        submit(dana, "/email-address", email=f"stranger{n}@example.net", password=PASSWORD).status_code
        for n in range(9)
    ]
    link = link_in(letters(app, "new_address")[-1])
    guessed = [submit(app.test_client(), link, password="a guess").status_code for _ in range(9)]

    app.extensions["postman"].end()

    assert asked == [303] * 8 + [429]
    assert guessed == [200] * 8 + [429]


@pytest.mark.parametrize(
    ("person", "page"), [(DANA, "/settings"), (SAM, "/me/safety"), (PRIYA, "/")], ids=["Dana", "Sam", "Priya"]
)
def test_everybody_finds_the_way_there_and_back(sign_in: SignIn, person: Person, page: str) -> None:
    client = sign_in(person)
    if page != "/":
        assert soup(client.get(page)).select("main a[href='/email-address']")

    assert soup(client.get("/email-address")).select(f"main a[href='{page}'], .back[href='{page}']")
