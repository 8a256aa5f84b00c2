"""Real mail servers for the tests: one that takes everything, and several that misbehave."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """An aiosmtpd handler that keeps what it accepts; `answer` decides by recipient and by the try."""

    def __init__(self, answer: Callable[[str, int], str] = lambda to, number: "250 OK") -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.tries = 0
        self._answer = answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        self.tries += 1
        answer = self._answer(envelope.rcpt_tos[0], self.tries)
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.raw.append(content)
            letter = email.message_from_bytes(content, policy=email.policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        return answer


@contextmanager
def mail_server(mailbox: Any, **options: Any) -> Iterator[int]:
    """Serve `mailbox` on a free port of this machine for a while."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=_free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def rude_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that speaks with each caller as `talk` does, badly."""
    listening = socket.create_server(("127.0.0.1", 0))
    callers: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            callers.append(caller)
            threading.Thread(target=_quietly, args=(talk, caller), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        for caller in callers:
            caller.close()


def _quietly(talk: Callable[[socket.socket], None], caller: socket.socket) -> None:
    with suppress(OSError):  # the postman hung up
        talk(caller)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
