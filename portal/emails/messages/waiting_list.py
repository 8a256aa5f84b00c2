"""The email that a time has opened."""

from __future__ import annotations

from portal import words
from portal.consent.shared import SharedKeptTime
from portal.db import session
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, may_be_told, message
from portal.emails.messages.times import moment


@message
def time_opened(to: Recipient, about: About) -> Letter:
    """A time that the reader waits for is free, and kept for them for a while."""
    with eyes_of(to):
        kept = session().get(SharedKeptTime, about.about_id)
        if kept is None or kept.waiting_id is None:
            raise Withheld("taken meanwhile")
        times = may_be_told(about) and to.wants_times
        when = moment(kept.starts_at) if times else ""
        until = words.deadline(kept.held_until) if times else ""
        return write_letter(to, about, path="/sessions", when=when, until=until)
