"""Act on a form once, however often it is sent, and answer each time as the first time."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.errors import NotShared
from portal.models import FormToken


def new() -> str:
    """A token for the hidden field of a form that is being shown."""
    return secrets.token_urlsafe(24)


def is_one(token: str | None) -> bool:
    """Whether `token` has the shape of ours."""
    return token is not None and 32 <= len(token) <= 64


def once(token: str, account_id: int, act: Callable[[], str]) -> str:
    """What `act` answers the first time the form is sent, and the same address every time after.

    Part of the caller's transaction: when `act` refuses, the form can be sent again.
    Raises whatever `act` raises, and NotShared for a form that was shown to somebody else.
    """
    used = FormToken(token=token, account_id=account_id, answer="", used_at=clock.now())
    try:
        with session().begin_nested():
            session().add(used)
    except IntegrityError:
        # The key decides a race: whoever comes second has waited here until the first was committed.
        return _answer(token, account_id)
    used.answer = act()
    return used.answer


def _answer(token: str, account_id: int) -> str:
    used = session().get_one(FormToken, token)
    if used.account_id != account_id:
        raise NotShared
    return used.answer
