"""Of a crowd that wants one place one relative gets it, and nobody else loses anything but the place.

`make test` sends a small crowd twice; ROUNDS and BOOKERS say how often, and how many.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable

import pytest
from werkzeug.test import TestResponse

from tests.storms.booking import Booker, is_booked
from tests.storms.browsers import all_at_once, each
from tests.storms.clinic import Hours, minute, set_minutes
from tests.storms.conftest import Gathering, Storm, tell
from tests.storms.pages import Page

ROUNDS = int(os.environ.get("ROUNDS", "2"))
BOOKERS = int(os.environ.get("BOOKERS", "30"))
# Days from the tests' morning on which Nora is there.
DAYS = (2, 5, 6)
TEN = 10 * 60
TAKEN = "That time was just taken. Choose another. Your other answers are saved."

pytestmark = pytest.mark.both_databases

Alongside = Callable[[asyncio.Barrier], Awaitable[None]]


def one_round(storm: Storm, wanted: list[str], *alongside: Alongside) -> list[Booker]:
    """Everybody wants one of these times at the same moment; returns who got it."""
    last: dict[int, TestResponse] = {}

    async def want(n: int, time: str, together: asyncio.Barrier) -> None:
        last[n] = await storm.bookers[n].book_with_others(time, together)

    wishes = [
        lambda together, n=n, time=time: want(n, time, together)
        for n, time in zip(range(len(storm.bookers)), itertools.cycle(wanted), strict=False)
    ]
    all_at_once([*wishes, *alongside])

    assert {answer.status_code for booker in storm.bookers for answer in booker.answers} <= {200, 302, 303}
    winners = [storm.bookers[n] for n, answer in last.items() if is_booked(answer)]
    for n, answer in last.items():
        if not is_booked(answer):
            check_loser(storm.bookers[n], answer, wanted)
    return winners


def check_loser(booker: Booker, answer: TestResponse, wanted: list[str]) -> None:
    page = Page(answer)
    assert (answer.status_code, page.fields["note"]) == (200, booker.note)
    assert TAKEN in answer.get_data(as_text=True)
    assert page.times, "a page of times without times"
    assert not set(page.times) & set(wanted)
    booker.times = page  # and there they stay


def cancel(winner: Booker) -> None:
    """Whoever got the place gives it back, for the next round."""

    async def give_back() -> None:
        form = await winner.cancel_form(winner.answers[-1])
        assert (await winner.browser.send(form)).status_code == 303
        await winner.open_times()

    each([give_back()])


def storm_of(storm: Storm, rounds: list[list[str]], *alongside: Callable[[int], Alongside]) -> None:
    """Round after round; everybody goes on from the page on which the last one left them."""
    each(booker.open_times() for booker in storm.bookers)
    answers: list[TestResponse] = []
    for number, wanted in enumerate(rounds):
        winners = one_round(storm, wanted, *(act(number) for act in alongside))
        answers += [answer for booker in storm.bookers for answer in booker.answers]

        assert len(winners) == 1
        assert storm.ledger.double_bookings() == []
        assert [note for _, note in storm.ledger.booked()] == [winners[0].note]
        assert storm.ledger.torn() == []
        cancel(winners[0])
    tell(f"{storm.ledger.kind}, {len(rounds)} rounds of {len(storm.bookers)} bookers, one winner in each", answers)


def test_of_all_who_want_one_place_one_gets_it(gather: Gathering) -> None:
    storm = gather(BOOKERS)

    storm_of(storm, [[minute(DAYS[n % len(DAYS)], TEN)] for n in range(ROUNDS)])


def test_of_all_who_want_times_that_overlap_one_gets_theirs_while_the_length_of_sessions_changes(
    gather: Gathering,
) -> None:
    storm = gather(BOOKERS // 2, Hours(step=10))

    def change(number: int) -> Alongside:
        async def at_that_moment(together: asyncio.Barrier) -> None:
            await together.wait()
            await asyncio.to_thread(set_minutes, storm.app, (30, 50)[number % 2])

        return at_that_moment

    starts = [[minute(DAYS[n % len(DAYS)], TEN + after) for after in (0, 10, 20, 30)] for n in range(ROUNDS)]
    storm_of(storm, starts, change)


def test_a_portal_that_does_not_look_books_double_only_when_the_database_lets_it(gather: Gathering) -> None:
    storm = gather(8, serving="tests.storms.careless:app")
    each(booker.open_times() for booker in storm.bookers)

    assert len(won(storm, minute(DAYS[0], TEN))) == 1
    assert storm.ledger.double_bookings() == []

    storm.ledger.drop_the_promise()
    each(booker.open_times() for booker in storm.bookers)

    assert len(won(storm, minute(DAYS[1], TEN))) > 1
    assert storm.ledger.double_bookings()


def won(storm: Storm, time: str) -> list[TestResponse]:
    answers = all_at_once(lambda together, one=one: one.book_with_others(time, together) for one in storm.bookers)
    return [answer for answer in answers if is_booked(answer)]
