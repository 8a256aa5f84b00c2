"""PostgreSQL may die while it books, moves or cancels as well: nothing is torn, and soon it goes on by itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import furnish_aside
from tests.postgres import Postgres
from tests.storms.conftest import Gathering
from tests.storms.kills import Tries


@pytest.fixture
def database() -> Iterator[str]:
    """A database on a server of its own: when one of its processes is killed, all that it serves are cut off."""
    folder = Path(tempfile.mkdtemp(prefix="portal-mortal-"))
    folder.chmod(0o755)  # it runs as somebody else, and looks for its files anew when it comes back
    server = Postgres.start(folder / "postgres")
    try:
        url = server.url(server.create("house"))
        furnish_aside(url)
        yield url
    finally:
        server.stop()
        shutil.rmtree(folder)


def test_a_database_that_is_killed_while_it_books_moves_or_cancels_tears_nothing(
    gather: Gathering,
) -> None:
    storm = gather(1, workers=1)

    print("PostgreSQL itself:", Tries(storm, storm.ledger.backends, fails=True).everywhere())
