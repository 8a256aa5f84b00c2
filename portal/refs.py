"""Labels for addresses: each viewer has their own for the same row, so comparing links tells nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Protocol, TypeVar

from flask import current_app

from portal.errors import NotShared
from portal.models.base import REF_LENGTH, REF_LETTERS


class HasRef(Protocol):
    @property
    def ref(self) -> str: ...


Row = TypeVar("Row", bound=HasRef)


def ref_for(account_ref: str, row_ref: str) -> str:
    """The label under which the account's owner finds the row: ten letters, no key to anything."""
    secret = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(secret, f"{account_ref}|{row_ref}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(REF_LENGTH):
        number, rest = divmod(number, len(REF_LETTERS))
        letters.append(REF_LETTERS[rest])
    return "".join(letters)


def find(account_ref: str, ref: str, rows: Iterable[Row]) -> Row:
    """The row among those this viewer can see that `ref` labels.

    Raises NotShared when there is none: a hidden row and a made-up label look the same, because the
    search never leaves what is visible.
    """
    found = None
    for row in rows:
        if hmac.compare_digest(ref_for(account_ref, row.ref), ref):
            found = row
    if found is None:
        raise NotShared
    return found
