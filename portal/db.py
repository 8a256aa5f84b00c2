"""The session: what it refuses, and the one place where POST commits and GET discards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, has_app_context, request
from flask.sansio.app import App
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from portal.models.base import ReadOnly

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# Checking a password or drawing a guide takes a tenth of a second; nobody shall wait for the write lock meanwhile.
ONLY_READ = ("security.login", "front_door.invitation.sign_in", "staff.guide_editor.preview")


class PlainSQL(RuntimeError):
    """A statement that does not go through mapped classes was refused."""


class SharedRowsAreReadOnly(RuntimeError):
    """Somebody tried to change a row through the class that only shows it."""


class PortalSession(Session):
    """A session that knows only mapped classes.

    Consent lives in the mapping (`consent/shared/`), so a statement that walks around the mapping
    walks around consent. `text()`, bare tables and the raw connection are therefore refused.
    """

    def connection(self, *args: Any, **kwargs: Any) -> Connection:
        raise PlainSQL("Ask a mapped class instead of the connection.")


@event.listens_for(PortalSession, "do_orm_execute")
def _refuse_plain_sql(state: ORMExecuteState) -> None:
    if not state.is_orm_statement or state.is_from_statement:
        raise PlainSQL("Ask a mapped class: text() and bare tables know nothing of consent.")


@event.listens_for(PortalSession, "before_flush")
def _refuse_writes_to_shared_rows(session: Session, context: UOWTransaction, instances: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, ReadOnly) and (row in session.new or row in session.deleted or session.is_modified(row)):
            raise SharedRowsAreReadOnly(f"{type(row).__name__} shows rows; change them through a service.")


class _Database(SQLAlchemy):
    """Without asynchronous sessions: looking for some to close would start an event loop in every request."""

    def init_app(self, app: App) -> None:
        super().init_app(app)
        closing = app.teardown_appcontext_funcs
        closing[:] = [close for close in closing if close.__name__ != "_close_async_sessions"]


db = _Database(session_options={"class_": PortalSession})


def session() -> Session:
    """The session of this application context: one context, one session, one pair of eyes."""
    return db.session


def reading() -> AbstractContextManager[None]:
    """Transactions that begin inside only read, so on SQLite they do not wait for a writer."""
    return _beginning(reads=True)


def writing() -> AbstractContextManager[None]:
    """Transactions that begin inside write, whatever the request around them does."""
    return _beginning(reads=False)


@dataclass(frozen=True)
class _Kept:
    """Two connections for statements that are made once; on SQLite one, which would forget what the other reads."""

    writer: Connection
    reader: Connection


_kept: ContextVar[_Kept | None] = ContextVar("kept", default=None)


@contextmanager
def kept_connections() -> Iterator[None]:
    """Until the end `core` and `asking` give the same ones again and again: to fetch one takes longer than to ask."""
    with ExitStack() as stack:
        writer = reader = stack.enter_context(db.engine.connect())
        if not is_sqlite():
            reader = stack.enter_context(db.engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
        writer.detach()  # nobody else shall get a connection that does not wait for the disk
        _do_not_wait_for_the_disk(writer)
        before = _kept.set(_Kept(writer, reader))
        try:
            yield
        finally:
            _kept.reset(before)


@contextmanager
def core(*, survives_power: bool = True) -> Iterator[Connection]:
    """A transaction without a session, for statements that are made once (`ready.py`) and leave no row in memory.

    Without `survives_power` it does not wait for the disk where connections are kept: what it wrote outlives its
    process. From a loss of power, or a fall of PostgreSQL itself, it is safe as soon as another transaction has ended.
    """
    kept = _kept.get()
    if kept is None or kept.writer.engine is not db.engine:
        with db.engine.begin() as connection:
            yield connection
    elif survives_power:
        with _waiting_for_the_disk(kept.writer):
            yield kept.writer
    else:
        with kept.writer.begin():
            yield kept.writer


@contextmanager
def _waiting_for_the_disk(connection: Connection) -> Iterator[None]:
    if is_sqlite():
        # SQLite must be told before the transaction begins.
        connection.connection.cursor().execute("PRAGMA synchronous=FULL")
        try:
            with connection.begin():
                yield
        finally:
            _do_not_wait_for_the_disk(connection)
    else:
        with connection.begin():
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO DEFAULT")
            yield


def _do_not_wait_for_the_disk(connection: Connection) -> None:
    """From here on; `begin` is not used, as SQLite takes no such word within a transaction."""
    connection.connection.cursor().execute(
        "PRAGMA synchronous=NORMAL" if is_sqlite() else "SET synchronous_commit TO off"
    )
    connection.connection.commit()


@contextmanager
def asking() -> Iterator[Connection]:
    """A connection for one such statement that only reads; where one is kept, that is a transaction of its own."""
    kept = _kept.get()
    if kept is None or kept.reader.engine is not db.engine:
        with reading(), db.engine.begin() as connection:
            yield connection
    else:
        yield kept.reader


@contextmanager
def _beginning(*, reads: bool) -> Iterator[None]:
    before = g.get("reading", False)
    g.reading = reads
    try:
        yield
    finally:
        g.reading = before


def after_commit(act: Callable[[], None]) -> None:
    """Run `act` once this context's transaction is committed; never when it is rolled back. The same act runs once."""
    acts = g.setdefault("after_commit", [])
    if act not in acts:
        acts.append(act)


def at_the_end(act: Callable[[], None]) -> None:
    """Run `act` when this request's transaction is over, committed or not, before the answer leaves."""
    g.setdefault("at_the_end", []).append(act)


def commit() -> None:
    """Commit this context's transaction, then do what waited for it."""
    session().commit()
    for act in g.pop("after_commit", []):
        act()


def rollback() -> None:
    """Forget everything this context was about to write."""
    g.pop("after_commit", None)
    session().rollback()


def one_transaction_per_request(app: Flask) -> None:
    """A POST that answers with a redirect is committed; every other request is rolled back.

    A POST that shows its form again has refused something, so nothing of it may stay.
    """

    @app.before_request
    def say_whether_this_request_writes() -> None:
        g.reading = request.method in SAFE_METHODS or request.endpoint in ONLY_READ

    @app.after_request
    def commit_or_discard(response: Response) -> Response:
        if request.method not in SAFE_METHODS and 300 <= response.status_code < 400:
            commit()
        elif "_sqlalchemy_sessions" in g:
            rollback()
        for act in g.pop("at_the_end", []):
            act()
        return response


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, record: Any) -> None:
    if not type(connection).__module__.startswith("sqlite3"):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, below
    # Writers wait for one another by asking now and then, so in a crowd on a slow machine one may be late for long.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_on_sqlite(connection: Connection) -> None:
    # A writer takes the lock first: a transaction that reads, then writes, could otherwise be refused half-way.
    if connection.dialect.name == "sqlite":
        deferred = has_app_context() and g.get("reading", False)
        connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")


def is_sqlite() -> bool:
    """Whether this application keeps its rows in SQLite."""
    return db.engine.dialect.name == "sqlite"


def wait_until(done: Callable[[], bool], *, at_most: dt.timedelta, every: float = 0.05) -> bool:
    """Poll `done` for real seconds; False when `at_most` has passed first."""
    import time

    deadline = time.monotonic() + at_most.total_seconds()
    while not done():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True
