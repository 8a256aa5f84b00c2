"""What a database holds, row by row, to compare before and after."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Flask
from sqlalchemy import Connection, select

from portal.db import db
from portal.models import Base

Contents = dict[str, Counter[tuple[Any, ...]]]


def contents(app: Flask, *, without_looks: bool = True) -> Contents:
    """Every row of every table; `without_looks` leaves out that somebody looked, which reading may write down."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: Counter(_rows(connection, table, without_looks=without_looks))
            for table in Base.metadata.sorted_tables
        }


def _rows(connection: Connection, table: Any, *, without_looks: bool) -> list[tuple[Any, ...]]:
    query = select(table)
    if without_looks and table.name == "record_entry":
        query = query.where(table.c.act != "looked")
    return [tuple(map(repr, row)) for row in connection.execute(query)]


def changed(before: Contents, after: Contents) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that are there only before or only after, by table."""
    found = {name: [*(before[name] - after[name]), *(after[name] - before[name])] for name in before}
    return {name: rows for name, rows in found.items() if rows}
