"""A mail server in a process of its own, to measure against: the postman and a plain loop speak to the same one."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# It keeps each letter on the disk before it says so, as a mail server must (RFC 5321, 6.1); without a folder it says
# so and keeps nothing, which no mail server does, and which shows what else a letter costs.
SERVER = """
import sys
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
class Nothing:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
handler = Mailbox(sys.argv[2]) if len(sys.argv) > 2 else Nothing()
Controller(handler, hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class MailServer:
    """Where it listens, and the number of its process."""

    port: int
    pid: int


@contextmanager
def mail_server(keeps_in: Path | None) -> Iterator[MailServer]:
    """Takes every letter, and keeps it in a folder if there is one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder = [str(keeps_in)] if keeps_in else []
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port), *folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline(), "the mail server did not start"
    try:
        yield MailServer(port, process.pid)
    finally:
        process.stdin.close()
        process.wait(timeout=10)
