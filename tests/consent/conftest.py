"""What the proofs share: a database that lies in memory, and a last line that says what each of them counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
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
def settings_with_a_mail_server(database: str, clock: Clock) -> Settings:
    """Where nobody answers: the tests that use it are the postman themselves."""
    return Settings(mode="test", database_url=database, clock_file=clock.file, smtp_url="smtp://127.0.0.1:9")
