"""Rows that an import may have stored before, found many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select

from portal.db import session

# Below the number of values that every database takes in one statement.
AT_ONCE = 500


def by_external_id(model: Any, ids: Collection[str], *options: Any, lock: bool = False) -> dict[str, Any]:
    """The rows of `model` that carry one of these ids of the other system, by that id."""
    query = select(model).options(*options)
    if lock:
        query = query.with_for_update(of=model)
    return {row.external_id: row for row in matching(query, model.external_id, ids)}


def matching(query: Any, column: Any, values: Collection[Any]) -> Iterator[Any]:
    """The rows of `query` whose `column` holds one of `values`, in as few statements as fit."""
    ordered = sorted(values)
    for n in range(0, len(ordered), AT_ONCE):
        yield from session().scalars(query.where(column.in_(ordered[n : n + AT_ONCE]))).unique()
