"""What the clinic's IT asks the portal: does it live, is it in order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from portal import create_app
from portal.config import Settings
from portal.emails import outbox
from tests.conftest import Clock, at_the_clinic


@pytest.mark.both_databases
def test_a_house_in_order_says_ok(app: Flask) -> None:
    client = app.test_client()

    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ok\n")


@pytest.mark.both_databases
def test_many_who_ask_at_once_hear_the_same(app: Flask) -> None:
    with ThreadPoolExecutor(8) as askers:
        answers = [answer.result() for answer in [askers.submit(app.test_client().get, "/readyz") for _ in range(200)]]

    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "ok\n")}


def test_mail_that_nobody_fetches_is_told(app: Flask, clock: Clock) -> None:
    with at_the_clinic(app):
        outbox.queue("password_changed", to=None)
    assert app.test_client().get("/readyz").status_code == 200
    clock.forward(minutes=11)
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.text == "postman: 1 emails are overdue by more than 10 minutes; PORTAL_SMTP_URL is not set\n"


def test_a_database_without_its_tables_is_told(tmp_path: object, clock: Clock) -> None:
    app = create_app(Settings(mode="test", database_url=f"sqlite:///{tmp_path}/empty.db", clock_file=clock.file))
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.text.startswith("migrations: ")


def test_a_database_that_is_gone_is_told_and_the_process_still_lives(tmp_path: object, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path}/no/such/folder/portal.db"
    app = create_app(Settings(mode="test", database_url=url, clock_file=clock.file))

    assert app.test_client().get("/healthz").status_code == 200
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database: does not answer (OperationalError)\n")
