"""What is not shared makes no difference to a relative: not a byte of a page, a header, a cookie or an email.

`NI_PAIRS` sets how many pairs of worlds are compared, `NI_SEED` which; both are printed.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

import pytest

from tests.noninterference.changes import Changer, all_that_may_vary
from tests.noninterference.generator import random_world
from tests.noninterference.observation import House
from tests.noninterference.oracle import visible
from tests.noninterference.search import ALL_IS_SHOWN, ALL_IS_VARIED, NOW, Search, search
from tests.noninterference.world import columns, is_possible

PAIRS = int(os.environ.get("NI_PAIRS", "200"))
SEED = int(os.environ.get("NI_SEED", random.SystemRandom().randrange(1_000_000)))
PARTS = (ALL_IS_VARIED, ALL_IS_SHOWN)  # side by side, each until it has seen what the other need not wait for

HOUSES = {
    "SharedScope": "people",
    "SharedScheduleEntry": "entries",
    "SharedWeeks": "weeks",
    "SharedAppointment": "bookings",
    "SharedKeptTime": "kept",
    "SharedWaitingListEntry": "waiting",
    "SharedTherapist": "therapists",
    "SharedUpdate": "updates",
}


@pytest.fixture
def two_houses(tmp_path: Path) -> tuple[House, House]:
    return House.on_sqlite(tmp_path / "one", NOW), House.on_sqlite(tmp_path / "other", NOW)


def told(result: Search) -> str:
    return (
        f"NI_SEED={result.seed}: {result.pairs} pairs, {result.requests} requests, {result.seen_something} viewers who "
        f"see something, {result.given_up} changes that came to nothing, {result.ways}"
    )


@pytest.mark.parametrize("until", PARTS)
def test_worlds_that_differ_in_what_is_hidden_look_the_same(two_houses: tuple[House, House], until: str) -> None:
    one, other = two_houses
    seed = SEED + PARTS.index(until)
    result = search(one, other, pairs=PAIRS // len(PARTS), seed=seed, until=until)
    print(told(result))

    assert not result.leak, result.leak
    if until == ALL_IS_VARIED:
        assert set(all_that_may_vary()) - result.varied == set(), f"never varied; {told(result)}"
    if until == ALL_IS_SHOWN:
        assert one.pages_of_the_family() - result.shown == set(), f"never shown; {told(result)}"
    assert result.seen_something


@pytest.mark.both_databases
def test_worlds_look_the_same_on_every_database(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, two_houses_at: Callable[[str], House]
) -> None:
    result = search(two_houses_at("one"), two_houses_at("other"), pairs=6, seed=SEED)
    print(told(result))

    assert not result.leak, result.leak


@pytest.fixture
def two_houses_at(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], House]:
    """Houses on the kind of database that this test runs on."""

    def built(name: str) -> House:
        if database.startswith("sqlite"):
            return House.on_sqlite(tmp_path / name, NOW)
        server = request.getfixturevalue("postgres")
        empty = server.create(f"world_{uuid.uuid4().hex[:8]}")
        house = House(server.url(empty), NOW).prepare()
        request.addfinalizer(lambda: (house.close(), server.drop(empty)))
        return house

    return built


@pytest.mark.both_databases
def test_the_gate_opens_for_what_the_promises_say(two_houses_at: Callable[[str], House]) -> None:
    house = two_houses_at("one")
    compared = 0
    for number in count():
        world = random_world(random.Random(SEED + number), NOW)
        if not is_possible(world):
            continue
        house.fill(world)
        for viewer in world["relative"]:
            facts, rows = visible(world, viewer["id"], NOW), house.shared_rows(viewer["ref"])
            compared += 1
            assert {name: len(rows[name]) for name in HOUSES} == {
                name: len(facts[fact]) for name, fact in HOUSES.items()
            }, f"NI_SEED={SEED + number}, {viewer['given_name']}"
        if compared > 40:
            return


def test_every_column_either_varies_or_says_why_not() -> None:
    from tests.noninterference.changes import NEVER_VARIED

    known = {f"{column.table.name}.{column.name}" for column in columns()}

    assert NEVER_VARIED.keys() <= known
    assert all(NEVER_VARIED.values())


def test_a_world_stays_the_same_to_somebody_when_their_numbers_change() -> None:
    rng = random.Random(SEED)
    worlds = filter(is_possible, (random_world(rng, NOW) for _ in count()))
    for world in islice(worlds, 12):
        viewer = rng.choice(world["relative"])
        assert Changer(world, viewer["id"], NOW, rng).renumber() is not None, f"NI_SEED={SEED}"
