"""A world: every row of every table as plain dicts, which can be copied, renumbered and put into a database."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from sqlalchemy import BinaryExpression, Column, Engine, Table, UniqueConstraint, text
from sqlalchemy.sql.operators import in_op

from portal.models import Base, Label

Row = dict[str, Any]
World = dict[str, list[Row]]

TABLES: dict[str, Table] = {table.name: table for table in Base.metadata.sorted_tables}

# Numbers that point at a row without a foreign key: which table they mean depends on the row.
UPDATES = {"going", "plan", "leave", "update_posted"}
BOOKINGS = {
    "family", "booking_confirmed", "booking_asked", "booking_moved", "booking_cancelled", "time_opened",
    "reminder_tomorrow", "reminder_soon",
}  # fmt: skip
OTHER_THINGS = {
    "schedule_changed": "schedule_change", "waitlist": "waiting_list_entry", "weekly_list": "weekly_list",
}  # fmt: skip


def _thing(word: str) -> str | None:
    if word in OTHER_THINGS:
        return OTHER_THINGS[word]
    return "family_update" if word in UPDATES else "appointment" if word in BOOKINGS else None


SOFT_KEYS: dict[tuple[str, str], Callable[[Row], str | None]] = {
    ("outgoing_email", "about_id"): lambda row: _thing(row["message"]),
    ("record_entry", "thing_id"): lambda row: _thing(row["what"]),
}


def columns() -> Iterator[Column[Any]]:
    """Every column of every table."""
    for table in TABLES.values():
        yield from table.columns


def points_at(column: Column[Any]) -> Column[Any] | None:
    """The column that a foreign key refers to."""
    return next((key.column for key in column.foreign_keys), None)


def _whose_number(column: Column[Any]) -> Column[Any] | None:
    """The column at the end of the chain of foreign keys that begins here."""
    found = None
    while (target := points_at(column if found is None else found)) is not None:
        found = target
    return found


def copied(world: World) -> World:
    """The same rows, each to be changed by itself; what stands in a cell is replaced, never changed."""
    return {name: [dict(row) for row in rows] for name, rows in world.items()}


def by_id(world: World, table: str, id_: Any, name: str = "id") -> Row | None:
    """The row with this number."""
    return next((row for row in world[table] if row[name] == id_), None)


def put_into(engine: Engine, world: World) -> None:
    """Make the database hold this world and nothing else."""
    with engine.begin() as connection:
        for table in reversed(TABLES.values()):
            connection.execute(table.delete())
        for name, table in TABLES.items():
            if not world[name]:
                continue
            # A row may point at one of its own kind that comes after it.
            later = [c.name for c in table.columns if (target := points_at(c)) is not None and target.table is table]
            connection.execute(table.insert(), [row | dict.fromkeys(later) for row in world[name]])
            for row in world[name]:
                pointing = {column: row[column] for column in later if row[column] is not None}
                if pointing:
                    connection.execute(table.update().where(table.c.id == row["id"]).values(pointing))


def let_the_record_be_emptied(engine: Engine) -> None:
    """The record only grows, so a database that is filled anew for each world must do without that guard."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE record_entry DISABLE TRIGGER USER"))
            # Rows come with numbers of their own; what the portal adds while it is read must not meet them.
            connection.execute(text("ALTER SEQUENCE record_entry_id_seq RESTART WITH 1000000"))
        else:
            guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'the_record_only_grows%'"
            for (name,) in connection.execute(text(guards)).all():
                connection.execute(text(f"DROP TRIGGER {name}"))


# Of two changes of the schedule the later one has the greater number: an email tells of the last that a reader sees.
IN_ORDER_OF_TIME = {"schedule_change"}


def renumbered(world: World, rng: random.Random) -> World:
    """The same world with other numbers inside; labels and everything people see stay."""
    numbers: dict[str, dict[int, int]] = {}
    for name, table in TABLES.items():
        if "id" in table.c and table.c.id.info["label"] == Label.KEY:
            old = [row["id"] for row in world[name]]
            new = rng.sample(range(1, 10 + 3 * len(old)), len(old))
            if name in IN_ORDER_OF_TIME:
                old, new = sorted(old), sorted(new)
            numbers[name] = dict(zip(old, new, strict=True))
    other = copied(world)
    for name, table in TABLES.items():
        for row in other[name]:
            for column in table.columns:
                meant = SOFT_KEYS[name, column.name](row) if (name, column.name) in SOFT_KEYS else None
                target = _whose_number(column)
                meant = target.table.name if target is not None else name if column.name == "id" else meant
                if meant in numbers and row[column.name] is not None:
                    row[column.name] = numbers[meant].get(row[column.name], row[column.name])
        rng.shuffle(other[name])
    return other


