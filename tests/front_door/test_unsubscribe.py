"""Stopping one kind of email: a look changes nothing, a press does, from a page or from a mail program."""

from __future__ import annotations

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import DANA
from portal.db import session
from portal.emails.unsubscribe import token
from portal.models import Account, EmailStop
from tests.browser_form import submit

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def link(app: Flask, message: str = "update_posted", ref: str | None = None) -> str:
    with app.app_context():
        g.reading = True
        account = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        return f"/unsubscribe/{token(ref or account.ref, message)}"


def stopped(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        g.reading = True
        return [(stop.message, str(stop.how)) for stop in session().scalars(select(EmailStop))]


def test_looking_at_the_page_stops_nothing(app: Flask) -> None:
    assert app.test_client().head(link(app)).status_code == 200
    answer = app.test_client().get(link(app))

    assert answer.status_code == 200
    assert "Stop these emails?" in answer.text
    assert DANA.given_name not in answer.text
    assert DANA.email not in answer.text
    assert stopped(app) == []


@pytest.mark.both_databases
def test_a_press_on_the_page_stops_this_kind_and_twice_is_once(app: Flask) -> None:
    for _ in range(2):
        client = app.test_client()
        answer = submit(client, link(app))
        assert (answer.status_code, answer.location) == (303, "/unsubscribe")
        assert "Those emails have stopped" in client.get(answer.location).text

    assert stopped(app) == [("update_posted", "link")]


def test_a_mail_programs_one_press_needs_no_cookie_and_gets_no_redirect(app: Flask) -> None:
    answer = app.test_client().post(link(app, "booking"), data=ONE_CLICK)

    assert (answer.status_code, answer.data) == (200, b"")
    assert "Set-Cookie" not in answer.headers
    assert stopped(app) == [("booking", "one-click")], "and all others about bookings with it"


def test_any_other_press_needs_the_form(app: Flask) -> None:
    assert app.test_client().post(link(app)).status_code == 400
    assert app.test_client().post(link(app), data={"List-Unsubscribe": "something"}).status_code == 400
    assert stopped(app) == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("wrong", ["made up", "other message", "other account", "safety mail"])
def test_a_link_that_is_none_of_ours_is_like_any_unknown_address(app: Flask, method: str, wrong: str) -> None:
    address = {
        "made up": "/unsubscribe/k7q2m9xd4t",
        "other message": link(app, "no_such_message"),
        "other account": link(app, ref="zzzzzzzzzz"),
        "safety mail": link(app, "password_changed"),
    }[wrong]
    client = app.test_client()
    send = client.get if method == "get" else lambda address: client.post(address, data=ONE_CLICK)
    answer, unknown = send(address), client.get("/no-such-page")

    assert (answer.status_code, answer.location, answer.data) == (303, "/sign-in", unknown.data)
    assert stopped(app) == []
