"""Addresses that only the postman opens: the one that waits for its mailbox, with its link, and one that was left."""

from __future__ import annotations

import base64
import datetime as dt

from portal import clock, sealing
from portal.consent.invitations import keyed
from portal.db import session
from portal.models import LeftAddress, NewAddress

PATH = "/email-address/"
LASTS = dt.timedelta(hours=24)


def seal(address: str, row: NewAddress | LeftAddress) -> bytes:
    """`address` as the database keeps it in this row."""
    return sealing.seal(address.encode(), row=_name(row))


def unseal(row: NewAddress | LeftAddress) -> str:
    """The address in this row. Raises CannotOpen."""
    return sealing.unseal(row.sealed, row=_name(row)).decode()


def token_of(row_ref: str, current: str) -> str:
    """The secret part of the link: drawn from the row and the address of today, and kept nowhere."""
    return base64.urlsafe_b64encode(keyed("new address", f"{row_ref}|{current}")).decode().rstrip("=")


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return keyed("new address token", token).hex()


def digest(address: str) -> str:
    """By what a left address is found again."""
    return keyed("left address", address).hex()


def link(number: int | None) -> str | None:
    """The path by which an address is taken up; None when nothing waits any more."""
    row = session().get(NewAddress, number)
    if row is None or has_ended(row):
        return None
    return PATH + token_of(row.ref, row.account.email)


def has_ended(row: NewAddress) -> bool:
    """Whether its link is too old."""
    return clock.now() >= row.asked_at + LASTS


def _name(row: NewAddress | LeftAddress) -> str:
    return f"new_address {row.ref}" if isinstance(row, NewAddress) else f"left_address {row.digest}"
