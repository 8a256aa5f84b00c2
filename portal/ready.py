"""Statements that are put into the database's own words once, and said to its driver without a detour.

Making them anew takes longer than asking them, and so does SQLAlchemy's book-keeping around each. Statement, types and
transaction are SQLAlchemy's all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Process = Callable[[Any], Any] | None
Row = tuple[Any, ...]


class Ready:
    """A statement whose words are made once; what it is given, and what its parameters ask for, is new each time."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement

    def say(self, connection: Connection, **given: Any) -> int:
        """Say it to the database; how many rows it touched. Raises SQLAlchemy's DBAPIError."""
        return int(self._words(connection.dialect, given).say(connection, given).rowcount)

    def rows(self, connection: Connection, **given: Any) -> list[Row]:
        """What the database answers. Raises SQLAlchemy's DBAPIError."""
        words = self._words(connection.dialect, given)
        return words.read(words.say(connection, given))

    def _words(self, dialect: Dialect, given: Mapping[str, Any]) -> _Words:
        kept: dict[Ready, _Words] = current_app.extensions.setdefault("ready", {})
        words = kept.get(self)
        if words is None or words.dialect is not dialect:
            words = kept[self] = _Words(self.statement, dialect, given)
        return words


class _Words:
    """A statement as one database gets it. What a parameter asks for by itself is asked each time, and never kept."""

    def __init__(self, statement: Any, dialect: Dialect, given: Mapping[str, Any]) -> None:
        compiled = statement.compile(dialect=_by_place(dialect))
        expanded = compiled.construct_expanded_state(given)
        self.dialect = dialect
        self._text, self._order = expanded.statement, expanded.positiontup
        self._new: list[tuple[str, Callable[[], Any] | None, Process]] = []
        names = set()
        for bind, name in compiled.bind_names.items():
            names.add(name)
            if bind.callable is not None or bind.required:
                self._new.append((name, bind.callable, _of(bind.type, dialect).bind_processor(dialect)))
        new = {name for name, *_ in self._new}
        made = expanded.processors
        self._fixed = {
            name: made[name](value) if made.get(name) and value is not None else value
            for name, value in expanded.parameters.items()
            if name not in new
        }
        columns = getattr(compiled, "_result_columns", ())
        self._made: list[tuple[int, Callable[[Any], Any]]] = []
        for place, column in enumerate(columns):
            process = _of(column.type, dialect).result_processor(dialect, None)
            if process is not None:
                self._made.append((place, process))

    def say(self, connection: Connection, given: Mapping[str, Any]) -> Any:
        found = dict(self._fixed)
        for name, ask, process in self._new:
            value = given[name] if ask is None else ask()
            found[name] = value if process is None else process(value)
        cursor = _cursor(connection)
        try:
            cursor.execute(self._text, [found[one] for one in self._order])
        except self.dialect.loaded_dbapi.Error as trouble:
            raise self._told(trouble, connection, cursor) from trouble
        return cursor

    def _told(self, trouble: Exception, connection: Connection, cursor: Any) -> DBAPIError:
        """As SQLAlchemy tells of it, which gives up a connection that is gone; never with what was asked for."""
        dialect = self.dialect
        is_gone = dialect.is_disconnect(trouble, connection.connection.dbapi_connection, cursor)  # type: ignore[arg-type]
        if is_gone:
            connection.invalidate(trouble)
        told = DBAPIError.instance(
            self._text, None, trouble, dialect.loaded_dbapi.Error,
            hide_parameters=True, connection_invalidated=is_gone, dialect=dialect,
        )  # fmt: skip
        assert isinstance(told, DBAPIError)
        return told

    def read(self, cursor: Any) -> list[Row]:
        rows: list[Row] = cursor.fetchall()
        if not self._made or not rows:
            return rows
        made = [list(row) for row in rows]
        for row in made:
            for place, process in self._made:
                row[place] = process(row[place])
        return [tuple(row) for row in made]


def _of(type_: Any, dialect: Dialect) -> Any:
    return type_.dialect_impl(dialect)


def _by_place(dialect: Dialect) -> Dialect:
    """The same dialect, with parameters numbered as PostgreSQL itself does: psycopg reads words with names again at
    every execution once they are long."""
    if dialect.name != "postgresql":
        return dialect
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    return PGDialect_psycopg(paramstyle="numeric_dollar")


def _cursor(connection: Connection) -> Any:
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql":
        from psycopg import RawCursor

        return RawCursor(driver)
    return driver.cursor()
