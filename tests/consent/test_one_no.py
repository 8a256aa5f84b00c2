"""Every "no" takes the same time: what is hidden from a relative answers as quickly as what never was.

That the answers are the same byte for byte stands in `test_house_rules.py`. Here each way of having no consent asks
for something hidden and for something made up, in pairs of random order: a few in this process, or with TIMED=1, as
`make proofs` does, many of gunicorn over loopback, where the difference must be small.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress

from flask import Flask
from flask.testing import FlaskClient

from portal.cast import SEES_NOTHING, Person
from tests.conftest import Clock, SignIn, client_agent
from tests.consent.conftest import Counted
from tests.house.addresses import MADE_UP, every_rule, filled, has_label, methods, own_labels, stored_labels
from tests.house.doors import FAMILY, door_of

TIMED = bool(os.environ.get("TIMED"))
# For each way of having no consent.
PAIRS = int(os.environ.get("PAIRS", "400" if TIMED else "2"))
MOST_MS = 1.0

# The status of the answer to a path.
Ask = Callable[[str], int]


@contextmanager
def gunicorn(app: Flask, database: str, clock: Clock) -> Iterator[str]:
    """gunicorn on this test's database, as a clinic runs it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
        "PORTAL_MODE": "test",
        "PORTAL_DATABASE_URL": database,
        "PORTAL_CLOCK_FILE": str(clock.file),
        "PORTAL_SECRET_KEY": app.config["SECRET_KEY"],
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", address, "--threads", "4", "--log-level",
               "warning", "--no-control-socket", "--graceful-timeout", "2"]  # fmt: skip
    with subprocess.Popen(command, env=environment) as server:
        try:
            for _ in range(600):
                with suppress(OSError), socket.create_connection(address.split(":"), timeout=1):
                    break
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()


@contextmanager
def over_loopback(address: str, client: FlaskClient) -> Iterator[Ask]:
    cookie = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())
    headers = {"Cookie": cookie, "User-Agent": client_agent(client)}

    def ask(path: str) -> int:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
        yield ask


@contextmanager
def in_this_process(client: FlaskClient) -> Iterator[Ask]:
    yield lambda path: client.get(path).status_code


def milliseconds(ask: Ask, path: str) -> float:
    began = time.perf_counter()
    status = ask(path)
    took = time.perf_counter() - began
    assert status == 404, path
    return 1000 * took


def differences(app: Flask, person: Person, ask: Ask, rng: random.Random) -> list[float]:
    """How much longer what is hidden from somebody took than what is made up, for each pair."""
    labels = [label for name in ("family_update", "appointment", "patient") for label in stored_labels(app)[name][:5]]
    rules = [rule for rule in every_rule(app) if door_of(rule.endpoint) == FAMILY and has_label(rule)]
    routes = [rule for rule in rules if "GET" in methods(rule)]
    hidden = own_labels(app, person, labels)
    if TIMED:  # each route's first answers fill its caches
        for rule in routes:
            milliseconds(ask, next(filled(app, rule)))
    found = []
    for n in range(PAIRS):
        rule = routes[n % len(routes)]
        pair = [next(filled(app, rule, [label])) for label in (rng.choice(hidden), MADE_UP)]
        took = {}
        for which in rng.sample([0, 1], 2):
            took[which] = milliseconds(ask, pair[which])
        found.append(took[0] - took[1])
    return found


def interval(found: list[float], rng: random.Random) -> tuple[float, float]:
    """The bounds between which the median lies with 95 %, by drawing the pairs again and again."""
    drawn = sorted(statistics.median(rng.choices(found, k=len(found))) for _ in range(500))
    return drawn[12], drawn[487]


def test_what_is_hidden_takes_as_long_as_what_is_made_up(
    app: Flask, sign_in: SignIn, database: str, clock: Clock, counted: Counted
) -> None:
    rng, bounds = random.Random(0), dict[str, tuple[float, float]]()
    with gunicorn(app, database, clock) if TIMED else nullcontext() as address:
        for stranger in SEES_NOTHING:
            client = sign_in(stranger.person)
            with over_loopback(address, client) if address else in_this_process(client) as ask:
                found = differences(app, stranger.person, ask, rng)
            bounds[stranger.way] = low, high = interval(found, rng)
            counted(f"No because {stranger.way}", {"pairs": len(found), "ms at least": low, "ms at most": high})

    lowest, highest = min(low for low, _ in bounds.values()), max(high for _, high in bounds.values())
    numbers = {"ways": len(bounds), "pairs": PAIRS * len(bounds), "ms at least": lowest, "ms at most": highest}
    counted("No for any reason, hidden minus made up, 95 % intervals of the median", numbers)
    if TIMED:
        assert -MOST_MS < lowest <= highest < MOST_MS, bounds
