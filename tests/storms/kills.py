"""One relative books one time and cancels it, again and again, while processes die; and what must be true each time.

What was confirmed is there, with its mail and its line on record. What was not is there whole, or not at all. The same
form sent again makes one of it, and one letter leaves.
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
TIME = minute(5, 10 * 60)
LETTERS = {"confirmed": "You are booked", "cancelled": "Your booking is cancelled"}
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
        booking, cancelling = self.watched()
        for nth in points(max(len(booking.calls), len(cancelling.calls))):
            tried, booked = self.book(nth)
            if not (self.cancel(booked, nth).killed or tried.killed):
                break
        assert self.kills
        return f"{self.kills} kills; booking makes {len(booking.calls)} calls, cancelling {len(cancelling.calls)}"

    def watched(self) -> tuple[Watch, Watch]:
        """What booking and cancelling do when nobody dies."""
        try:
            booking, booked = self.book(0)
        except CannotTrace as no:
            pytest.skip(f"no process can be killed at a call of our choice here: {no.strerror}")
        return booking, self.cancel(booked, 0)

    def book(self, nth: int) -> tuple[Watch, TestResponse]:
        """Book with a kill before the nth call; returns what was seen, and the answer to the form sent again."""
        return self._do("confirmed", now(self.booker.last_form(TIME)), nth)

    def cancel(self, booked: TestResponse, nth: int) -> Watch:
        """Cancel what was booked, with a kill before the nth call."""
        return self._do("cancelled", now(self.booker.cancel_form(booked)), nth)[0]

    def _do(self, status: str, form: Form, nth: int) -> tuple[Watch, TestResponse]:
        before = self._many(status)
        watch, answer = self._send(form, nth)
        self._check(watch)
        there = self._many(status) - before
        assert there == 1 if answer is not None else there in (0, 1), f"{there} are there, {watch}"

        again = self._send_again(form)
        assert answer is None or answer.location == again.location, f"another answer, {watch}"
        assert self._many(status) == before + 1, f"{self._many(status) - before} are there when sent again, {watch}"
        self._check(watch)
        self.made[status] += 1
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

    def _many(self, status: str) -> int:
        return len(self.storm.ledger.booked(status))

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
