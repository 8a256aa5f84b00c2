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
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from flask import current_app
from flask_mail import Connection, Mail

from portal import clinic, clock
from portal.emails.invites import Invite
from portal.emails.letters import Letter

# From the claim of a letter to its last byte, whatever the mail server does; shorter than `outbox.LEASE`.
DEADLINE = dt.timedelta(seconds=20)

# A header too long for a line is folded into encoded words, and no mail program looks for a link to
# unsubscribe in those; so headers may be as long as SMTP allows. Bodies keep the short lines of their encoding.
AS_SENT = SMTP.clone(max_line_length=998)

Plug = Callable[[socket.socket], None]


class NoLine(Exception):
    """The mail server cannot be reached or cannot be trusted. That says nothing about any letter."""


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

    def send(self, letter: Letter, message_id: str, *, until: float) -> None:
        """Hand one letter over before `until` (of `time.monotonic`).

        Raises NoLine when there is no line, smtplib's errors and OSError when the conversation failed.
        """
        with self._cut_off_at(until):
            if self._connection is None:
                self._open()
            assert self._connection is not None
            assert self._connection.host is not None
            message = _message(letter, message_id)
            sender = f"no-reply@{current_app.config['SETTINGS'].host}"
            self._connection.host.sendmail(sender, [letter.to], message.as_bytes(policy=AS_SENT))

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
        seconds = until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the time for this letter was over before it was begun")
        self._is_cut = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if self._is_cut:
                self.close()


@contextmanager
def open_line() -> Iterator[Line]:
    """A line that is hung up at the end, whatever happened."""
    line = Line()
    try:
        yield line
    finally:
        line.hang_up()


def _message(letter: Letter, message_id: str) -> EmailMessage:
    """The letter as it travels: its halves as alternatives, so that no reader sees an attachment they did not want."""
    host = current_app.config["SETTINGS"].host
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(clinic.facts().public_name, "no-reply", host)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = clock.now()
    message["Message-ID"] = f"<{message_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe_url:
        by_mail = f"mailto:{letter.unsubscribe_mail}?subject=unsubscribe"
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>, <{by_mail}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.invite is not None:
        _add_invite(message, letter.invite)
    message["Content-Language"] = letter.language  # at last: what begins with Content- moves into the parts
    return message


def _add_invite(message: EmailMessage, invite: Invite) -> None:
    """The calendar part twice, as calendar services send it: Gmail and Outlook act on an alternative whose type names
    the method (RFC 6047), phones from Apple and plainer programs only on a file. By its type the file is no second
    message to a calendar, and by UID and SEQUENCE no second session."""
    message.add_alternative(invite.file, subtype="calendar", params={"method": invite.method})
    message.add_attachment(invite.file.encode(), maintype="application", subtype="ics", filename="invite.ics")


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")
