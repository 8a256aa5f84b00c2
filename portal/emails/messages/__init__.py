"""One function per email. Each reads as its recipient, so a page and an email obey the same rule."""

from portal.emails.messages import (  # noqa: F401  each lists its emails
    account,
    family_sessions,
    invitation,
    reminders,
    schedule,
    sharing,
    updates,
    waiting_list,
    weekly_list,
)
from portal.emails.messages.message import MESSAGES, Withheld

__all__ = ["MESSAGES", "Withheld"]
