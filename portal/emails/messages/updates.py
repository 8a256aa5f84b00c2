"""Emails that there is something new to read."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, select

from portal.consent.questions import Question
from portal.consent.shared import SharedScope, SharedUpdate
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, levels_agreed, message

LEVELS_AND_UPDATE = Question(
    select(SharedScope.email_level, SharedUpdate.id)
    .outerjoin(SharedUpdate, SharedUpdate.id == bindparam("about_id", type_=Integer))
    .where(SharedScope.patient_id == bindparam("about_patient", type_=Integer))
)


@message
def update_posted(to: Recipient, about: About) -> Letter:
    """There is something new to read."""
    with eyes_of(to):
        shared = LEVELS_AND_UPDATE.ask(about_id=about.about_id, about_patient=about.patient_id)
        if not any(update_id for _, update_id in shared):
            raise Withheld("sharing ended")
        levels_agreed({level for level, _ in shared})
        return write_letter(to, about, path="/updates")
