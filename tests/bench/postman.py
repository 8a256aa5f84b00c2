"""The postman's rate against the mail server's own: the same number of messages over one reused connection."""

from __future__ import annotations

import smtplib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from portal import cast, create_app
from portal.cast import DANA
from portal.config import Settings
from portal.db import db
from portal.emails import delivery, outbox
from portal.extensions import alembic
from portal.models import Account, FamilyUpdate
from tests.bench.data import NOW

MAILS = 150
ROUNDS = 5
SINK = """
import sys
from aiosmtpd.controller import Controller
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 kept"
Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
sys.stdin.read()
"""


def measure(folder: Path) -> dict[str, Any]:
    """Mails per second, wall clock: `update_posted` composed as Dana, permission re-checked, recorded."""
    with sink() as port:
        app = _a_clinic_with_mail(f"sqlite:///{folder}/postman.db", port)
        ours, floor = [], []
        for _ in range(ROUNDS):
            _queue(app)
            with app.app_context():
                begin = time.perf_counter()
                counts = delivery.deliver()
                ours.append(MAILS / (time.perf_counter() - begin))
            assert counts["sent"] == MAILS, counts
            floor.append(_straight(port))
        with app.app_context():
            db.engine.dispose()
    a, b = statistics.median(ours), statistics.median(floor)
    return {"ratio": round(a / b, 3), "of": "portal ÷ SMTP", "portal": round(a), "SMTP": round(b), "unit": "mails/s"}


@contextmanager
def sink() -> Iterator[int]:
    with sink_and_pid() as (port, _):
        yield port


@contextmanager
def sink_and_pid() -> Iterator[tuple[int, int]]:
    """A mail server in a process of its own, which takes everything and keeps nothing."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-c", SINK, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    process.stdout.readline()
    try:
        yield port, process.pid
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def _a_clinic_with_mail(url: str, port: int) -> Flask:
    smtp_url = f"smtp://127.0.0.1:{port}"
    app = create_app(Settings(mode="test", database_url=url, smtp_url=smtp_url))
    with app.app_context():
        alembic.upgrade()
        with db.sessionmaker.begin() as session:
            cast.gather(session, NOW)
            session.execute(update(Account).values(quiet_from=None, quiet_until=None))  # whatever the hour is
    return app


def _queue(app: Flask) -> None:
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.email == DANA.email)).one()
        newest = db.session.scalars(select(FamilyUpdate).limit(1)).one()
        for _ in range(MAILS):
            outbox.queue("update_posted", to=account, patient_id=newest.patient_id, about_id=newest.id)
        db.session.commit()


def _straight(port: int) -> float:
    message = "Subject: There is something new for you\r\n\r\n" + "There is something new for you.\r\n" * 90
    begin = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as host:
        for _ in range(MAILS):
            host.sendmail("no-reply@127.0.0.1", ["dana@example.org"], message)
    return MAILS / (time.perf_counter() - begin)
