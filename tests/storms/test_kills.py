"""A server that dies while it books, moves or cancels tears nothing, at whatever write, sync, send or receive.

`make test` kills it at a few of them; KILLS says at how many, and with `all` at every one until none is left.
"""

from __future__ import annotations

import pytest

from tests.storms.conftest import Gathering
from tests.storms.kills import Tries


@pytest.mark.both_databases
def test_a_server_that_is_killed_while_it_books_moves_or_cancels_tears_nothing(gather: Gathering) -> None:
    storm = gather(1, workers=1)

    print(f"{storm.ledger.kind}:", Tries(storm, lambda: storm.server.workers).everywhere())


def test_a_portal_that_books_in_two_steps_is_found_out(gather: Gathering) -> None:
    storm = gather(1, workers=1, serving="tests.storms.two_steps:app")
    tries = Tries(storm, lambda: storm.server.workers)
    calls = tries.watched()[0].calls
    last_sync = max(n for n, call in enumerate(calls, 1) if call.startswith("fdatasync"))

    with pytest.raises(AssertionError, match=r"session \d+ \(confirmed\) has"):
        tries.book(last_sync - 8)  # while the second step is being written
