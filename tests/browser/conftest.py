"""A real server, a real mailbox and a real Chromium."""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from portal import create_app
from portal.cast import PASSWORD, Person
from portal.commands.demo import Mailbox
from portal.config import Settings, read_settings
from portal.db import db
from portal.services import course_loading, guide_loading
from tests.browser.visitor import Visitor
from tests.conftest import MORNING, Clock, at_the_clinic, furnished

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# The same engine without a window around it: for all that is about pages, in two thirds of the time.
ENGINE = shutil.which("chromium-headless-shell") or CHROMIUM
QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """The driver, ended before other tests go on: while it runs, its event loop counts as running in this thread."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, ENGINE)
    yield browser
    browser.close()


def launch(playwright: Playwright, program: str | None, *more: str, **settings: Any) -> Browser:
    """A Chromium; skips the test where there is none."""
    if program is None:
        pytest.skip("no Chromium on this machine, and it could not be installed")
    return playwright.chromium.launch(executable_path=program, args=[*QUIET, *more], **settings)


@dataclass
class Served:
    """The portal as people reach it, and the mail it sent."""

    url: str
    environment: dict[str, str]
    database: Path
    mailbox: Path
    clock: Clock

    @cached_property
    def portal(self) -> Flask:
        """The same portal in this process, for commands."""
        return create_app(read_settings(self.environment))

    def at_work(self, act: Callable[[], Any]) -> Any:
        """Do something as the clinic, besides what visitors do; returns what `act` returns."""

        def work() -> Any:
            try:
                with at_the_clinic(self.portal):
                    return act()
            finally:
                with self.portal.app_context():
                    db.engine.dispose()

        # Not in this thread: the browser's driver holds its event loop.
        with ThreadPoolExecutor(1) as aside:
            return aside.submit(work).result()

    def deliver(self) -> str:
        """Let the postman go round once; returns what he says."""
        runner = self.portal.test_cli_runner()
        return str(self.at_work(lambda: runner.invoke(args=["deliver", "--once"], catch_exceptions=False).output))

    def mail(self) -> list[EmailMessage]:
        files = sorted(self.mailbox.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]  # type: ignore[misc]

    def begin_again(self, house: Path) -> None:
        """The rows of `house` as they were, the morning, no mail; the server runs on."""
        with closing(sqlite3.connect(house)) as fresh, closing(sqlite3.connect(self.database)) as used:
            fresh.backup(used)
        self.clock.set(MORNING)
        for file in self.mailbox.glob("*.eml"):
            file.unlink()


@contextmanager
def serve(house: Path, folder: Path, *, app: str = "wsgi:app", certificate: Path | None = None) -> Iterator[Served]:
    """gunicorn on a copy of `house`; over TLS when there is a certificate, a file that holds its key as well."""
    shutil.copy(house, folder / "portal.db")
    clock = Clock(folder / "clock")
    mailbox = Controller(Mailbox(folder / "mail"), hostname="127.0.0.1", port=free_port())
    mailbox.start()
    port = free_port()
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
        "PORTAL_MODE": "test",
        "PORTAL_DATABASE_URL": f"sqlite:///{folder / 'portal.db'}",
        "PORTAL_CLOCK_FILE": str(clock.file),
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}",
        "PORTAL_BASE_URL": url,
    }
    # Chromium keeps spare connections, and each of them holds a thread.
    command = [
        sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--threads", "16",
        "--log-level", "warning", "--no-control-socket", "--graceful-timeout", "2",
    ]  # fmt: skip
    if certificate:
        command += ["--certfile", str(certificate)]
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait_for(url, server)
        yield Served(url, environment, folder / "portal.db", folder / "mail", clock)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=15)
        mailbox.stop()


@pytest.fixture(scope="session")
def house(houses: dict[str, str]) -> Path:
    """The database that every server begins with: everybody of the cast, and the guides."""
    if "with guides" not in houses:
        houses["with guides"] = f"{houses['folder']}/with_guides.db"
        shutil.copy(furnished(houses), houses["with guides"])
        with ThreadPoolExecutor(1) as aside:
            aside.submit(_bring_the_guides, houses["with guides"]).result()
    return Path(houses["with guides"])


def _bring_the_guides(database: str) -> None:
    app = create_app(Settings(mode="test", database_url=f"sqlite:///{database}"))
    with at_the_clinic(app):
        guide_loading.load(Path("portal/guides"))
        course_loading.load(Path("portal/guides"))
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="package")
def server(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that begin with the same house."""
    with serve(house, tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def served(server: Served, house: Path) -> Served:
    """The server with everybody of the cast, as if nothing had happened yet."""
    server.begin_again(house)
    return server


Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def cookies(server: Served) -> dict[Person, Any]:
    """The cookies of those who signed in to this server: each of them does so once."""
    return {}


@pytest.fixture
def visit(chromium: Browser, served: Served, cookies: dict[Person, Any]) -> Iterator[Visit]:
    """Somebody is signed in, each with a browser profile of their own."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def arrive(
        person: Person | None,
        *,
        width: int = 1280,
        height: int = 900,
        script: bool = True,
        keyboard: bool = False,
        **more: Any,
    ) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, has_touch=width < 600, **more
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        visitor = Visitor(context.new_page(), served.url, keyboard)
        visitors.append(visitor)
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        visitor.page.on("console", lambda said: visitor.errors.append(said.text) if said.type == "error" else None)
        visitor.page.on("request", visitor.note_if_foreign)
        visitor.page.on("requestfinished", visitor.note_how_long)
        if person in cookies:
            context.add_cookies(cookies[person])
            visitor.open("/")
        elif person is not None:
            sign_in(visitor, person)
            cookies[person] = context.cookies()
        return visitor

    yield arrive
    for context in contexts:
        context.close()
    for visitor in visitors:
        assert visitor.foreign == [], "a page asked another origin"
        assert [said for said in visitor.errors if "404" not in said] == [], "a page's script or policy complained"


def sign_in(visitor: Visitor, person: Person) -> None:
    visitor.open("/sign-in")
    visitor.page.get_by_label("Email").fill(person.email)
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.page.get_by_role("button", name="Continue").click()
    visitor.page.wait_for_load_state()
    visitor.count_from_here()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 180
    anybody = ssl._create_unverified_context()
    while time.monotonic() < give_up:
        assert server.poll() is None, "gunicorn ended; what it said stands above"
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2, context=anybody):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("gunicorn did not answer")
