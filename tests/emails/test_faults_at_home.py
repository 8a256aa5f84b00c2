"""A silent server, a full disk, a clock that jumps, a letter that kills: the mail goes on, and so does the house."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Engine, event

from portal import tasks
from portal.cast import SAM
from portal.db import db
from portal.emails import delivery
from portal.emails import line as lines
from portal.emails.messages import MESSAGES
from tests.emails import faulty
from tests.emails.conftest import Opening
from tests.emails.mailbox import mail_server
from tests.emails.rounds import GRACE, MAILS, Keeper, begin_round


def test_pages_answer_while_the_postman_hangs(post_at: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = Keeper()
    with mail_server(mailbox) as server_port, faulty.bad_line(server_port) as line:
        made = begin_round(post_at, monkeypatch, line.port, mailbox)
        client = made.post.app.test_client()
        client.get("/sign-in")  # its template is compiled the first time
        line.becomes(faulty.Hears)
        postman = threading.Thread(target=made.post.deliver)
        postman.start()
        try:
            _soon(lambda: line.conversations)
            began = time.monotonic()
            assert client.get("/sign-in").status_code == 200
            made.post.update_for()  # and what writes is not held up either
            assert time.monotonic() - began < GRACE < lines.DEADLINE.total_seconds()
            assert not made.tries, "the postman did not hang"
        finally:
            line.becomes(None)
            postman.join(30)


def test_a_letter_that_ends_every_process_is_given_up_and_the_others_leave(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object) -> None:
        raise SystemExit

    mailbox = Keeper()
    with mail_server(mailbox) as port:
        made = begin_round(post_at, monkeypatch, port, mailbox)
        monkeypatch.setitem(MESSAGES, "password_changed", ends)
        poison = made.post.queue("password_changed", SAM)
        made.post.clock.forward(minutes=1)
        for _ in range(2 * len(delivery.BACK_OFF)):
            with suppress(SystemExit):
                made.go(minutes=60 * 25)
        made.check()
        row = made.post.row(poison)

    assert row.outcome == "failed"
    assert row.attempts <= len(delivery.BACK_OFF) + 2


@contextmanager
def a_full_disk(app: Any) -> Iterator[None]:
    """The database gets no page more, whoever asks; at the end there is room again."""

    def no_more(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # as many as there are

    with app.app_context():
        engine: Engine = db.engine
        engine.dispose()
        _fill_up(str(engine.url.database))
        event.listen(engine, "connect", no_more)
        try:
            yield
        finally:
            event.remove(engine, "connect", no_more)
            engine.dispose()


def _fill_up(database: str) -> None:
    """Use up what is left in the last page of the record, to which every letter that leaves adds a line."""
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute("PRAGMA max_page_count = 1")
        columns = ", ".join(row[1] for row in plain.execute("PRAGMA table_info(record_entry)") if row[1] != "id")
        with suppress(sqlite3.OperationalError):  # "database or disk is full"
            while True:
                plain.execute(f"INSERT INTO record_entry ({columns}) SELECT {columns} FROM record_entry LIMIT 1")


def test_a_full_disk_loses_nothing_and_sends_no_letter_over_and_over(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Keeper()
    with mail_server(mailbox) as port:
        made = begin_round(post_at, monkeypatch, port, mailbox)
        with a_full_disk(made.post.app):
            for _ in range(40):
                tasks.make_a_pass(made.post.app, lambda: False)
                made.post.clock.forward(seconds=45)
            assert made.waiting() == MAILS, "the disk was not full"
        many = max(mailbox.kept.values(), default=0)
        made.until_all_is_over()

    rows, kept = made.rows(), mailbox.kept
    print(f"while the disk was full one letter came {many} times")
    assert Counter(row.outcome for row in rows) == {"sent": MAILS}
    assert set(kept) == {row.message_id for row in rows}
    assert max(kept.values()) <= len(delivery.BACK_OFF) + 1
    assert many <= 5, "in half an hour a letter is tried after 1, 5 and 15 minutes"


@pytest.mark.parametrize("step", [dt.timedelta(days=-1), dt.timedelta(hours=1)])
def test_a_clock_that_jumps_loses_nothing_and_repeats_nothing(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch, step: dt.timedelta
) -> None:
    class Jumps(Keeper):
        def _say(self, to: str, number: int) -> str:
            if number == 3:  # while the third letter is being handed over
                made.post.clock.set(made.post.clock.moment + step)
            return super()._say(to, number)

    mailbox = Jumps()
    with mail_server(mailbox) as port:
        made = begin_round(post_at, monkeypatch, port, mailbox)
        made.go()
        made.post.clock.set(made.post.clock.moment - step)
        made.until_all_is_over()
        made.check()


def _soon(done: Callable[[], object], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < give_up
        time.sleep(0.02)
