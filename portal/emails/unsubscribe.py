"""What turns one kind of email off for one account: a token behind a link, or in front of an "@"."""

from __future__ import annotations

import base64
import hmac
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from flask import current_app

from portal.errors import NotShared

BY_MAIL = "unsubscribe+"


def token(account_ref: str, kind: str) -> str:
    """A token that turns off one kind of email for one account. It does not end: old mail must stop too.

    A name in an address has room for 64 letters, and some servers make capitals small: so it is short, small,
    and names neither the account nor the kind.
    """
    sealed = _cipher(current_app.config["SECRET_KEY"]).encrypt(account_ref.encode(), [kind.encode()])
    return base64.b32encode(sealed).decode().rstrip("=").lower()


def read(token: str) -> tuple[str, str]:
    """The account's label and the kind of email that a token is for. Raises NotShared when it is none of ours."""
    from portal.emails.letters import kind_of  # which bear such tokens
    from portal.emails.messages import MESSAGES

    typed = token.strip().upper()
    try:
        sealed = base64.b32decode(typed + "=" * (-len(typed) % 8))
    except ValueError:
        raise NotShared from None
    cipher = _cipher(current_app.config["SECRET_KEY"])
    for kind in sorted({kind_of(message) for message in MESSAGES}):
        with suppress(InvalidTag, ValueError):
            return cipher.decrypt(sealed, [kind.encode()]).decode(), kind
    raise NotShared


def mail_address(token: str) -> str:
    """Where a mail program writes to turn it off."""
    return f"{BY_MAIL}{token}@{current_app.config['SETTINGS'].host}"


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESSIV:
    return AESSIV(hmac.digest(secret.encode(), b"unsubscribe", "sha512"))