def belonging_to(world: World, patient_id: int) -> World:
    """One patient's row and every row that hangs on it."""
    found: set[tuple[str | None, Any]] = {("patient", patient_id)}
    rows: World = {}
    for name, table in TABLES.items():  # parents come before children
        rows[name] = []
        for row in world[name]:
            keys = {(target.table.name, row[c.name]) for c in table.columns if (target := points_at(c)) is not None}
            keys |= {(SOFT_KEYS[name, c.name](row), row[c.name]) for c in table.columns if (name, c.name) in SOFT_KEYS}
            if (name, row.get("id")) in found or keys & found:
                found.add((name, row.get("id", object())))
                rows[name].append(row)
    return rows


def _unique_together(table: Table) -> Iterator[list[str]]:
    yield from ([column.name] for column in table.columns if column.unique)
    yield [column.name for column in table.primary_key]
    yield from ([c.name for c in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint))
    yield from ([c.name for c in index.columns] for index in table.indexes if index.unique)


# Looked up once: every change of every world is held against them.
UNIQUE = [(name, names) for name, table in TABLES.items() for names in _unique_together(table)]
KEYS = [
    (column.table.name, column.name, (target.table.name, target.name))
    for column in columns()
    if (target := points_at(column)) is not None
]
TARGETS = {target for _, _, target in KEYS}


def is_possible(world: World) -> bool:
    """Whether the database would take it: keys lead somewhere, ends follow starts, nobody is booked twice."""
    for name, names in UNIQUE:
        seen = [key for row in world[name] if None not in (key := tuple(row[n] for n in names))]
        if len(seen) != len(set(seen)):
            return False
    there = {target: {None, *(row[target[1]] for row in world[target[0]])} for target in TARGETS}
    for name, column, target in KEYS:
        if not there[target].issuperset([row[column] for row in world[name]]):
            return False
    stops = [
        (row["account_id"], row["message"], row["patient_id"])
        for row in world["email_stop"]
        if row["undone_at"] is None
    ]
    if len(stops) != len(set(stops)):
        return False
    ordered = [("schedule_entry", "starts_at", "ends_at"), ("appointment", "starts_at", "ends_at")]
    if any(row[start] >= row[end] for table, start, end in ordered for row in world[table]):
        return False
    if any(row["starts_on"] > row["ends_on"] for row in world["closure"]):
        return False
    if any(row["until"] is not None and row["count"] is not None for row in world["series"]):
        return False
    if any(row["busy_until"] < row["ends_at"] for row in world["appointment"]):
        return False
    if any((row["status"] == "proposed") != (row["held_until"] is not None) for row in world["appointment"]):
        return False
    live = sorted(
        ((row["staff_id"], row["starts_at"], row["busy_until"]) for row in world["appointment"]
         if row["status"] != "cancelled"),
    )  # fmt: skip
    return not any(a[0] == b[0] and b[1] < a[2] for a, b in pairwise(live))


def at(moment: dt.datetime, **later: float) -> dt.datetime:
    """A moment, later by some days or hours, in UTC; a time on a wall clock stays on the wall."""
    moved = moment + dt.timedelta(**later)
    return moved.astimezone(dt.UTC) if moved.tzinfo else moved


def made_of(column: Any) -> list[Column[Any]]:
    """The stored columns from which a column of a mapped select is made, also inside functions.

    What something is only looked up among, IN a select, is not shown by it.
    """
    parts = (part for base in column.base_columns for part in _parts(base))
    return [part for part in parts if isinstance(part, Column) and getattr(part.table, "name", None) in TABLES]


def _parts(of: Any) -> Iterator[Any]:
    yield of
    is_lookup = isinstance(of, BinaryExpression) and of.operator is in_op
    for part in [of.left] if is_lookup else of.get_children():
        yield from _parts(part)
