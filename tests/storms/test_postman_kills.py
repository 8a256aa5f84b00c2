"""Postmen may be killed at any moment: nothing is lost, nothing comes again without need, and a stop holds.

`make test` kills a few among a few letters; KILLS_OF_POSTMAN and LETTERS say how many. The proof is 200 among 2,000.
"""

from __future__ import annotations

import pytest
from flask import Flask

from portal.config import Settings
from tests.conftest import Clock
from tests.emails import families
from tests.emails.mailbox import mail_server
from tests.storms.nursery import nursery
from tests.storms.postman_kills import LETTERS, Round, Sink


@pytest.mark.both_databases
def test_postmen_who_are_killed_lose_nothing_and_a_stop_holds(app: Flask, settings: Settings, clock: Clock) -> None:
    brought = families.bring(app, LETTERS)
    families.queue(app, brought)
    sink = Sink()
    with mail_server(sink) as port:
        theirs = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
        kind = settings.database_url.partition(":")[0]
        with nursery(theirs) as forked:
            made = Round(app, clock, forked, sink, brought, postmen=1 if kind == "sqlite" else 2)
            print(f"{kind}:", made.go())
            made.check()
