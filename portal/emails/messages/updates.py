"""Emails that there is something new to read."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, select

from portal.consent.shared import SharedScope, SharedUpdate
from portal.db import session
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, levels_agreed, message

# One question, made once: a statement that is made anew for each letter takes as long as asking it.
LEVELS_AND_UPDATE = (
    select(SharedScope.email_level, SharedUpdate.id)
    .outerjoin(SharedUpdate, SharedUpdate.id == bindparam("about_id", type_=Integer))
    .where(SharedScope.patient_id == bindparam("about_patient", type_=Integer))
)


@message
def update_posted(to: Recipient, about: About) -> Letter:
    """There is something new to read."""
    asked = {"about_id": about.about_id, "about_patient": about.patient_id}
    with eyes_of(to):
        shared = session().execute(LEVELS_AND_UPDATE, asked).all()
        if not any(update_id for _, update_id in shared):
            raise Withheld("sharing ended")
        levels_agreed({level for level, _ in shared})
        return write_letter(to, about, path="/updates")
