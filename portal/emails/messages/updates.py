"""Emails that there is something new to read."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, select

from portal.consent.shared import SharedUpdate
from portal.db import session
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, may_be_told, message

# Made once, see `message.LEVELS`.
THE_UPDATE = select(SharedUpdate.id).where(SharedUpdate.id == bindparam("about_id", type_=Integer))


@message
def update_posted(to: Recipient, about: About) -> Letter:
    """There is something new to read."""
    with eyes_of(to):
        if session().scalar(THE_UPDATE, {"about_id": about.about_id}) is None:
            raise Withheld("sharing ended")
        may_be_told(about)
        return write_letter(to, about, path="/updates")
