"""Act on a form once, however often it is sent, and answer each time as the first time."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable

from flask import request
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.errors import NotShared, SentAlready
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
    Raises whatever `act` raises, SentAlready for a form that was sent before with something else in it,
    and NotShared for one that was shown to somebody else.
    """
    used = FormToken(token=token, account_id=account_id, answer="", sent=_what_is_sent(), used_at=clock.now())
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
    if used.sent not in ("", _what_is_sent()):
        raise SentAlready
    return used.answer


def _what_is_sent() -> str:
    """A fingerprint of where this request sends what. The page's own token is new each time, and says nothing."""
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    files = sorted((name, file.filename) for name, file in request.files.items(multi=True))
    return hashlib.sha256(json.dumps([request.full_path, fields, files]).encode()).hexdigest()
