"""Emails to a patient about their own choices."""

from __future__ import annotations

from flask_babel import force_locale
from sqlalchemy import select

from portal import words
from portal.consent.own import OwnConsent, OwnScope, OwnSelf
from portal.db import session
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, message


@message
def sharing_changed(to: Recipient, about: About) -> Letter:
    """To the patient: a choice was saved. One text for start, change and stop."""
    with eyes_of(to):
        if session().scalar(select(OwnSelf)) is None:
            raise Withheld("no such account")
        return write_letter(to, about, path="/me")


@message
def sharing_ends(to: Recipient, about: About) -> Letter:
    """To the patient: one of their choices ends soon, and ends by itself. Names nobody, not even what it is."""
    with eyes_of(to):
        consent = session().get(OwnConsent, about.about_id) if to.patient_id is not None else None
        boxes = select(OwnScope.id).where(OwnScope.consent_id == about.about_id, OwnScope.is_in_force).limit(1)
        if consent is None or consent.ends_on is None or session().scalar(boxes) is None:
            raise Withheld("ended meanwhile")
        # In the frame of this context the day is said in the reader's language.
        with force_locale(to.language):
            day = words.day(consent.ends_on)
        return write_letter(to, about, path="/me", day=day)
