"""Which of those who could go on does: every order once, or orders drawn by lot."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from tests.consent.stage import Act, Choose, Stage, Story


def every_order(stage: Stage, acts: Mapping[str, Act]) -> Iterator[Story]:
    """Each order of `acts` once, by replaying the shortest beginning that was not tried yet."""
    begin: list[int] = []
    while True:
        yield (story := stage.play(acts, _replaying(begin)))
        choices = story.choices
        if [chosen for chosen, _ in choices[: len(begin)]] != begin:
            raise AssertionError("the same beginning went another way: something here is left to chance")
        while choices and choices[-1][0] + 1 == choices[-1][1]:
            choices.pop()
        if not choices:
            return
        begin = [chosen for chosen, _ in choices[:-1]] + [choices[-1][0] + 1]


def orders_by_lot(stage: Stage, acts: Mapping[str, Act], rng: random.Random) -> Iterator[Story]:
    """Orders drawn by lot, without end; some hold on to one actor for long, some switch all the time."""
    while True:
        steady = rng.random()
        yield stage.play(acts, lambda of, steady=steady: 0 if rng.random() < steady else rng.randrange(of))


def _replaying(begin: list[int]) -> Choose:
    waiting = iter(begin)
    return lambda of: next(waiting, 0)
