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


@pytest.mark.parametrize(
    "page", ["/guides", "/guides?q=ni%C3%B1os", "/guides/listening-well", "/help", "/help/now", "/signed-out"]
)
def test_a_page_in_the_language_of_its_address_is_so_from_the_menu_to_the_foot(
    library: Flask, sign_in: SignIn, page: str
) -> None:
    for client in (library.test_client(), sign_in(DANA)):
        address = f"{page}{'&' if '?' in page else '?'}lang=es"
        read = BeautifulSoup(client.get(address, headers={"Accept-Language": "en"}).text, "html.parser")
        items = [link.get_text(strip=True) for menu in read.select("nav.site-nav, nav.tabbar") for link in menu("a")]

        assert read.select_one("html[lang=es]")
        assert {"Guías", "Ayuda"} <= set(items) <= {"Guías", "Ayuda", "Inicio"}
        assert [menu["aria-label"] for menu in read.select("nav.site-nav, nav.tabbar")] == [
            "Menú principal",
            "Menú principal, barra de abajo",
        ]
        to_guides = [str(link["href"]) for link in read.select("nav.tabbar a, nav.site-nav a") if "Guías" in link.text]
        assert to_guides == ["/guides?lang=es"] * 2
