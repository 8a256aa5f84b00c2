"""One relative books a time, moves it and cancels it, while processes die; and what must be true each time.

What was confirmed is there, with its mail and its line on record. What was not is there whole, or not at all. The
same form sent again makes one of it, and one letter leaves.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

import pytest
from werkzeug.test import TestResponse

from portal.db import wait_until
from tests.storms.booking import Booker
from tests.storms.browsers import NoAnswer, each
from tests.storms.clinic import minute
from tests.storms.conftest import Storm
from tests.storms.killing import CannotTrace, Watch, killed_before
from tests.storms.pages import Form

# At how many points to kill, or `all`.
KILLS = os.environ.get("KILLS", "3")
TIME, OTHER_TIME = minute(5, 10 * 60), minute(5, 11 * 60)
LETTERS = {"book": "You are booked", "move": "Your booking has moved", "cancel": "Your booking is cancelled"}
PATIENCE = dt.timedelta(seconds=30)

T = TypeVar("T")


@dataclass
class Tries:
    """`victims` are the processes of which one dies; `fails` says that the server lives on, and may say it is sorry."""

    storm: Storm
    victims: Callable[[], list[int]]
    fails: bool = False
    made: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LETTERS, 0))
    kills: int = 0

    @property
    def booker(self) -> Booker:
        return self.storm.bookers[0]

    def everywhere(self) -> str:
        """Kill at every point, or at a few; returns what was done, in words. Skips where it cannot be done."""
        calls = [len(watch.calls) for watch in self.watched()]
        for nth in points(max(calls)):
            if not any(watch.killed for watch in self.one_session(nth)):
                break
        assert self.kills
        return f"{self.kills} kills; to book, move and cancel makes {calls[0]}, {calls[1]} and {calls[2]} calls"

    def watched(self) -> list[Watch]:
        """What booking, moving and cancelling do when nobody dies."""
        try:
            return self.one_session(0)
        except CannotTrace as no:
            pytest.skip(f"no process can be killed at a call of our choice here: {no.strerror}")

    def one_session(self, nth: int) -> list[Watch]:
        """Book, move and cancel a session, each with a kill before its nth call."""
        booking, booked = self.book(nth)
        moving, _ = self._do("move", now(self.booker.move_form(booked, OTHER_TIME)), nth)
        cancelling, _ = self._do("cancel", now(self.booker.cancel_form(booked)), nth)
        return [booking, moving, cancelling]

    def book(self, nth: int) -> tuple[Watch, TestResponse]:
        """Book with a kill before the nth call; returns what was seen, and the answer to the form sent again."""
        return self._do("book", now(self.booker.last_form(TIME)), nth)

    def _do(self, act: str, form: Form, nth: int) -> tuple[Watch, TestResponse]:
        before = self._many(act)
        watch, answer = self._send(form, nth)
        self._check(watch)
        there = self._many(act) - before
        assert there == 1 if answer is not None else there in (0, 1), f"{there} are there, {watch}"

        again = self._send_again(form)
        assert answer is None or answer.location == again.location, f"another answer, {watch}"
        assert self._many(act) == before + 1, f"{self._many(act) - before} are there when sent again, {watch}"
        self._check(watch)
        self.made[act] += 1
        self.storm.deliver()
        letters = {subject: many for (_, subject), many in self.storm.letters().items()}
        expected = {LETTERS[kind]: many for kind, many in self.made.items() if many}
        assert letters == expected, f"{letters} instead of {expected}, {watch}"
        return watch, again

    def _send(self, form: Form, nth: int) -> tuple[Watch, TestResponse | None]:
        """Send the form while somebody may die; the answer is None unless it says that it is done."""
        answer = None
        with killed_before(nth, *self.victims()) as watch:
            try:
                answer = now(self.booker.browser.send(form))
            except NoAnswer:
                assert watch.killed and not self.fails, "the server went away by itself"
        self.kills += watch.killed
        assert wait_until(self.storm.ledger.is_open, at_most=PATIENCE), "the database does not come back"
        if answer is not None and answer.status_code != 303:
            assert watch.killed and self.fails and answer.status_code in (500, 503), answer
            return watch, None
        return watch, answer

    def _send_again(self, form: Form) -> TestResponse:
        answers: list[TestResponse] = []

        def is_done() -> bool:
            answers.append(now(self.booker.browser.send(form)))
            return answers[-1].status_code == 303

        assert wait_until(is_done, at_most=PATIENCE if self.fails else dt.timedelta(0)), answers
        return answers[-1]

    def _many(self, act: str) -> int:
        ledger = self.storm.ledger
        return (
            ledger.moves() if act == "move" else len(ledger.booked({"book": "confirmed", "cancel": "cancelled"}[act]))
        )

    def _check(self, watch: Watch) -> None:
        torn, double = self.storm.ledger.torn(), self.storm.ledger.double_bookings()
        assert not torn and not double, f"{torn} {double}, {watch}"


def now(act: Awaitable[T]) -> T:
    """What one browser alone does, at this moment."""
    return each([act])[0]


def points(calls: int) -> Iterable[int]:
    """Before which calls to kill: all of them until none is left, or a few from the first to the last."""
    if KILLS == "all":
        return count(1)
    few = min(int(KILLS), calls)
    return sorted({1 + n * (calls - 1) // max(1, few - 1) for n in range(few)})
