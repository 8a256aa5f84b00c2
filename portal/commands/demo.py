"""Serves the demo clinic: its people, a local mailbox, the postman; Ctrl-C ends all of it."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from rich.console import Console
from rich.table import Table

from portal import cast

HOME = Path("instance/demo")
STARTS_WITHIN = 60


class Mailbox:
    """A mail server for this machine alone: every delivered message becomes one .eml file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
        part = self.folder / f"{name}.part"
        part.write_bytes(envelope.original_content or b"")
        part.rename(self.folder / f"{name}.eml")
        return "250 kept"


def main() -> None:
    """Set everything up, serve until Ctrl-C, and end what was started."""
    port = int(os.environ.get("PORT", "5000"))
    _port_must_be_free(port)
    if os.environ.get("KEEP") != "1":
        shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True, exist_ok=True)
    mailbox = Controller(Mailbox(HOME / "mail"), hostname="127.0.0.1", port=_free_port())
    mailbox.start()
    environment = os.environ | _settings(port, mailbox.port)
    os.environ.update(environment)
    _gather_the_people()
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "wsgi:app",
            "--bind",
            f"127.0.0.1:{port}",
            "--threads",
            "8",
            "--log-level",
            "warning",
            "--graceful-timeout",
            "5",
            "--no-control-socket",
        ],
        env=environment,
        start_new_session=True,  # Ctrl-C reaches us alone; we end the server ourselves
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us deaf to Ctrl-C
    try:
        _wait_until_ready(server, port)
        _say_hello(port)
        server.wait()
    except KeyboardInterrupt:
        print("\nEnding.")
    finally:
        server.terminate()
        server.wait(timeout=15)
        mailbox.stop()


def _settings(port: int, mail_port: int) -> dict[str, str]:
    secret = HOME / "secret"
    if not secret.exists():
        secret.write_text(secrets.token_hex(32), encoding="utf-8")
        secret.chmod(0o600)
    return {
        "PORTAL_MODE": "demo",
        "PORTAL_DATABASE_URL": f"sqlite:///{(HOME / 'portal.db').resolve()}",
        "PORTAL_REDIS_URL": "",
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
        "PORTAL_SECRET_KEY": secret.read_text(encoding="utf-8"),
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "PORTAL_PUBLIC_NAME": "Riverbend Portal",
        "PORTAL_TIME_ZONE": cast.ZONE.key,
    }


def _gather_the_people() -> None:
    from sqlalchemy import select

    from portal import clock, create_app
    from portal.db import db
    from portal.extensions import alembic
    from portal.models import Clinic
    from portal.services import course_loading, guide_loading

    app = create_app()
    with app.app_context():
        alembic.upgrade()
        with db.sessionmaker.begin() as session:
            if session.scalar(select(Clinic.id)) is None:
                cast.gather(session, clock.now())
        shipped = Path(__file__).parent.parent / "guides"
        guide_loading.load(shipped)
        course_loading.load(shipped)
        db.session.commit()
        db.engine.dispose()


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < give_up:
        if server.poll() is not None:
            sys.exit("The portal did not start. What it said stands above.")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"The portal did not answer within {STARTS_WITHIN} seconds.")


def _say_hello(port: int) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("sign in as", "who"):
        table.add_column(column)
    for person in (*cast.PATIENTS, *cast.RELATIVES, *cast.STAFF):
        table.add_row(person.email, f"{person.name}: {person.who}")
    print(f"Ready: http://127.0.0.1:{port}", flush=True)
    Console(width=110).print(table)
    print(f"password: {cast.PASSWORD}")
    print(f"not invited yet: {cast.JOEL.name}, {cast.JOEL.who}. Priya can.")
    print(f"mail: {HOME / 'mail'}/*.eml", flush=True)


def _port_must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(f"Port {port} is taken. Choose another: make demo PORT=5001")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
