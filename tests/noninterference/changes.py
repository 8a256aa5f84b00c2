"""Ways in which a second world can differ from the first without one relative being any the wiser."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column

from tests.noninterference.generator import random_world
from tests.noninterference.oracle import visible
from tests.noninterference.values import any_value
from tests.noninterference.world import (
    SOFT_KEYS,
    TABLES,
    World,
    at,
    belonging_to,
    columns,
    copied,
    is_possible,
    points_at,
    renumbered,
)

Rng = random.Random

OTHER_NUMBERS = "other numbers inside"
# Others do so much of each kind at once: the more, the sooner one of it shows.
MOST_ACTS_OF_A_KIND = 6

# Columns that no pair of worlds may differ in, and why.
NEVER_VARIED = {
    "clinic.id": "one clinic per installation",
    "clinic.public_name": "public",
    "clinic.legal_name": "public",
    "clinic.time_zone": "public",
    "clinic.phone": "public",
    "clinic.majority": "read when somebody is imported, and kept as patient.adult_on",
    "clinic.numbers_verified_on": "public",
    "help_line.id": "one clinic's lines, in this order",
    "help_line.name": "public",
    "help_line.purpose": "public",
    "help_line.how": "public",
    "help_line.verified_on": "public",
    "closure.starts_on": "public",
    "closure.ends_on": "public",
    "closure.name": "public",
    "family_class.ref": "public",
    "family_class.title": "public",
    "family_class.text": "public",
    "family_class.place": "public",
    "family_class.mode": "public",
    "family_class.starts_on": "public",
    "family_class.wall_time": "public",
    "family_class.zone": "public",
    "family_class.minutes": "public",
    "family_class.sessions": "public",
    "family_class.skips": "public",
    "family_class.cancelled": "public",
    "guide.slug": "public",
    "guide.language": "public",
    "guide.title": "public",
    "guide.short_title": "public",
    "guide.topic": "public",
    "guide.position": "public",
    "guide.minutes": "public",
    "guide.front": "public",
    "guide.markdown": "public",
    "guide.html": "public",
    "guide.updated_at": "public",
    "guide.version": "public",
    "guide.review_by": "public",
    "course.slug": "public",
    "course.position": "public",
    "course.title": "public",
    "course.text": "public",
    "course.stages": "public",
}


@dataclass(frozen=True)
class Flip:
    """Another value in one cell."""

    table: str
    index: int
    column: str
    value: Any

    def __str__(self) -> str:
        return f"{self.table}[{self.index}].{self.column} = {self.value!r}"


@dataclass
class Pair:
    """A world that one relative cannot tell from the first, in what way it differs, and what was varied."""

    other: World
    how: str
    flips: list[Flip] = field(default_factory=list)
    varied: set[str] = field(default_factory=set)


@dataclass
class Changer:
    """Makes other worlds out of one. Nothing is thrown away silently: `given_up` counts what came to nothing."""

    world: World
    relative_id: int
    now: dt.datetime
    rng: Rng
    given_up: int = 0

    def __post_init__(self) -> None:
        self.facts = visible(self.world, self.relative_id, self.now)
        self.seen_refs = {cell for found in self.facts.values() for cell in _cells_of(found) if isinstance(cell, str)}

    def pairs(self, count: int, wanted: list[str], *, only_reasons: bool = False) -> Iterator[Pair]:
        """`count` pairs: most of them flip single cells, the first of `wanted` first; the others do more.

        `only_reasons` makes pairs that differ in why nothing is shared, as far as there are any.
        """
        if only_reasons:
            yield from filter(None, (self.say_no_for_another_reason() for _ in range(count)))
            return
        others: list[Callable[[], Pair | None]] = [
            self.renumber, self.forget_a_patient, self.add_a_patient, self.say_no_for_another_reason,
            self.let_others_act,
        ]  # fmt: skip
        self.rng.shuffle(others)
        for n in range(count):
            pair = (others[n % len(others)]() if n % 2 else None) or self.flip_cells(wanted)
            yield self.with_other_numbers(pair) if n % 3 == 0 else pair

    def is_hidden(self, other: World) -> bool:
        return is_possible(other) and visible(other, self.relative_id, self.now) == self.facts

    # The ways

    def flip_cells(self, wanted: list[str], most: int = 12) -> Pair:
        """Single cells, each of them hidden by itself and all of them together."""
        pair = Pair(copied(self.world), "single cells")
        for name in list(wanted):
            if len(pair.flips) == most:
                break
            table, column = name.split(".")
            if self._flip(pair, TABLES[table].c[column]):
                wanted.remove(name)
                wanted.append(name)
        return pair

    def with_flips(self, flips: list[Flip]) -> World | None:
        """The world with these cells flipped, when that is still nothing the relative may know."""
        other = copied(self.world)
        for flip in flips:
            other[flip.table][flip.index][flip.column] = flip.value
        return other if self.is_hidden(other) else None

    def _flip(self, pair: Pair, column: Column[Any]) -> bool:
        table = column.table.name
        rows = list(range(len(pair.other[table])))
        rows = self.rng.sample(rows, len(rows))
        if self.rng.random() < 0.6:  # what is hidden in a row that is shown leaks most easily
            rows.sort(key=lambda index: pair.other[table][index].get("ref") not in self.seen_refs)
        for index in rows[:8]:
            row = pair.other[table][index]
            before = row[column.name]
            row[column.name] = self._another_value(column, pair.other, row)
            if row[column.name] != before and self.is_hidden(pair.other):
                pair.flips.append(Flip(table, index, column.name, row[column.name]))
                pair.varied.add(f"{table}.{column.name}")
                return True
            row[column.name] = before
        self.given_up += 1
        return False

    def _another_value(self, column: Column[Any], world: World, row: dict[str, Any]) -> Any:
        target = points_at(column)
        soft = SOFT_KEYS.get((column.table.name, column.name))
        if target is None and soft is not None:
            table = soft(row)
            ids = [other["id"] for other in world[table]] if table else list(range(50))
            return self.rng.choice(ids)
        if target is not None:
            ids = [other[target.name] for other in world[target.table.name]]
            return self.rng.choice([None, *ids] if column.nullable else ids)
        if column.name == "id":
            return row["id"]  # numbers change all at once, see `renumber`
        if isinstance(row[column.name], dt.datetime) and self.rng.random() < 0.4:
            return at(row[column.name], minutes=self.rng.choice((-9, -4, 3, 8)))
        return any_value(column, self.rng, self.now)

    def with_other_numbers(self, pair: Pair) -> Pair:
        """The same pair, where besides every number inside is another one."""
        if pair.how == OTHER_NUMBERS:
            return pair
        other = Changer(pair.other, self.relative_id, self.now, self.rng).renumber()
        if other is None:
            return pair
        return Pair(other.other, f"{pair.how}, {other.how}", pair.flips, pair.varied | other.varied)

    def renumber(self) -> Pair | None:
        """Every number inside is another one, and rows were written in another order."""
        me = next(row["ref"] for row in self.world["relative"] if row["id"] == self.relative_id)
        other = renumbered(self.world, self.rng)
        again = next(row["id"] for row in other["relative"] if row["ref"] == me)
        if visible(other, again, self.now) != self.facts:
            return self._give_up()
        return self._with_all_numbers_varied(Pair(other, OTHER_NUMBERS))

    @staticmethod
    def _with_all_numbers_varied(pair: Pair) -> Pair:
        pair.varied |= {f"{c.table.name}.{c.name}" for c in columns() if c.name == "id" or points_at(c) is not None}
        return pair

    def forget_a_patient(self) -> Pair | None:
        """A patient who shares nothing was never here, with all that hangs on them."""
        for patient in self.rng.sample(self.world["patient"], len(self.world["patient"])):
            gone = belonging_to(self.world, patient["id"])
            other = {name: [row for row in rows if row not in gone[name]] for name, rows in self.world.items()}
            if self.is_hidden(other):
                return Pair(other, "a patient less")
        return self._give_up()

    def add_a_patient(self) -> Pair | None:
        """Somebody else came into treatment, with everything that a patient of some other world has."""
        guest = random_world(self.rng, self.now)
        other = copied(self.world)
        patient_id = guest["patient"][0]["id"]
        moved: dict[tuple[str, int], int] = {}
        for name, rows in belonging_to(guest, patient_id).items():
            for row in rows:
                here = dict(row)
                for column in TABLES[name].columns:
                    if (target := points_at(column)) is not None and here[column.name] is not None:
                        there = [one[target.name] for one in other[target.table.name]]
                        known = moved.get((target.table.name, here[column.name]))
                        here[column.name] = known or self.rng.choice(there)
                if "id" in here:
                    here["id"] = moved[name, row["id"]] = 1 + max((one["id"] for one in other[name]), default=0)
                other[name].append(here)
        return Pair(other, "a patient more") if self.is_hidden(other) else self._give_up()

    def say_no_for_another_reason(self) -> Pair | None:
        """Every consent that is not live is not live for another reason, and for that one alone."""
        other = copied(self.world)
        changed = 0
        for consent in other["consent"]:
            before = dict(consent)
            consent.update(self._nothing_wanting() | self.rng.choice(self._reasons()))
            if consent != before and self.is_hidden(other):
                changed += 1
            else:
                consent.update(before)
        return Pair(other, "another reason for no") if changed else self._give_up()

    def _consents_for_me(self, world: World) -> list[dict[str, Any]]:
        """The consents that name the relative; others make no difference whatever is wrong with them."""
        mine = {row["id"] for row in world["related_person"] if row["relative_id"] == self.relative_id}
        return [row for row in world["consent"] if row["related_person_id"] in mine]

    def _nothing_wanting(self) -> dict[str, Any]:
        last_week, next_month = at(self.now, days=-7), at(self.now, days=40)
        return {
            "signed_at": last_week, "starts_at": last_week, "ends_at": next_month, "ends_on": next_month.date(),
            "stopped_at": None, "stopped_how": None, "not_usable_because": None, "purpose": "support",
            "verified_at": last_week, "invalid_since": None, "ends_sooner_at": None, "representative_authority": None,
        }  # fmt: skip

    def _reasons(self) -> list[dict[str, Any]]:
        yesterday, tomorrow = at(self.now, days=-1), at(self.now, days=1)
        return [
            {"stopped_at": yesterday, "stopped_how": "here"},
            {"ends_at": yesterday, "ends_on": yesterday.date()},
            {"ends_at": self.now},
            {"starts_at": tomorrow},
            {"signed_at": None},
            {"signed_at": tomorrow},
            {"purpose": ""},
            {"not_usable_because": "no signature"},
            {"how_signed": "paper", "verified_at": None},
            {"invalid_since": yesterday},
            {"ends_sooner_at": yesterday},
            {"representative_authority": ""},
            {"parent_signer_name": None},
            {"parent_signer_name": "Somebody Else"},
        ]

    def let_others_act(self) -> Pair | None:
        """Others looked, were written to, read guides, turned email off, left sessions and the waiting list."""
        other = copied(self.world)
        done = 0
        for name in ("record_entry", "outgoing_email", "guide_progress", "email_stop", "form_token", "sharing_draft",
                     "appointment_participant", "waiting_list_entry", "family_class_place", "care_team_member",
                     "timetable_member"):  # fmt: skip
            wanted = done + MOST_ACTS_OF_A_KIND
            for row in self.rng.sample(other[name], len(other[name])):
                other[name].remove(row)
                if self.is_hidden(other):
                    done += 1
                else:
                    other[name].append(row)
                if done == wanted:
                    break
        return Pair(other, "others acted") if done else self._give_up()

    def _give_up(self) -> None:
        self.given_up += 1


def _cells_of(found: Any) -> Iterator[Any]:
    """Every single value in nested facts."""
    if isinstance(found, tuple | list | set):
        for part in found:
            yield from _cells_of(part)
    else:
        yield found


def all_that_may_vary() -> list[str]:
    """Every column that some pair of a run has to differ in."""
    return [name for c in columns() if (name := f"{c.table.name}.{c.name}") not in NEVER_VARIED and c.name != "id"]
