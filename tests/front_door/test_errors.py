"""Every "no" is one page, byte for byte, whatever stood behind it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.cast import DANA, PAT, PRIYA, SAM, Person
from tests.conftest import SignIn


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"|name="back" value="[^"]*"', "", page)


@pytest.mark.parametrize("person", [DANA, PAT, SAM, PRIYA], ids=lambda one: one.given_name)
def test_whatever_is_not_there_is_the_same_page(sign_in: SignIn, person: Person) -> None:
    client = sign_in(person)
    client.get("/guides")
    addresses = (
        "/no-such-page", "/updates/k7q2m9xd4t", "/shared/k7q2m9xd4t", "/sessions/k7q2m9xd4t",
        "/staff/people/k7q2m9xd4t", "/me/requests/k7q2m9xd4t", "/guides/no-such-guide", "/unsubscribe/made-up",
        "/privacy-office/x", "/sign-out",
    )  # fmt: skip
    pages = {without_tokens(answer.text) for answer in map(client.get, addresses) if answer.status_code == 404}

    assert len(pages) == 1
    assert "We cannot find that page" in pages.pop()


def test_a_page_of_failure_names_nobody(sign_in: SignIn) -> None:
    page = sign_in(DANA).get("/updates/k7q2m9xd4t").text

    assert "Sam" not in page
    assert "Robin" not in page
    assert "42 CFR" not in page


def test_an_old_form_says_what_to_do(app: Flask) -> None:
    answer = app.test_client().post("/reset", data={"email": "a@example.org"})

    assert answer.status_code == 400
    assert "check your answers and press the button again" in answer.text


def test_our_own_failure_says_sorry_and_nothing_else(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "front_door.help.page", lambda: 1 / 0)
    answer = app.test_client().get("/help")

    assert answer.status_code == 500
    assert "Sorry, there is a problem" in answer.text
    assert "ZeroDivisionError" not in answer.text
