"""Signing in, signing out, and finding one's own home."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import create_app
from portal.cast import ALEX, BEN, DANA, PASSWORD, PRIYA, ROBIN, ROSA, RUTH, SAM, TOMAS, Person
from portal.config import Settings
from portal.models import Account, Relative
from tests.browser_form import submit
from tests.conftest import SignIn, at_the_clinic
from tests.front_door.fields import fields_of

WRONG = "That email or password is not right. Check both and try again."


def try_to_sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    return submit(client, "/sign-in", email=email, password=password)


def without_what_differs(page: TestResponse) -> str:
    """The page without its form tokens and without the email that was typed."""
    soup = BeautifulSoup(page.text, "html.parser")
    for field in soup.select("[name=csrf_token], [name=email]"):
        field["value"] = ""
    return str(soup)


@pytest.mark.both_databases
def test_with_the_right_password_somebody_comes_home(app: Flask) -> None:
    client = app.test_client()
    answer = try_to_sign_in(client, DANA.email)

    assert answer.status_code == 303
    assert client.get(answer.location).location == "/home"


def test_capitals_and_spaces_around_an_email_do_not_matter(app: Flask) -> None:
    assert try_to_sign_in(app.test_client(), f"  {DANA.email.upper()} ").status_code == 303


@pytest.mark.parametrize(
    ("person", "home"),
    [
        (SAM, "/me"), (ROBIN, "/me"), (DANA, "/home"), (ALEX, "/home"), (ROSA, "/home"),
        (PRIYA, "/staff"), (BEN, "/staff"), (RUTH, "/privacy-office"), (TOMAS, "/admin"),
    ],
    ids=lambda one: one.given_name if isinstance(one, Person) else one,
)  # fmt: skip
def test_everybody_is_sent_to_their_own_home(sign_in: SignIn, person: Person, home: str) -> None:
    answer = sign_in(person).get("/")

    assert (answer.status_code, answer.location) == (303, home)


def test_a_person_in_treatment_who_is_also_a_relative_comes_home_as_themselves(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        from sqlalchemy import select

        from portal.db import session

        sam = session().scalars(select(Account).where(Account.email == SAM.email)).one()
        session().add(Relative(account_id=sam.id, given_name="Sam", family_name="Rivera"))

    assert sign_in(SAM).get("/").location == "/me"


def test_every_wrong_entry_gets_the_same_answer(app: Flask) -> None:
    with at_the_clinic(app):
        from sqlalchemy import select

        from portal.db import session

        session().scalars(select(Account).where(Account.email == ALEX.email)).one().active = False

    answers = [
        try_to_sign_in(app.test_client(), email, password)
        for email, password in [
            (DANA.email, "not her password"),
            ("nobody@example.net", PASSWORD),
            (ALEX.email, PASSWORD),
            ("not an address", PASSWORD),
            (DANA.email, ""),
            ("", ""),
        ]
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({without_what_differs(answer) for answer in answers}) == 1
    assert BeautifulSoup(answers[0].text, "html.parser").select_one(".error-summary li").text == WRONG  # type: ignore[union-attr]
    assert answers[0].text.count(WRONG) == 1


def test_after_a_wrong_entry_the_email_is_kept_and_the_password_is_not(app: Flask) -> None:
    page = BeautifulSoup(try_to_sign_in(app.test_client(), DANA.email, "wrong").text, "html.parser")

    assert page.select_one("[name=email]")["value"] == DANA.email  # type: ignore[index]
    assert not page.select_one("[name=password]").get("value")  # type: ignore[union-attr]
    assert page.title is not None
    assert page.title.text.strip().startswith("Error: ")


def test_a_password_manager_knows_the_fields(app: Flask) -> None:
    page = BeautifulSoup(app.test_client().get("/sign-in").text, "html.parser")

    assert page.select_one("[name=email]")["autocomplete"] == "username"  # type: ignore[index]
    assert page.select_one("[name=password]")["autocomplete"] == "current-password"  # type: ignore[index]


def test_a_form_without_its_token_signs_nobody_in(app: Flask) -> None:
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": DANA.email, "password": PASSWORD})

    assert answer.status_code == 400
    assert "button again" in answer.text
    assert client.get("/").location == "/sign-in"


def test_the_form_token_from_before_signing_in_is_worth_nothing_after(app: Flask) -> None:
    client = app.test_client()
    before = fields_of(client.get("/sign-in"))
    client.post("/sign-in", data=before | {"email": DANA.email, "password": PASSWORD})

    assert client.post("/sign-out", data={"csrf_token": before["csrf_token"]}).status_code == 400


def test_sign_in_leads_to_no_other_site(app: Flask) -> None:
    client = app.test_client()
    answer = submit(client, "/sign-in?next=https://elsewhere.example/", email=DANA.email, password=PASSWORD)

    assert answer.location == "/"


def test_machines_get_no_other_answer_than_people(app: Flask) -> None:
    answer = app.test_client().post("/sign-in", json={"email": DANA.email, "password": PASSWORD})

    assert answer.status_code == 400
    assert answer.mimetype == "text/html"


def test_after_signing_out_nothing_is_left(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(DANA)
    answer = submit(client, "/guides", "header form[action='/sign-out']")

    assert (answer.status_code, answer.location) == (303, "/signed-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "This screen shows nothing about you." in client.get("/signed-out").text
    assert client.get("/home").location == "/sign-in"


def test_leaving_quickly_without_script_makes_way_for_another_site(sign_in: SignIn) -> None:
    client = sign_in(DANA)
    form = fields_of(client.get("/guides"), "header form[action='/sign-out']")
    answer = client.post("/sign-out", data=form | {"leave": "quickly"})

    assert (answer.status_code, answer.location) == (303, "/leave")
    page = client.get("/leave")
    assert page.text == ""
    assert page.headers["Refresh"].startswith("0; url=https://")
    assert client.get("/").location == "/sign-in"


def test_signed_out_every_address_leads_to_the_sign_in_page(app: Flask) -> None:
    client = app.test_client()
    answers = [
        client.get(address)
        for address in ("/home", "/me", "/staff", "/updates/k7q2m9xd4t", "/no-such-page", "/guides/no-such-guide")
    ]

    assert {(answer.status_code, answer.location, answer.data) for answer in answers} == {
        (303, "/sign-in", answers[0].data)
    }


def test_nine_wrong_tries_are_too_many(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"mode": "demo"}))  # tests are not limited
    client = app.test_client()
    answers = [try_to_sign_in(client, DANA.email, "wrong").status_code for _ in range(8)]
    ninth = try_to_sign_in(client, DANA.email)
    somebody_else = try_to_sign_in(client, ALEX.email)
    app.extensions["postman"].end()

    assert answers == [200] * 8
    assert ninth.status_code == 429
    assert "Wait 15 minutes" in ninth.text
    assert somebody_else.status_code == 303
