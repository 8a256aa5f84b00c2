"""The addresses that accounts have left: whoever still knows one of them means the same person."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select

from portal import clock
from portal.db import session
from portal.emails import addresses
from portal.models import Account, LeftAddress

# Below the number of values that every database takes in one statement.
AT_ONCE = 500


def leave(account: Account) -> LeftAddress:
    """Remember the address that an account has today, as one that it leaves; who had it last is meant by it."""
    digest = addresses.digest(account.email)
    earlier = (LeftAddress.digest == digest, LeftAddress.account_id != account.id)
    session().execute(delete(LeftAddress).where(*earlier))
    row = LeftAddress(account_id=account.id, digest=digest, left_at=clock.now())
    row.sealed = addresses.seal(account.email, row)
    session().add(row)
    session().flush()
    return row


def come_back(account: Account, address: str) -> None:
    """Forget that an account has left `address`: it has it again."""
    digest = addresses.digest(address)
    row = session().scalar(
        select(LeftAddress).where(LeftAddress.digest == digest, LeftAddress.account_id == account.id)
    )
    if row is not None:
        session().delete(row)
        session().flush()


def is_of_somebody_else(address: str, account: Account) -> bool:
    """Whether another account has this address, or has left it."""
    has_it = select(Account.id).where(Account.email == address, Account.id != account.id)
    left_it = select(LeftAddress.account_id).where(
        LeftAddress.digest == addresses.digest(address), LeftAddress.account_id != account.id
    )
    return session().scalar(has_it.union_all(left_it).limit(1)) is not None


def accounts(emails: Collection[str]) -> dict[str, Account]:
    """The accounts that have these addresses, or had them where nobody has them now; by the address."""
    found: dict[str, Account] = {}
    ordered = sorted(emails)
    for n in range(0, len(ordered), AT_ONCE):
        some = ordered[n : n + AT_ONCE]
        by_digest = {addresses.digest(email): email for email in some}
        left = select(LeftAddress).where(LeftAddress.digest.in_(by_digest))
        found |= {by_digest[row.digest]: row.account for row in session().scalars(left)}
        have = select(Account).where(Account.email.in_(some))
        found |= {account.email: account for account in session().scalars(have).unique()}
    return found
