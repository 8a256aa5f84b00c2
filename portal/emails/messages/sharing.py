"""Emails to a patient about their own choices."""

from __future__ import annotations

from flask_babel import force_locale
from sqlalchemy import select

from portal import words
from portal.consent.own import OwnConsent, OwnRelatedPerson, OwnScope, OwnSelf
from portal.consent.picture import waits_for_an_answer
from portal.db import session
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, message
from portal.emails.messages.times import moment


@message
def sharing_changed(to: Recipient, about: About) -> Letter:
    """To the patient: a choice was saved, and when. One text for start, change and stop."""
    with eyes_of(to):
        if session().scalar(select(OwnSelf)) is None:
            raise Withheld("no such account")
        with force_locale(to.language):
            when = moment(about.at)
        return write_letter(to, about, path="/me", when=when)


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


@message
def question_asked(to: Recipient, about: About) -> Letter:
    """To the patient: somebody asked. It says neither who nor what."""
    with eyes_of(to):
        person = session().get(OwnRelatedPerson, about.about_id) if to.patient_id is not None else None
        signed = select(OwnConsent).where(OwnConsent.related_person_id == about.about_id)
        newest = session().scalar(signed.order_by(OwnConsent.signed_at.desc(), OwnConsent.id.desc()).limit(1))
        if person is None or not waits_for_an_answer(person, newest):
            raise Withheld("answered meanwhile")
        return write_letter(to, about, path="/me")
