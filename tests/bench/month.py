"""A relative's month beside other people's data: it asks as often, and takes as long, whoever else is here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from tests.bench.data import NOW, Size, build, fill_the_program
from tests.bench.process import Process, ratio, side_by_side

# Besides a program of forty with five sessions a week for a year; every other patient has as many of their own.
PATIENTS = (1, 1_000)
A_YEAR = 5 * 52


def measure(urls: Sequence[str], pid: int | None = None) -> dict[str, Any]:
    """The month page on databases with so many other patients, the second against the first."""
    path = f"/schedule/{NOW.date() + dt.timedelta(days=28):%Y-%m}"
    with ExitStack() as stack:
        runs: dict[str, tuple[Process, str]] = {}
        statements: dict[str, int] = {}
        for url, patients in zip(urls, PATIENTS, strict=True):
            build(url, Size(patients, sessions=A_YEAR))
            fill_the_program(url, people=40, sessions=A_YEAR)
            process = Process("portal", url)
            stack.callback(process.end)
            if pid:
                process.order("watch", pid=pid)
            runs[str(patients)] = (process, path)
            statements[str(patients)] = process.order("look", path=path)["statements"]
        times = side_by_side(runs, times=15)
    few, many = (str(patients) for patients in PATIENTS)
    return ratio(f"{many} ÷ {few}", times[many], times[few], paired=True) | {"statements": statements}
