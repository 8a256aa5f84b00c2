"""A mail to unsubscribe+…@: turns off the kind of email whose letters named that address."""

from __future__ import annotations

from email.message import Message

from portal.db import commit, rollback, writing
from portal.emails import unsubscribe
from portal.errors import NotShared
from portal.models import StopHow
from portal.services import accounts


def read(token: str, mail: Message) -> bool:
    """Turn off what the token is for; whether it was one of ours. What the mail says does not matter."""
    with writing():
        try:
            accounts.stop_email(*unsubscribe.read(token), how=StopHow.MAIL)
        except NotShared:
            rollback()  # what only looked would keep others from writing
            return False
        commit()
    return True
