"""The line to the mail server: certificate checked, and one deadline for the whole conversation."""

from __future__ import annotations

import datetime as dt
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import current_app
from flask_mail import Connection, Mail

from portal.emails.as_sent import as_sent
from portal.emails.letters import Letter

# From the claim of a letter to its last byte, whatever the mail server does; shorter than `outbox.LEASE`.
DEADLINE = dt.timedelta(seconds=20)

Plug = Callable[[socket.socket], None]


class NoLine(Exception):
    """The mail server cannot be reached or cannot be trusted. That says nothing about any letter."""


class TooSlow(NoLine):
    """The time for a letter was over. Whoever is that slow with one letter is with the next: there is no line."""


class _Plugged(smtplib.SMTP):
    """smtplib, which hands over its wire before the first byte: its own timeout starts anew at every byte."""

    def __init__(self, plug: Plug, *args: Any, **kwargs: Any) -> None:
        self._plug = plug
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        wire = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._plug(wire)
        return wire  # type: ignore[no-any-return]


class _PluggedSSL(smtplib.SMTP_SSL, _Plugged):
    """The same, over TLS from the start; the wire is handed over before the handshake."""

    def __init__(self, plug: Plug, *args: Any, **kwargs: Any) -> None:
        self._plug = plug
        smtplib.SMTP_SSL.__init__(self, *args, **kwargs)


class VerifiedConnection(Connection):
    """Flask-Mail's connection, with the certificate checked and a neutral name in its greeting."""

    def __init__(self, mail: Mail, plug: Plug) -> None:
        super().__init__(mail)
        self._plug = plug

    def configure_host(self) -> smtplib.SMTP:
        settings = current_app.config["SETTINGS"]
        kwargs: dict[str, Any] = {"local_hostname": settings.host, "timeout": DEADLINE.total_seconds()}
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            host: smtplib.SMTP = _PluggedSSL(self._plug, self.mail.server, self.mail.port, context=context, **kwargs)
        else:
            host = _Plugged(self._plug, self.mail.server, self.mail.port, **kwargs)
            host.ehlo()
            if host.has_extn("starttls"):
                host.starttls(context=ssl.create_default_context())
                host.ehlo()
            elif settings.mode == "production" and not _is_this_machine(self.mail.server):
                host.close()
                raise smtplib.SMTPNotSupportedError("the mail server offers no TLS")
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host


class Line:
    """One connection, opened when first needed and used for a whole pass."""

    def __init__(self) -> None:
        self._connection: VerifiedConnection | None = None
        self._wire: socket.socket | None = None
        self._is_cut = False
        self._watch = _Watch(self._cut)

    def send(self, letter: Letter, message_id: str, *, until: float, sender: str) -> None:
        """Hand one letter over before `until` (of `time.monotonic`); it comes back to `sender`.

        Raises NoLine when there is no line, TooSlow when the time is over, smtplib's errors and OSError when the
        conversation failed.
        """
        try:
            with self._cut_off_at(until):
                if self._connection is None:
                    self._open()
                assert self._connection is not None
                assert self._connection.host is not None
                self._connection.host.sendmail(sender, [letter.to], as_sent(letter, message_id))
        except (OSError, smtplib.SMTPException) as trouble:
            # The wire's own limit, for a single read, may come before the cut, but never before the time is over.
            if self._is_cut or time.monotonic() >= until:
                raise TooSlow(type(trouble).__name__) from trouble
            raise

    def close(self) -> None:
        """Drop the line without a word."""
        connection, self._connection = self._connection, None
        wire, self._wire = self._wire, None
        with suppress(OSError):
            if connection is not None and connection.host is not None:
                connection.host.close()
        with suppress(OSError):
            if wire is not None:
                wire.close()

    def hang_up(self) -> None:
        """Say goodbye, but wait for no answer that does not come."""
        if self._connection is not None and self._connection.host is not None:
            with suppress(OSError, smtplib.SMTPException), self._cut_off_at(time.monotonic() + 2):
                self._connection.host.quit()
        self.close()
        self._watch.end()

    def _open(self) -> None:
        connection = VerifiedConnection(current_app.extensions["mail"], self._plug)
        try:
            connection.__enter__()
        except (OSError, smtplib.SMTPException) as trouble:
            self.close()
            raise NoLine(type(trouble).__name__) from trouble
        self._connection = connection

    def _plug(self, wire: socket.socket) -> None:
        # A twin of the wire: TLS takes the first one over, and closing that would cut nothing.
        self._wire = wire.dup()
        if self._is_cut:
            self._cut()

    def _cut(self) -> None:
        self._is_cut = True
        if self._wire is not None:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _cut_off_at(self, until: float) -> Iterator[None]:
        if until <= time.monotonic():
            raise TimeoutError("the time for this letter was over before it was begun")
        self._is_cut = False
        self._watch.cut_at(until)
        try:
            yield
        finally:
            self._watch.rest()
            if self._is_cut:
                self.close()


class _Watch:
    """Cuts when the time is over. One timer serves a whole pass: a thread for every letter would cost as much as it."""

    def __init__(self, cut: Callable[[], None]) -> None:
        self._cut = cut
        self._until: float | None = None
        self._timer: threading.Timer | None = None
        self._rings_at = 0.0
        self._lock = threading.Lock()

    def cut_at(self, until: float) -> None:
        """Cut at this moment of `time.monotonic`, unless told to rest before."""
        with self._lock:
            self._until = until
            if self._timer is None or self._rings_at > until:
                self._set(until)

    def rest(self) -> None:
        """Nothing is being said now; the timer may ring."""
        with self._lock:
            self._until = None

    def end(self) -> None:
        """Rest for good."""
        with self._lock:
            self._until = None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(at - time.monotonic(), self._ring)
        self._timer.daemon = True
        self._rings_at = at
        self._timer.start()

    def _ring(self) -> None:
        with self._lock:
            self._timer = None
            if self._until is None:
                return
            if self._until > time.monotonic():
                self._set(self._until)
                return
            self._cut()


@contextmanager
def open_line() -> Iterator[Line]:
    """A line that is hung up at the end, whatever happened."""
    line = Line()
    try:
        yield line
    finally:
        line.hang_up()


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")
