"""Postmen who are killed in the middle of their rounds while patients stop sharing; and what must be true in the end.

All mail that may still leave has arrived. A letter comes again, under its own Message-ID, only where a postman died
between the mail server's answer and his own note of it. After a stop has answered, nothing about that pair arrives.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from flask import Flask, g
from sqlalchemy import select

from portal.db import session
from portal.models import OutgoingEmail
from portal.services import consents
from tests.conftest import Clock, at_the_clinic
from tests.emails.families import Family
from tests.storms.nursery import Nursery

KILLS = int(os.environ.get("KILLS_OF_POSTMAN", "6"))
LETTERS = int(os.environ.get("LETTERS", "60"))
# Of so many pairs one is stopped while the mail leaves.
STOPS_OF = 8
# From claim to note takes a letter about so long; a postman dies somewhere within.
A_LETTER = 0.04


class Sink:
    """Takes every letter, and notes its Message-ID, its reader and when it was there, before it says so."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str, float]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        letter = message_from_bytes(envelope.content)
        message_id = letter["Message-ID"].strip("<>").partition("@")[0]
        self.accepted.append((message_id, envelope.rcpt_tos[0], time.monotonic()))
        return "250 OK"

    def copies(self) -> Counter[str]:
        return Counter(message_id for message_id, _, _ in self.accepted)


@dataclass
class Round:
    """`postmen` go at a time; each of them dies in it."""

    app: Flask
    clock: Clock
    nursery: Nursery
    sink: Sink
    families: list[Family]
    postmen: int = 1
    chance: random.Random = field(default_factory=random.Random)
    kills: int = 0
    # By Message-ID: at how many kills the mail server had it, and no postman had written that down.
    unknown: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, float] = field(default_factory=dict)
    trouble: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()

    def go(self) -> str:
        """Kill KILLS postmen over the LETTERS, then let one finish. Returns what happened, in words."""
        patients = threading.Thread(target=self._stop_now_and_then)
        patients.start()
        each = 0.8 * len(self.families) * self.postmen / max(1, KILLS)
        try:
            while self.kills < KILLS:
                self._kill_when_there_are(len(self.sink.accepted) + self.chance.uniform(0, 2 * each))
        finally:
            self._over.set()
            patients.join(120)
        assert not patients.is_alive()
        assert not self.trouble, self.trouble
        self._finish()
        repeats = sum(self.sink.copies().values()) - len(self.sink.copies())
        return (
            f"{self.kills} kills among {len(self.families)} letters, {len(self.stopped)} stops: "
            f"{self.unknown.total()} kills between answer and note, {repeats} letters came again"
        )

    def check(self) -> None:
        """Nothing lost, nothing again without need, nothing after a stop."""
        rows, copies = self._rows(), self.sink.copies()
        email_of = {one.account_id: one.email for one in self.families}
        assert len(rows) == len(self.families)
        for row in rows:
            there, email = copies[row.message_id], email_of[row.account_id or 0]
            if row.outcome == "sent":
                assert there >= 1, "a letter was lost"
            else:
                # Whatever of it was gone when he looked: the update, or that emails are agreed to.
                assert row.outcome == "withheld", row.outcome
                assert email in self.stopped, "a letter was withheld, and nobody had stopped"
            assert there <= 1 + self.unknown[row.message_id], "a letter came again without need"
        assert set(copies) <= {row.message_id for row in rows}, "a letter came under another Message-ID"
        assert self.unknown.total() <= self.kills
        late = [email for _, email, at in self.sink.accepted if at > self.stopped.get(email, at)]
        assert not late, f"{len(late)} letters came after the stop had answered"

    def _kill_when_there_are(self, many: float) -> None:
        going = [self.nursery.postman() for _ in range(self.postmen)]
        _wait(lambda: len(self.sink.accepted) >= many, 5)
        for pid in going:
            time.sleep(self.chance.uniform(0, A_LETTER))
            os.kill(pid, signal.SIGKILL)
            assert self.nursery.gone(pid) == signal.SIGKILL, "a postman had gone by himself"
            self.kills += 1
        copies = self.sink.copies()
        for row in self._rows():
            there = copies[row.message_id]
            if row.ended_at is None and there > self.unknown[row.message_id]:
                self.unknown[row.message_id] = there
        # Now that no living postman holds anything: leases end, and put-off letters are due.
        self.clock.forward(minutes=2)

    def _stop_now_and_then(self) -> None:
        """As the letters come near them, patients stop sharing; each answer is the moment from which nothing comes."""
        try:
            for n in range(STOPS_OF // 2, len(self.families), STOPS_OF):
                near = n - self.chance.randint(-2, 2)
                _wait(lambda near=near: len(self.sink.accepted) >= near or self._over.is_set(), 600)
                if self._over.is_set():
                    return
                one = self.families[n]
                with at_the_clinic(self.app):
                    consents.stop(one.patient_id, one.related_person_id)
                self.stopped[one.email] = time.monotonic()
        except BaseException as trouble:
            self.trouble.append(trouble)

    def _finish(self) -> None:
        for _ in range(12):
            self.clock.forward(hours=12)
            last = self.nursery.postman()
            _wait(lambda: not self._waiting_now(), 60 + len(self.families) / 10)
            os.kill(last, signal.SIGTERM)
            assert self.nursery.gone(last) in (0, signal.SIGTERM), "a postman fell over"
            if all(row.ended_at is not None for row in self._rows()):
                return
        raise AssertionError("some letters still wait")

    def _waiting_now(self) -> bool:
        now = self.clock.moment
        waiting = [row for row in self._rows() if row.ended_at is None]
        # What is in hand is put off already.
        return any(row.due_at <= now or (row.handing_until is not None and row.handing_until > now) for row in waiting)

    def _rows(self) -> list[OutgoingEmail]:
        with self.app.app_context():
            g.reading = True
            return list(
                session().scalars(
                    select(OutgoingEmail).where(
                        OutgoingEmail.message == "update_posted",
                        OutgoingEmail.account_id.in_([one.account_id for one in self.families]),
                    )
                )
            )


def _wait(done: Callable[[], bool], seconds: float) -> None:
    give_up = time.monotonic() + seconds
    while not done() and time.monotonic() < give_up:
        time.sleep(0.003)
