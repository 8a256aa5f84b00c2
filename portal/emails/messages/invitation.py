"""The email with an invitation, to somebody who has no account yet."""

from __future__ import annotations

from portal import words
from portal.consent import invitations
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, message


@message
def invitation(to: Recipient, about: About) -> Letter:
    """The link to make an account, to an address that has none. It names nobody; the code goes another way."""
    with eyes_of(to):
        found = invitations.open_one(about.about_id)
        if found is None:
            raise Withheld("invitation ended")
        return write_letter(to, about, path=found.link, until=words.short_day(found.ends_at))
