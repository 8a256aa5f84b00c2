"""Whose sign-in a cookie stands for, and the end of one: signing out in one browser leaves the others alone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select

from portal import clock
from portal.db import session
from portal.models import Account, EndedSignIn

# Longer than any cookie is good for; after that its own age refuses it.
REMEMBERED = dt.timedelta(days=1)


def account_of(uniquifier: str, label: str) -> Account | None:
    """The account that signed in as `uniquifier`, unless it is closed or that sign-in is over."""
    is_over = select(EndedSignIn).where(EndedSignIn.label == label).exists()
    return session().scalar(select(Account).where(Account.fs_uniquifier == uniquifier, Account.active, ~is_over))


def end(label: str) -> None:
    """From now on nobody is signed in by this sign-in's cookie, nor by a copy of it."""
    session().execute(delete(EndedSignIn).where(EndedSignIn.ended_at < clock.now() - REMEMBERED))
    session().merge(EndedSignIn(label=label, ended_at=clock.now()))
