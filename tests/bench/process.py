"""Worker processes that take orders, and what two of them measured side by side."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

ROUNDS = 11


class Process:
    """A worker process that takes orders."""

    def __init__(self, variant: str, url: str, *more: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.worker", variant, url, *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def order(self, do: str, **what: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a worker of the benchmark ended; see what it said above")
        return json.loads(line)

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)


def side_by_side(runs: dict[str, tuple[Process, str]], times: int = 30) -> dict[str, list[float]]:
    """Rounds in which every process answers the same number of times, one process after the other."""
    for process, path in runs.values():
        process.order("run", path=path, times=times)
    figures: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(ROUNDS):
        order = list(runs.items())
        for name, (process, path) in order if round_ % 2 else reversed(order):
            figures[name].append(process.order("run", path=path, times=times))
    return figures


def ratio(what: str, above: list[float], below: list[float], *, paired: bool = False) -> dict[str, Any]:
    """How many times the one takes what the other takes; paired: round by round."""
    a, b = statistics.median(above), statistics.median(below)
    found = statistics.median(x / y for x, y in zip(above, below, strict=True)) if paired else a / b
    names = what.split(" ÷ ")
    return {"ratio": round(found, 3), "of": what, names[0]: round(a, 3), names[1]: round(b, 3)}
