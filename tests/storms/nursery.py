"""A process that has made the portal already, and forks a postman, `flask deliver`, off itself when asked for one."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from flask import Flask

from portal.config import Settings
from tests.storms.server import FORKED, environment


@dataclass
class Nursery:
    """Asked over a pipe; postmen are known by the numbers of their processes."""

    _pipe: Connection

    def postman(self) -> int:
        """Send a postman on his round, which lasts until he is told to stop."""
        self._pipe.send("postman")
        return int(self._pipe.recv())

    def gone(self, pid: int) -> int:
        """Wait for the end of a postman; returns the signal that ended him, 0 when he went by himself."""
        self._pipe.send(pid)
        return int(self._pipe.recv())


@contextmanager
def nursery(settings: Settings) -> Iterator[Nursery]:
    """Postmen with these settings, until the end."""
    ours, theirs = FORKED.Pipe()
    process = FORKED.Process(target=_run, args=(theirs, environment(settings)))
    process.start()
    theirs.close()
    try:
        yield Nursery(ours)
    finally:
        ours.close()
        process.join(30)
        with suppress(ProcessLookupError):  # postmen who are still on their way go with it
            os.killpg(process.pid, signal.SIGKILL)


def _run(pipe: Connection, environment: dict[str, str]) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    from portal import create_app

    app = create_app()
    _warm_up(app)
    with suppress(EOFError):
        while True:
            asked = pipe.recv()
            if asked == "postman":
                pipe.send(os.fork() or _deliver(app, pipe))
            else:
                pipe.send(os.waitstatus_to_exitcode(os.waitpid(asked, 0)[1]) * -1)


def _warm_up(app: Flask) -> None:
    """Do once what every postman does at his start, and hand over nothing."""
    from portal import tasks
    from portal.db import db

    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith("emails/")):
        app.jinja_env.get_template(name)
    mail_server, app.config["MAIL_SERVER"] = app.config["MAIL_SERVER"], ""
    tasks.make_a_pass(app, lambda: True)
    app.config["MAIL_SERVER"] = mail_server
    with app.app_context():
        db.engine.dispose()  # nobody forked off it shares a connection


def _deliver(app: Flask, pipe: Connection) -> int:
    from flask.cli import ScriptInfo

    from portal.commands import deliver

    pipe.close()
    try:
        deliver.command.main([], obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)  # type: ignore[arg-type,return-value]
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
