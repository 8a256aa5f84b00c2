"""The log tells us what broke and where, and nobody's name, address, word or token."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.cast import DANA, SAM
from tests.conftest import SignIn

SECRET = "Dana Reyes met the therapist on Monday"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = capsys.readouterr()
    assert out == ""
    assert SECRET not in err
    return [json.loads(line) for line in err.splitlines()]


@pytest.fixture
def broken(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    def breaks(**_: object) -> str:
        held = SECRET
        raise RuntimeError(held)

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "patient.home.page", breaks)
    return sign_in(SAM)


def test_a_page_that_breaks_is_named_without_what_it_held(
    broken: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert broken.get(f"/me?q={SECRET}").status_code == 500

    [said] = lines(capsys)
    assert said["level"] == "error"
    assert said["endpoint"] == "patient.home.page"
    assert said["exception"][0] == "RuntimeError"
    assert said["exception"][-1].startswith("test_logs.py:")


def test_what_a_library_writes_keeps_only_its_place(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("another.package").exception("could not reach %s", DANA.email, extra={"body": SECRET})

    [said] = lines(capsys)
    assert said["event"].startswith("another.package test_logs:")
    assert said["exception"][0] == "ValueError"
    assert DANA.email not in str(said)


def test_an_event_of_ours_says_only_what_is_on_the_list(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    from portal.emails.delivery import log

    log.warning("email.not_sent", email=7, attempt=2, to=DANA.email, subject=SECRET)

    [said] = lines(capsys)
    assert (said["event"], said["email"], said["attempt"]) == ("email.not_sent", 7, 2)
    assert not {"to", "subject"} & said.keys()
