"""Stand-ins for the machine, while actors stand on a stage: its clock, its timers and the mail server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import g
from sqlalchemy import event

from portal import clinic, clock
from portal.db import PortalSession, db, session
from portal.emails import line
from tests.consent.stage import Act, Stage, Timer


class StageTimer:
    """threading.Timer in the stage's time."""

    daemon = False

    def __init__(self, stage: Stage, seconds: float, act: Act) -> None:
        self.stage, self.timer = stage, Timer(stage.seconds + seconds, act)

    def start(self) -> None:
        self.stage.timers.append(self.timer)

    def cancel(self) -> None:
        if self.timer in self.stage.timers:
            self.stage.timers.remove(self.timer)


class Wire:
    """The wire to a mail server; one end may be cut."""

    is_cut = False

    def dup(self) -> Wire:
        return self

    def shutdown(self, how: int) -> None:
        self.is_cut = True

    def close(self) -> None:
        pass


class MailServer:
    """What smtplib would talk to: hears every letter, and is where a postman can be overtaken."""

    def __init__(self, stage: Stage, wire: Wire) -> None:
        self.stage, self.wire = stage, wire

    def sendmail(self, sender: str, to: list[str], letter: bytes) -> None:
        self.stage.turn()
        if self.wire.is_cut:
            raise OSError("the wire was cut")
        if to == [self.stage.secret.relative]:
            self.stage.say("letter")
        self.stage.turn()

    def quit(self) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def standing_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The shipped code meets the stage instead of the machine's clock, the mail server and its own luck."""

    def configure_host(connection: Any) -> MailServer:
        connection._plug(wire := Wire())
        return MailServer(stage, wire)

    timers = SimpleNamespace(Lock=threading.Lock, Timer=lambda seconds, act: StageTimer(stage, seconds, act))
    listening = [
        (lambda: db.engine, "before_cursor_execute", stage.before_statement),
        (lambda: db.engine, "commit", stage.before_commit),
        (lambda: db.engine, "rollback", stage.before_rollback),
        (lambda: PortalSession, "loaded_as_persistent", stage.on_shared_row),
    ]
    stage.actors = []
    with monkeypatch.context() as patch, stage.app.app_context():
        g.reading = True
        stage.app.extensions["clinic"] = (float("inf"), clinic.facts())
        session().close()
        patch.setattr(clock, "_read", lambda file: stage.now())
        patch.setattr(time, "monotonic", lambda: stage.seconds)
        patch.setattr(time, "sleep", stage.sleep)
        patch.setattr(line, "threading", timers)
        patch.setattr(line.VerifiedConnection, "configure_host", configure_host)
        stage.seconds = 0.0
        for of, name, listener in listening:
            event.listen(of(), name, listener)
        try:
            yield stage
        finally:
            for of, name, listener in listening:
                event.remove(of(), name, listener)
            stage.close()
