"""A postman with mail for many families, a mail server that counts what it keeps, and what must be true in the end."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import g
from sqlalchemy import select

from portal.db import session
from portal.emails import line as lines
from portal.models import OutgoingEmail
from tests.emails import families
from tests.emails.conftest import Opening, Post
from tests.emails.families import Family
from tests.emails.mailbox import Mailbox

# How many emails go through every fault; `make proofs` says 100.
MAILS = int(os.environ.get("MAILS", "6"))
# What a try may take beyond its deadline, on a machine that others use too.
GRACE = 5.0


class Keeper(Mailbox):
    """A mailbox that counts what it keeps by Message-ID, and refuses whom it is told to, so many times."""

    def __init__(self, *, at_rcpt: str = "", at_data: str = "", times: int = 0) -> None:
        super().__init__(self._say)
        self._at_rcpt, self._at_data, self._times = at_rcpt, at_data, times
        self._refused: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._at_rcpt and self._once_more(address):
            return self._at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def _say(self, to: str, number: int) -> str:
        return self._at_data if self._at_data and self._once_more(to) else "250 OK"

    def _once_more(self, to: str) -> bool:
        self._refused[to] += 1
        return self._refused[to] <= self._times

    @property
    def kept(self) -> Counter[str]:
        return Counter(letter["Message-ID"].strip("<>").partition("@")[0] for letter in self.letters)


@dataclass
class Round:
    """A postman with mail for so many families, and how long each of the tries took."""

    post: Post
    mailbox: Keeper
    families: list[Family]
    rows_before: int = 0
    tries: list[float] = field(default_factory=list)

    def begin(self) -> None:
        """Queue an email for each family; what was before is over."""
        self.rows_before = max((row.id for row in self.rows()), default=0)
        self.tries.clear()
        self.mailbox.letters.clear()
        families.queue(self.post.app, self.families)

    def go(self, minutes: float = 0) -> None:
        self.post.clock.forward(minutes=minutes)
        self.post.deliver()

    def until_all_is_over(self) -> None:
        for _ in range(200):  # each of them may need one round, where the line breaks after every letter
            if not self.waiting():
                return
            self.go(minutes=60)
        raise AssertionError(f"{self.waiting()} emails still wait")

    def rows(self) -> list[OutgoingEmail]:
        mine = [one.account_id for one in self.families]
        with self.post.app.app_context():
            g.reading = True
            asked = select(OutgoingEmail).where(OutgoingEmail.account_id.in_(mine), OutgoingEmail.id > self.rows_before)
            return list(session().scalars(asked))

    def waiting(self) -> int:
        return sum(row.ended_at is None for row in self.rows())

    def check(self, *, may_repeat: bool = False) -> None:
        """Each arrived; once, unless the mail server had one and the postman could not know."""
        rows, kept = self.rows(), self.mailbox.kept
        assert len(rows) == len(self.families)
        assert Counter(row.outcome for row in rows) == {"sent": len(rows)}
        assert set(kept) == {row.message_id for row in rows}, "something was lost, or came under another Message-ID"
        if may_repeat:
            assert all(kept[row.message_id] <= row.attempts for row in rows)
            assert sum(kept.values()) > len(rows), "the fault did not happen"
        else:
            assert set(kept.values()) == {1}, "something came twice"
        assert max(self.tries) < lines.DEADLINE.total_seconds() + GRACE, f"a try took {max(self.tries):.1f} s"


def begin_round(post_at: Opening, patch: pytest.MonkeyPatch, port: int, mailbox: Keeper) -> Round:
    """Mail for MAILS families waits; nothing has been tried. From here on every try is timed."""
    post = post_at(port, mailbox)
    made = Round(post, mailbox, families.bring(post.app, MAILS))
    made.begin()
    send = lines.Line.send

    def timed(*args: Any, **more: Any) -> Any:
        began = time.monotonic()
        try:
            return send(*args, **more)
        finally:
            made.tries.append(time.monotonic() - began)

    patch.setattr(lines.Line, "send", timed)
    return made
