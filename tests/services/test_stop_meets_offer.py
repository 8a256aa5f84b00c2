"""A stop that comes while a time is being kept for the same relative waits for it, ends it as well, and never fails."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import text

from portal.cast import DANA, SAM
from portal.db import db, is_sqlite, wait_until
from portal.services import consents, waiting_list
from tests.conftest import at_the_clinic, patient_id
from tests.services.test_consents import person_id
from tests.services.test_waiting_list import EVENING, app, emails, ends, offers, opens, waits

__all__ = ["app"]  # the house in which Ben offers nothing yet

PATIENCE = dt.timedelta(seconds=30)


@pytest.mark.both_databases
def test_a_stop_in_the_middle_of_an_offer_succeeds_and_leaves_nothing_kept(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(app, DANA)
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    is_offering, go_on = threading.Event(), threading.Event()
    keep = waiting_list._keep

    def keep_slowly(*args: object, **more: object) -> bool:
        is_offering.set()
        assert go_on.wait(PATIENCE.total_seconds())
        return keep(*args, **more)  # type: ignore[arg-type]

    def stop() -> None:
        with at_the_clinic(app):
            consents.stop(sam, dana)

    monkeypatch.setattr(waiting_list, "_keep", keep_slowly)
    with ThreadPoolExecutor(2) as two:
        offering = two.submit(opens, app, EVENING)
        assert is_offering.wait(PATIENCE.total_seconds())
        stopping = two.submit(stop)
        assert wait_until(lambda: somebody_waits(app), at_most=PATIENCE)
        go_on.set()

        assert offering.result() == 1
        stopping.result()

    assert offers(app) == []
    assert ends(app) == ["sharing ended"]
    assert emails(app, "time_opened") == []


def somebody_waits(app: Flask) -> bool:
    """Whether one transaction waits for another; SQLite does not say, there the whole file is held."""
    with app.app_context():
        if is_sqlite():
            return True
        with db.engine.connect() as connection:
            return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())
