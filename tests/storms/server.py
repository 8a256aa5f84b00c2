"""gunicorn as a clinic runs it, on this machine only, and ended with the test."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil

from portal.config import Settings

# Servers are forked off a process that has read the portal's code already: reading it anew takes seconds each time.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    ["gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "psycopg", "tests.storms.server",
     "portal.front_door", "portal.family", "portal.patient", "portal.staff"]
)  # fmt: skip


@dataclass
class Server:
    """Where it listens, and the process that starts its workers."""

    port: int
    process: Any

    @property
    def workers(self) -> list[int]:
        """The processes that answer, as they are now."""
        return [child.pid for child in psutil.Process(self.process.pid).children()]


@contextmanager
def serve(settings: Settings, app: str = "wsgi:app", workers: int = 1) -> Iterator[Server]:
    """Serve `app` with these settings: eight threads in each worker."""
    # The listening socket is ours and handed on: whoever asks early waits, and nobody else can take the port.
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        port = listening.getsockname()[1]
        process = FORKED.Process(target=_run, args=(listening, app, workers, environment(settings)))
        process.start()
        assert process.pid  # whoever signals to process 0 signals to themselves
    try:
        yield Server(port, process)
        assert process.is_alive(), "gunicorn ended; what it said stands above"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.join(30)
        with suppress(ProcessLookupError):  # what did not end by itself ends with all that it started
            os.killpg(process.pid, signal.SIGKILL)


def _run(listening: socket.socket, app: str, workers: int, environment: dict[str, str]) -> None:
    from gunicorn.app.wsgiapp import WSGIApplication

    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [
        "gunicorn", app, "--bind", f"fd://{listening.fileno()}", "--threads", "8", "--workers", str(workers),
        "--log-level", "error", "--no-control-socket", "--graceful-timeout", "2", "--timeout", "120",
    ]  # fmt: skip
    WSGIApplication("gunicorn").run()


def environment(settings: Settings) -> dict[str, str]:
    """What a process has to be told to run with these settings."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    said = settings.model_dump(exclude_defaults=True)
    return given | {f"PORTAL_{name.upper()}": str(value) for name, value in said.items()}
