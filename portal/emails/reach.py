"""What the postman knows of an address: whether it works, whether it is on the list, how many letters go its way."""

from __future__ import annotations

import hmac
import re
import uuid

from flask import current_app

# 550, 551 and 553 say that there is no such mailbox, unless the words that follow say something else.
NO_MAILBOX = (550, 551, 553)
# RFC 3463: "bad destination", and a mailbox that was closed. 5.2.2 is full, 5.7.1 is a quarrel with us.
DOES_NOT_WORK = ("5.1.", "5.2.1")
STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
HEX = re.compile(r"[0-9a-f]{32}")


def does_not_work(code: int, words: bytes = b"") -> bool:
    """Whether this answer of a mail server says that nobody ever gets mail at an address."""
    status = STATUS.search(words.decode("ascii", "replace"))
    return is_bad(status.group()) if status else code in NO_MAILBOX


def is_bad(status: str) -> bool:
    """Whether an enhanced status (RFC 3463) says so."""
    return f"{status}.".startswith(DOES_NOT_WORK)


def is_on_the_list(address: str) -> bool:
    """Whether mail may go there: to everybody, or in test mode to who is on the list."""
    only = current_app.config["SETTINGS"].only_to
    address = address.lower()
    return not only or address in only or "@" + address.rpartition("@")[2] in only


def domain_mark(address: str) -> str:
    """A mark of an address's domain by which letters are counted; from a copy of the outbox nobody reads it."""
    domain = address.rpartition("@")[2].lower()
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), f"domain {domain}".encode(), "sha256").hex()[:16]


def bounce_address(message_id: str) -> str:
    """Where a letter comes back to when it cannot be delivered; no-reply where nobody would read that."""
    settings = current_app.config["SETTINGS"]
    if not settings.bounces:
        return f"no-reply@{settings.host}"
    name = uuid.UUID(message_id).hex  # a name before the "@" has room for 64 letters
    return f"bounce+{name}-{_signature(name)}@{settings.host}"


def read_bounce_token(token: str) -> str | None:
    """The Message-ID of the email whose bounce address this was; None when it is none of ours.

    Mail servers may change its case.
    """
    name, _, signature = token.lower().partition("-")
    if not HEX.fullmatch(name) or not hmac.compare_digest(_signature(name).encode(), signature.encode()):
        return None
    return str(uuid.UUID(name))


def _signature(name: str) -> str:
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, f"bounce {name}".encode(), "sha256").hex()[:20]
