"""What the proofs share: a database that lies in memory, and a last line that says what each of them counted."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.config import Settings
from tests.conftest import Clock

# The proof, and how many of what it has gone through.
Counted = Callable[[str, dict[str, Any]], None]


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Counted:
    """Numbers for the line of a proof; those of several tests are added up."""
    return lambda proof, numbers: record_property("proof", [proof, numbers])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    proofs: dict[str, Counter[str]] = {}
    for report in [one for reports in terminalreporter.stats.values() for one in reports]:
        if getattr(report, "when", None) == "call":
            for proof, numbers in (value for name, value in report.user_properties if name == "proof"):
                proofs.setdefault(proof, Counter()).update(numbers)
    for proof, numbers in proofs.items():
        terminalreporter.write_line(f"{proof}: " + ", ".join(f"{round(n, 3):,} {what}" for what, n in numbers.items()))


@pytest.fixture
def settings_in_memory(database: str, clock: Clock) -> Iterator[Settings]:
    """SQLite in a file that lies in memory, where the machine has such a place; PostgreSQL where it is."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        if database.startswith("sqlite"):
            file = shutil.copy(database.removeprefix("sqlite:///"), Path(folder) / "portal.db")
            database = f"sqlite:///{file}"
        yield Settings(mode="test", database_url=database, clock_file=clock.file, smtp_url="smtp://127.0.0.1:9")
