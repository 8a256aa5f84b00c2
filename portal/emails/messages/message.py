"""What every email needs: its place in the list, the eyes of its reader, and whether they may be told at all."""

from __future__ import annotations

from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select

from portal.consent.shared import SharedScope
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.emails.letters import About, Letter, Recipient

Compose = Callable[[Recipient, About], Letter]
MESSAGES: dict[str, Compose] = {}


class Withheld(Exception):
    """This email may not be sent any more. The text is a reason for staff, without a name."""


def message(compose: Compose) -> Compose:
    """List a function as an email under its own name."""
    MESSAGES[compose.__name__] = compose
    return compose


def eyes_of(to: Recipient) -> AbstractContextManager[Any]:
    """Look as the recipient for a moment, in a session of its own that only reads, in their language."""
    return viewing_as(
        Viewer(
            account_id=to.account_id,
            account_ref=to.account_ref,
            given_name=to.given_name,
            relative_id=to.relative_id,
            patient_id=to.patient_id,
            is_counted=False,
            door="email",
        ),
        language=to.language,
    )


def may_be_told(about: About) -> bool:
    """Whether the patient agreed to emails with day and time. Raises Withheld when to none at all."""
    asked = select(SharedScope.email_level).where(SharedScope.patient_id == about.patient_id)
    return levels_agreed(set(session().scalars(asked)))


def levels_agreed(levels: Set[str]) -> bool:
    """Whether one of these levels allows day and time. Raises Withheld when none allows an email."""
    if not levels - {"none"}:
        raise Withheld("no email agreed")
    return "times" in levels
