"""What a browser remembers between the three steps of an invitation. Nothing is stored before the last one."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import session
from flask_babel import refresh

from portal import clock
from portal.consent.invitations import keyed
from portal.errors import Refused
from portal.frame import LANGUAGES
from portal.models import Invitation
from portal.services import accepting
from portal.services.accepting import NewSignIn

# How long somebody may take for the steps, from the right code on.
OPEN_FOR = dt.timedelta(hours=1)


def remember(invitation: Invitation) -> None:
    """Note that the right code and year of birth were given; the page goes on in the invitation's language."""
    session["invitation"] = {"ref": invitation.ref, "until": (clock.now() + OPEN_FOR).timestamp()}
    if session.get("language") not in LANGUAGES:
        session["language"] = invitation.language
        refresh()


def current() -> Invitation | None:
    """The invitation that was opened in this browser a while ago, while it can be accepted."""
    noted = _noted()
    if not noted or noted["until"] < clock.now().timestamp():
        return None
    try:
        return accepting.opened(noted["ref"])
    except Refused:
        return None


def keep(sign_in: NewSignIn) -> None:
    """Hold on to what was chosen in the second step; the password's hash is sealed, the cookie is only signed."""
    session["invitation"] = _noted() | {
        "shares_mailbox": sign_in.shares_mailbox,
        "language": sign_in.language,
        "sealed": _seal().encrypt(sign_in.password_hash.encode()).decode(),
    }
    session["language"] = sign_in.language


def chosen() -> NewSignIn | None:
    """What was chosen in the second step, if it was taken."""
    noted = _noted()
    try:
        password_hash = _seal().decrypt(noted.get("sealed", "")).decode()
    except InvalidToken:
        return None
    return NewSignIn(password_hash, bool(noted["shares_mailbox"]), noted["language"])


def keep_address(email: str) -> None:
    """Hold on to the address that was typed in, so that a wrong letter can be seen."""
    session["invitation"] = _noted() | {"address": email}


def address() -> str:
    """The address that was typed in; empty when none was."""
    return str(_noted().get("address", ""))


def wait_for_sign_in() -> None:
    """Let the front step lead back to the invitation, once, after the sign-in that comes now."""
    session["invitation"] = _noted() | {"waits": True}


def waited() -> bool:
    """Whether an invitation waited for this sign-in; asked again it has not."""
    noted = _noted()
    if not noted.pop("waits", False):
        return False
    session["invitation"] = noted
    return True


def forget() -> None:
    """The steps are done."""
    session.pop("invitation", None)


def _noted() -> dict[str, Any]:
    return dict(session.get("invitation") or {})


def _seal() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(keyed("invitation", "what was chosen")))
