"""Who is counted as a reader of a change of the schedule sees it, and nobody else does: asked of the gate in random
worlds.
"""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest
from flask import g
from sqlalchemy import select

from portal.consent.shared import SharedScheduleEntry
from portal.consent.viewer import viewing_as
from portal.db import session
from portal.models import ScheduleEntry
from portal.models.schedule import Facet
from portal.services import schedule_audience
from tests.noninterference.generator import random_world
from tests.noninterference.observation import House, frozen
from tests.noninterference.search import NOW
from tests.noninterference.world import Row, is_possible
from tests.postgres import Postgres

SEED = int(os.environ.get("NI_SEED", random.SystemRandom().randrange(1_000_000)))
WORLDS, MOST_WORLDS = 25, 250
# Changes that somebody sees, and changes that nobody does.
ENOUGH = 6

Readers = set[tuple[int, int]]


def counted(house: House, change: Row) -> Readers:
    """Account and patient of each reader that the clinic is told of before it changes this."""
    with frozen(house.now), house.app.app_context():
        g.reading = True
        changed = {}
        for entry in session().scalars(select(ScheduleEntry)):
            numbers = zip(Facet, (entry.change_id, entry.place_change_id, entry.kind_change_id), strict=True)
            if facets := sum(facet for facet, number in numbers if number == change["id"]):
                changed[entry] = Facet(facets)
        effect = schedule_audience.of_changed(changed)
        return {(one.account_id, one.patient_id) for one in effect.readers}


def at_the_gate(house: House, viewer: Row, change: Row) -> Readers:
    """The same, of one relative who looks: of whose sessions to come they see one of which this changed something."""
    with house.app.app_context():
        eyes = house._viewer(viewer["ref"])
    with frozen(house.now), house.app.app_context(), viewing_as(eyes):
        rows = session().scalars(select(SharedScheduleEntry).where(SharedScheduleEntry.starts_at > NOW)).all()
        return {
            (viewer["account_id"], row.patient_id)
            for row in rows
            if change["id"] in (row.change_id, row.place_change_id, row.kind_change_id)
        }


@pytest.mark.both_databases
def test_readers_of_a_change_are_those_who_see_it(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    house = a_house(database, tmp_path, request)
    see, do_not = 0, 0
    for number in itertools.count():
        if number >= WORLDS and min(see, do_not) >= ENOUGH:
            break
        world = random_world(random.Random(SEED + number), NOW)
        if not is_possible(world):
            continue
        house.fill(world)
        active = {row["id"] for row in world["account"] if row["active"]}
        viewers = [row for row in world["relative"] if row["account_id"] in active]
        for change in world["schedule_change"]:
            expected = {pair for viewer in viewers for pair in at_the_gate(house, viewer, change)}
            assert counted(house, change) == expected, f"NI_SEED={SEED + number}, change {change['id']}"
            see += bool(expected)
            do_not += not expected
        assert number < MOST_WORLDS, f"too few changes that somebody sees, or that nobody does: {see}, {do_not}"


def a_house(database: str, folder: Path, request: pytest.FixtureRequest) -> House:
    if database.startswith("sqlite"):
        return House.on_sqlite(folder / "one", NOW)
    server: Postgres = request.getfixturevalue("postgres")
    empty = server.create(f"world_{SEED}")
    house = House(server.url(empty), NOW).prepare()
    request.addfinalizer(lambda: (house.close(), server.drop(empty)))
    return house
