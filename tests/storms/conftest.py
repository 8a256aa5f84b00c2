"""A clinic, its crowd, its server and its mail, on either database."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.db import db
from tests.conftest import Clock
from tests.emails.mailbox import Mailbox, mail_server
from tests.storms.booking import Booker
from tests.storms.browsers import Browser
from tests.storms.clinic import TWO_A_DAY, Hours, furnish
from tests.storms.ledger import Ledger
from tests.storms.server import Server, serve


@dataclass
class Storm:
    """The relatives at their browsers, the server they ask, what the database says, and the mail that came of it."""

    app: Flask
    server: Server
    ledger: Ledger
    bookers: list[Booker]
    mailbox: Mailbox

    def deliver(self) -> dict[str, int]:
        """Let a postman go round once; returns what came of it."""
        said = self.app.test_cli_runner().invoke(args=["deliver", "--once"], catch_exceptions=False).output
        with self.app.app_context():
            db.engine.dispose()
        return dict(json.loads(said))

    def letters(self) -> dict[tuple[str, str], int]:
        """How many letters came, by reader and subject."""
        return dict(Counter((letter["To"], letter["Subject"]) for letter in self.mailbox.letters))


Gathering = Callable[..., Storm]


@pytest.fixture(scope="package")
def post_office() -> Iterator[tuple[Mailbox, int]]:
    """A mail server that takes everything, and its port."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        yield mailbox, port


@pytest.fixture
def settings(database: str, clock: Clock, post_office: tuple[Mailbox, int]) -> Settings:
    mailbox, port = post_office
    mailbox.letters.clear()
    return Settings(mode="test", database_url=database, clock_file=clock.file, smtp_url=f"smtp://127.0.0.1:{port}")


@pytest.fixture
def gather(app: Flask, settings: Settings, post_office: tuple[Mailbox, int]) -> Iterator[Gathering]:
    """Bring so many relatives to their browsers, and let a server run for them."""
    with ExitStack() as stack:

        def gather(
            relatives: int,
            hours: Hours = TWO_A_DAY,
            *,
            serving: str = "wsgi:app",
            workers: int | None = None,
        ) -> Storm:
            cookies = furnish(app, relatives, hours)
            ledger = Ledger(settings.database_url)
            server = stack.enter_context(serve(settings, serving, workers or (1 if ledger.kind == "sqlite" else 2)))
            bookers = [
                Booker(Browser(server.port, cookie), f"Note {n}: we will be in the car")
                for n, cookie in enumerate(cookies)
            ]
            return Storm(app, server, ledger, bookers, post_office[0])

        yield gather


def tell(what: str, answers: Iterable[TestResponse]) -> None:
    """Print how many answers there were, of which kinds, and how long they took."""
    given = list(answers)
    took = sorted(answer.seconds for answer in given)  # type: ignore[attr-defined]
    p99 = statistics.quantiles(took, n=100)[98]
    statuses = dict(sorted(Counter(answer.status_code for answer in given).items()))
    print(f"{what}: {statuses}, p50 {statistics.median(took):.3f} s, p99 {p99:.3f} s")
