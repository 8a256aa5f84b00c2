"""Sign in with another address: ask for it, say so again from its mailbox, and both addresses hear of it."""

from __future__ import annotations

import hmac
import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.emails import addresses, outbox
from portal.errors import Refused
from portal.models import Account, NewAddress
from portal.models.base import new_ref
from portal.services import left_addresses
from portal.services.invitation_rules import check_address


def checked(typed: str, current: str) -> str:
    """The address as it is kept. Raises Refused for what is none, and for the one they have."""
    address = typed.strip().lower()
    check_address(address)
    if address == current:
        raise Refused(_l("You sign in with this address already"), "email")
    return address


def ask(account_id: int, address: str) -> None:
    """Send a link to `address`, as `checked` returns it. An earlier link ends.

    Where the address is somebody else's, or was, it costs as much and nothing is sent.
    """
    # One after the other: of two presses at once the later one's link is the one that works.
    account = session().get_one(Account, account_id, with_for_update={"of": Account, "key_share": True})
    is_free = not left_addresses.is_of_somebody_else(address, account)
    session().execute(delete(NewAddress).where(NewAddress.account_id == account_id))
    row = NewAddress(account_id=account_id, ref=new_ref(), asked_at=clock.now())
    row.sealed = addresses.seal(address, row)
    row.token_hash = addresses.token_hash(addresses.token_of(row.ref, account.email))
    session().add(row)
    session().flush()
    outbox.queue("new_address", to=account if is_free else None, about_id=row.id)


def asked_with(token: str) -> NewAddress | None:
    """What waits behind a link; None for one that has ended, was used, or is none of ours."""
    row = session().scalar(select(NewAddress).where(NewAddress.token_hash == addresses.token_hash(token)))
    if row is None or addresses.has_ended(row) or not row.account.active:
        return None
    # The address of today is part of the token: when that has changed, the link has ended.
    return row if hmac.compare_digest(addresses.token_of(row.ref, row.account.email), token) else None


def take_up(asked: NewAddress) -> Account | None:
    """Give the account its new address; everybody who is signed in to it is signed out, and links of before end.

    None when somebody else has the address meanwhile. Both addresses are told.
    """
    account, address = asked.account, addresses.unseal(asked)
    if left_addresses.is_of_somebody_else(address, account):
        return None
    try:
        with session().begin_nested():
            session().delete(asked)
            left_addresses.come_back(account, address)
            left = left_addresses.leave(account)
            account.email, account.fs_uniquifier = address, uuid.uuid4().hex
            session().flush()
    except IntegrityError:
        return None
    for about_id in (left.id, None):
        outbox.queue("email_changed", to=account, about_id=about_id)
    return account
