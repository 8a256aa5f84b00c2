"""A letter as it travels: its halves as alternatives, so that no reader sees an attachment they did not want.

Written by hand, and only as much of RFC 5322 and MIME as our letters need: the standard library takes twice as long
for a letter as the mail server does.
"""

from __future__ import annotations

import re
import secrets
from base64 import encodebytes
from binascii import b2a_qp
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache

from flask import current_app

from portal import clinic, clock
from portal.emails.invites import Invite
from portal.emails.letters import Letter

ADDRESS = re.compile(r"[!-~]+@[!-~]+", re.ASCII)
# A body with longer lines is folded, in an encoding that says where.
LONGEST_LINE = 76


class CannotTravel(ValueError):
    """A header would have more than one line, or there is no address."""


def as_sent(letter: Letter, message_id: str) -> bytes:
    """The letter with its headers. Raises CannotTravel.

    A header too long for a line would be folded into encoded words, and no mail program looks for a link to
    unsubscribe in those; so headers are as long as they are.
    """
    host = current_app.config["SETTINGS"].host
    if not ADDRESS.fullmatch(letter.to):
        raise CannotTravel("there is no such address")
    headers = [
        ("From", _from(clinic.facts().public_name, host)),
        ("To", letter.to),
        ("Subject", _words(letter.subject)),
        ("Date", format_datetime(clock.now())),
        ("Message-ID", f"<{message_id}@{host}>"),
        ("Auto-Submitted", "auto-generated"),
    ]
    if letter.unsubscribe_url:
        ways = f"<{letter.unsubscribe_url}>"
        if letter.unsubscribe_mail:
            ways += f", <mailto:{letter.unsubscribe_mail}?subject=unsubscribe>"
        headers += [("List-Unsubscribe", ways), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
    headers += [("Content-Language", letter.language), ("MIME-Version", "1.0")]
    for name, value in headers:
        if "\n" in value or "\r" in value:
            raise CannotTravel(name)
    halves = [_text("plain", letter.text), _text("html", letter.html)]
    body = _joined("alternative", halves)
    if letter.invite is not None:
        body = _with_invite(halves, letter.invite)
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii") + body


def _with_invite(halves: list[bytes], invite: Invite) -> bytes:
    """The calendar part twice, as calendar services send it: Gmail and Outlook act on an alternative whose type names
    the method (RFC 6047), phones from Apple and plainer programs only on a file. By its type the file is no second
    message to a calendar, and by UID and SEQUENCE no second session."""
    lines = encodebytes(invite.file.encode()).replace(b"\n", b"\r\n")
    file = (
        b'Content-Type: application/ics\r\nContent-Disposition: attachment; filename="invite.ics"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + lines
    )
    return _joined("mixed", [_joined("alternative", [*halves, _text("calendar", invite.file, invite.method)]), file])


def _joined(kind: str, parts: list[bytes]) -> bytes:
    # By lot, of a shape that stands in no body that is encoded.
    between = b"=_" + secrets.token_hex(16).encode()
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), between)
    return head + b"".join(b"--%s\r\n%s\r\n" % (between, part) for part in parts) + b"--%s--\r\n" % between


def _text(kind: str, text: str, method: str = "") -> bytes:
    lines = text.encode().splitlines()
    plain = text.isascii() and all(len(line) <= LONGEST_LINE for line in lines)
    body = b"\r\n".join(lines) + b"\r\n"
    if not plain:
        body = b2a_qp(body)
    params = '; charset="utf-8"' + (f'; method="{method}"' if method else "")
    encoding = "7bit" if plain else "quoted-printable"
    return f"Content-Type: text/{kind}{params}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


@lru_cache(maxsize=4)
def _from(name: str, host: str) -> str:
    return formataddr((name, f"no-reply@{host}"))


def _words(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=900).encode()
