"""The search finds leaks: each of these is planted, one at a time, and has to come to light."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.noninterference.leaks import LEAKS
from tests.noninterference.planted import ROOT, with_the_leak

PARTS = 3  # each in a process of its own, so that they can run side by side
MOST_SECONDS = 1800  # what it takes on a busy machine says nothing about the portal
SOON = [n for n, leak in enumerate(LEAKS) if not leak.is_rare]
# Those that come to light soon; ALL_LEAKS=1 tries each.
WANTED = list(range(len(LEAKS))) if "ALL_LEAKS" in os.environ else SOON


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.name)
def test_the_line_that_a_leak_changes_is_still_there(leak: object) -> None:
    assert with_the_leak(leak)


def test_enough_leaks_are_planted_in_every_run() -> None:
    assert len(SOON) >= 20


@pytest.mark.parametrize("part", range(PARTS))
def test_every_planted_leak_is_found(part: int, tmp_path: Path) -> None:
    numbers = WANTED[part::PARTS]
    command = [sys.executable, "-m", "tests.noninterference.planted", str(tmp_path), *map(str, numbers)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=MOST_SECONDS)
    told = [json.loads(line) for line in done.stdout.splitlines()]

    assert [one["leak"] for one in told] == [LEAKS[number].name for number in numbers], done.stderr
    assert [one for one in told if not one.get("found")] == []
