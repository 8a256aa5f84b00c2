"""English and Spanish: chosen with a button, kept, and leading nowhere else."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from sqlalchemy import select

from portal.cast import DANA
from portal.db import session
from portal.models import Account
from tests.browser_form import submit
from tests.conftest import SignIn
from tests.front_door.fields import fields_of

BUTTON = "header form[action='/language']"


def test_the_choice_is_kept_and_the_reader_comes_back_to_the_same_page(app: Flask) -> None:
    client = app.test_client()
    answer = submit(client, "/reset?ended=1", BUTTON)

    assert (answer.status_code, answer.location) == (303, "/reset?ended=1")
    assert 'lang="es"' in client.get("/sign-in").text


def test_somebody_who_is_signed_in_gets_their_email_in_that_language_too(app: Flask, sign_in: SignIn) -> None:
    submit(sign_in(DANA), "/guides", BUTTON)

    with app.app_context():
        g.reading = True
        assert session().scalar(select(Account.language).where(Account.email == DANA.email)) == "es"


@pytest.mark.parametrize(
    "back",
    [
        "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "\\\\elsewhere.example",
        "/\t/elsewhere.example", "javascript:alert(1)", "", "/no-such-page", "/sign-out", "/%2F/elsewhere.example",
        "http:/guides", "/guides\r\nSet-Cookie: a=b",
    ],
)  # fmt: skip
def test_no_other_site_and_no_act_is_reached_through_the_way_back(app: Flask, back: str) -> None:
    client = app.test_client()
    form = fields_of(client.get("/sign-in"), BUTTON)
    answer = client.post("/language", data=form | {"back": back})

    assert (answer.status_code, answer.location) == (303, "/")


def test_a_language_nobody_speaks_here_changes_nothing(app: Flask) -> None:
    client = app.test_client()
    form = fields_of(client.get("/sign-in"), BUTTON)
    client.post("/language", data=form | {"language": "xx"})

    assert 'lang="en"' in client.get("/sign-in").text


def test_the_menu_speaks_the_language_of_the_address_and_stays_in_it(app: Flask) -> None:
    page = BeautifulSoup(app.test_client().get("/help?lang=es").text, "html.parser")

    menus = [{link.get_text(strip=True): link["href"] for link in menu.select("a")} for menu in page.select("nav")]
    assert menus
    assert all(menu == {"Guías": "/guides?lang=es", "Ayuda": "/help?lang=es"} for menu in menus)
