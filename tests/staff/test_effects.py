"""Before each act on the schedule its page says who will see it and who gets an email: that is what then happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import clock
from portal.cast import DANA, PRIYA
from portal.db import session
from portal.emails.delivery import deliver
from portal.emails.line import Line
from portal.exchange import sees
from portal.models import Account, Relative
from tests.browser_form import soup, submit
from tests.conftest import SignIn, at_the_clinic
from tests.staff.test_schedule import checked, entry_on, press, words

EVENING = "2026-11-30"
Act = Callable[[Flask, FlaskClient], TestResponse]


def change(which: str, **answers: str) -> Act:
    def act(app: Flask, priya: FlaskClient) -> TestResponse:
        address = f"/staff/sessions/{entry_on(app, EVENING)}/change?which={which}"
        return submit(priya, address, **answers, step="check")

    return act


def call_off(app: Flask, priya: FlaskClient) -> TestResponse:
    return submit(priya, f"/staff/sessions/{entry_on(app, EVENING)}/edit", "form[action$=call-off]")


def bring_back(app: Flask, priya: FlaskClient) -> TestResponse:
    press(priya, call_off(app, priya))
    return submit(priya, f"/staff/sessions/{entry_on(app, EVENING)}/edit", "form[action$=bring-back]")


def series_of(app: Flask, priya: FlaskClient) -> str:
    """Where the page of the evening's series is."""
    links = soup(priya.get("/staff/schedule")).select("a[href*='/staff/series/']")
    return str(next(link["href"] for link in links if "Group" in link.text))


def one_date_more(app: Flask, priya: FlaskClient) -> TestResponse:
    where = series_of(app, priya)
    return submit(priya, where, "form[action$=more]", day="2026-12-11", wall_time="10:00")


def an_end(app: Flask, priya: FlaskClient) -> TestResponse:
    return submit(priya, series_of(app, priya), "form[action$=end]", until="2026-12-02")


def close(app: Flask, priya: FlaskClient) -> TestResponse:
    days = {"starts_on": EVENING, "ends_on": "2026-12-02", "name": "Staff days"}
    return submit(priya, "/staff/closures", "form[action$='/closures']", **days, step="check")


def open_again(app: Flask, priya: FlaskClient) -> TestResponse:
    press(priya, close(app, priya))
    return submit(priya, "/staff/closures", "form[action$=withdraw]:has(button[aria-label*='Staff days'])")


ACTS: dict[str, Act] = {
    "a new series": lambda _, priya: checked(priya),
    "one session moved": change("one", wall_time="18:30", ends="21:30"),
    "another room for one session": change("one", place="Room 9"),
    "this and all later moved": change("later", wall_time="17:00", ends="20:00"),
    "all that are to come moved": change("all", wall_time="17:30", ends="20:30"),
    "nothing changed": change("one"),
    "a session called off": call_off,
    "a session brought back": bring_back,
    "one date more": one_date_more,
    "an end of a series": an_end,
    "closed days": close,
    "days open again": open_again,
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, app: Flask) -> Callable[[], list[str]]:
    """What the postman brings when he goes round: whom it is for."""
    letters: list[str] = []
    monkeypatch.setattr(Line, "send", lambda self, letter, *_, **__: letters.append(letter.to))
    monkeypatch.setitem(app.config, "MAIL_SERVER", "localhost")

    def go_round() -> list[str]:
        letters.clear()
        with app.app_context():
            deliver()
        return sorted(letters)

    return go_round


def seen_by_all(app: Flask) -> dict[str, Any]:
    """Every session that each relative sees, by their email."""
    seen = {}
    with app.app_context():
        g.reading = True
        everybody = list(session().scalars(select(Account.email).join(Relative, Relative.account_id == Account.id)))
    for email in everybody:
        with app.app_context():
            g.reading = True
            seen[email] = sees.sees(email)["schedule"]
    return seen


def number(pattern: str, said: str) -> int:
    found = re.search(pattern, said)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("act", ACTS)
def test_as_many_see_it_and_get_an_email_as_the_page_said(
    app: Flask, sign_in: SignIn, sent: Callable[[], list[str]], act: str
) -> None:
    priya = sign_in(PRIYA)
    page = ACTS[act](app, priya)
    said = words(page)
    sent()
    before = seen_by_all(app)

    assert press(priya, page).status_code == 303, said

    after, letters = seen_by_all(app), sent()
    who = {email for email in before if before[email] != after[email]}
    assert len(who) == number(r"(\d+) relatives? will see it", said), said
    assert len(letters) == number(r"(\d+) gets? an email", said), said
    assert set(letters) <= who
    assert len(letters) == len(set(letters)), "one email about one change"
    assert (DANA.email in who) == (act != "nothing changed")


def test_an_address_that_does_not_work_is_none_of_the_emails_that_the_page_counts(
    app: Flask, sign_in: SignIn, sent: Callable[[], list[str]]
) -> None:
    with at_the_clinic(app):
        session().scalars(select(Account).where(Account.email == DANA.email)).one().email_failed_at = clock.now()
    priya = sign_in(PRIYA)
    page = ACTS["one session moved"](app, priya)
    said = words(page)
    assert "Sees it. No email: their address does not work." in said
    sent()

    assert press(priya, page).status_code == 303
    letters = sent()
    assert DANA.email not in letters
    assert len(letters) == number(r"(\d+) gets? an email", said)
