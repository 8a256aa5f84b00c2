"""flask set-password gives an account a password, and ends what was signed in before."""

from __future__ import annotations

import pytest
from flask import Flask, g
from flask_security import verify_password
from sqlalchemy import select

from portal.cast import DANA
from portal.db import session
from portal.models import Account
from tests.exchange.bundles import every_row, run


def account(app: Flask) -> Account:
    with app.app_context():
        g.reading = True
        return session().scalars(select(Account).where(Account.email == DANA.email)).unique().one()


def test_the_new_password_opens_and_other_sessions_end(app: Flask) -> None:
    before = account(app).fs_uniquifier

    # The second letter is written with a combining accent, as some keyboards do.
    result = run(app, "set-password", " DANA@example.org", input="de\u0301jeuner sur l’herbe\n")

    assert result.exit_code == 0, result.output
    after = account(app)
    assert after.fs_uniquifier != before
    with app.app_context():
        from flask import current_app

        typed = current_app.extensions["security"].password_util.normalize("d\u00e9jeuner sur l’herbe")
        assert verify_password(typed, after.password)
    assert "déjeuner" not in result.output


@pytest.mark.parametrize("password", ["", "too short", "eleven lett", "x" * 129, "twelve\x00letters"])
def test_a_password_that_cannot_be_is_refused(app: Flask, password: str) -> None:
    before = every_row(app)

    result = run(app, "set-password", DANA.email, input=password + "\n")

    assert result.exit_code == 1
    assert "Nothing was changed" in result.stderr
    assert every_row(app) == before


def test_an_unknown_email_is_an_error(app: Flask) -> None:
    result = run(app, "set-password", "nobody@example.org", input="a good long password\n")

    assert result.exit_code == 1
    assert "There is no account" in result.stderr
