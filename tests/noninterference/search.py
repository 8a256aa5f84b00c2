"""Looks for a pair of worlds that one relative can tell apart although nothing visible to them differs."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.noninterference.changes import Changer, Pair, all_that_may_vary
from tests.noninterference.generator import random_world
from tests.noninterference.observation import House, Labels, Observations, differences
from tests.noninterference.oracle import Facts, visible
from tests.noninterference.world import TABLES, Row, World, is_possible

NOW = dt.datetime.fromisoformat("2026-11-23T08:30:00-06:00")
PAIRS_OF_ONE_WORLD = 8
ALL_IS_VARIED, ALL_IS_SHOWN = "all is varied", "all is shown"


@dataclass
class Search:
    """What was compared, what was varied, and the first difference, if any."""

    seed: int
    worlds: int = 0
    pairs: int = 0
    requests: int = 0
    seen_something: int = 0
    given_up: int = 0
    varied: set[str] = field(default_factory=set)
    ways: dict[str, int] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    leak: str = ""


def search(
    one: House,
    other: House,
    *,
    pairs: int,
    seed: int,
    pages: str | None = "/",
    until: str = "",
    only_reasons: bool = False,
) -> Search:
    """Compare `pairs` pairs of worlds; stop at the first difference, made as small as it goes.

    `pages` is how the addresses of the pages begin that are looked at; None compares only the shared rows, the
    emails and `flask sees`, which is many times faster. Until ALL_IS_VARIED goes on, in up to eight times as many
    worlds, until every column was varied, until ALL_IS_SHOWN until every page was shown; once only pages are missing,
    worlds that show none of them are passed over. `only_reasons` makes pairs that differ in nothing but why the
    relative sees nothing.
    """
    rng = random.Random(seed)
    wanted = all_that_may_vary()
    rng.shuffle(wanted)
    result = Search(seed)
    wanting = set(wanted) if until == ALL_IS_VARIED else set()
    every_page = one.pages_of_the_family() if until == ALL_IS_SHOWN else set()
    most_worlds = 8 * pairs // PAIRS_OF_ONE_WORLD

    def is_varied() -> bool:
        return result.pairs >= pairs and wanting <= result.varied

    def is_enough() -> bool:
        if result.worlds >= most_worlds and result.pairs >= pairs:
            return True
        return is_varied() and every_page <= result.shown

    while not result.leak and not is_enough():
        world = random_world(rng, NOW)
        if not is_possible(world):
            continue
        viewer = _whom_to_watch(world, rng)
        result.worlds += 1
        result.seen_something += bool(visible(world, viewer["id"], NOW)["people"])
        sought = every_page - result.shown if is_varied() else set()
        _compare_with_others(one, other, world, viewer, wanted, rng, result, pages, only_reasons, sought)
    return result


def _compare_with_others(
    one: House, other: House, world: World, viewer: Row, wanted: list[str], rng: random.Random, result: Search,
    pages: str | None, only_reasons: bool, sought: set[str],
) -> None:  # fmt: skip
    changer = Changer(world, viewer["id"], NOW, rng)
    one.fill(world)
    addresses = []
    if pages is not None:
        addresses = one.addresses(viewer["ref"], labels_to_ask_for(world, changer.facts, rng), rng, pages)
        one.fill(world)  # reading has put looks on record
    seen = one.observe(viewer["ref"], addresses)
    shown = {one.endpoint_of(where) for where, what in seen.items() if where[0] == "/" and what[0] in (200, 302)}
    if sought and not sought & shown:
        return
    result.shown |= shown
    for pair in changer.pairs(PAIRS_OF_ONE_WORLD, wanted, only_reasons=only_reasons):
        other.fill(pair.other)
        found = differences(seen, other.observe(viewer["ref"], addresses))
        result.pairs += 1
        result.requests += 2 * len(addresses)
        result.varied |= pair.varied
        result.ways[pair.how] = result.ways.get(pair.how, 0) + 1
        if found:
            found = (
                _with_fewest_flips(changer, pair, lambda flipped: _seen_there(other, flipped, seen, viewer)) or found
            )
            result.leak = _told(pair, viewer, found, result.seed)
            break
    result.given_up += changer.given_up


def _seen_there(house: House, world: World, seen: Observations, viewer: Row) -> list[str]:
    house.fill(world)
    return differences(seen, house.observe(viewer["ref"], [where for where in seen if where.startswith("/")]))


def _with_fewest_flips(changer: Changer, pair: Pair, look: Callable[[World], list[str]]) -> list[str]:
    """Take back one flip after the other as long as the worlds can still be told apart."""
    found: list[str] = []
    for flip in list(pair.flips):
        fewer = [one for one in pair.flips if one != flip]
        world = changer.with_flips(fewer)
        if world is not None and (still := look(world)):
            pair.flips, found = fewer, still
    return found


def _whom_to_watch(world: World, rng: random.Random) -> Row:
    """Mostly the relative who sees most, so that pages are full; now and then anybody."""
    if rng.random() < 0.2:
        return rng.choice(world["relative"])
    return max(world["relative"], key=lambda row: _how_much(world, row["id"]))


# What makes a page full.
FULL = ("people", "entries", "bookings", "kept", "waiting", "updates", "therapists", "mail")


def _how_much(world: World, relative_id: int) -> int:
    facts = visible(world, relative_id, NOW)
    return sum(len(facts[name]) for name in FULL)


def labels_to_ask_for(world: World, facts: Facts, rng: random.Random) -> Labels:
    """Labels of rows that the relative sees, of any rows, and of whom they may book with."""
    every = [row["ref"] for name, table in TABLES.items() if "ref" in table.c for row in world[name]]
    seen = {
        "family.updates": [fact[1] for fact in facts["updates"]],
        "family.sessions": [fact[1] for fact in facts["bookings"]],
        "family.moving": [fact[1] for fact in facts["bookings"]],
        "family.waiting": [fact[1] for fact in facts["waiting"]],
        "family.shared": [fact[0] for fact in facts["people"]],
        "family.calendar": [fact[1] for fact in facts["entries"] + facts["bookings"]],
    }
    ways = [fact[:2] for fact in facts["therapists"]]
    return Labels(
        {pages: rng.sample(some, min(2, len(some))) for pages, some in seen.items() if some},
        rng.sample(every, 6),
        rng.sample(ways, min(2, len(ways))),
    )


def _told(pair: Pair, viewer: Row, found: list[str], seed: int) -> str:
    flips = "\n".join(f"  {flip}" for flip in pair.flips)
    return (
        f"{viewer['given_name']} can tell two worlds apart that differ only in what is hidden ({pair.how}, "
        f"NI_SEED={seed}):\n{flips}\nat " + "\nat ".join(found[:5])
    )
