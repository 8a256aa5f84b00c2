"""What an email is made of: its reader, what it is about, its two halves, and the link that stops its kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import current_app

from portal import clinic
from portal.emails import rendering, unsubscribe
from portal.emails.invites import Invite
from portal.emails.reminder_times import REMINDERS

# What is never unsubscribed from: account safety, and the one letter to somebody who has no account yet.
SAFETY = {"new_password", "password_changed", "new_address", "email_changed", "invitation"}
BOOKINGS = ("booking_asked", "booking_cancelled", "booking_cancelled_by_us", "booking_confirmed", "booking_moved")
# What may be told for as long as family sessions are shared, and not a moment longer.
ABOUT_FAMILY_SESSIONS = {*BOOKINGS, "time_opened", *REMINDERS}
# Emails that are turned off together, by the name of their kind; every other one is a kind of its own.
KIND_OF = {**dict.fromkeys(REMINDERS, "reminder"), **dict.fromkeys(BOOKINGS, "booking")}
# To somebody in treatment, about their own sharing.
TO_A_PATIENT = ("sharing_changed", "sharing_ends", "question_asked")
# What is told of once a week, to those who want a list instead.
IN_THE_WEEKLY_LIST = {"update_posted", "schedule_changed"}


@dataclass(frozen=True)
class Recipient:
    """Who gets an email, and what they chose. Without an account: an address that is invited."""

    account_id: int | None
    account_ref: str
    email: str
    given_name: str
    language: str
    wants_times: bool
    wants_calendar_files: bool = False
    time_zone: str | None = None
    relative_id: int | None = None
    patient_id: int | None = None
    mail_word: str = ""


@dataclass(frozen=True)
class About:
    """What an email is about: ids, and the moment at which it was queued, which is that of the act."""

    message: str
    patient_id: int | None
    about_id: int | None
    at: dt.datetime


@dataclass(frozen=True)
class Letter:
    """A composed email, ready to be handed over; with `invite` also to the reader's calendar.

    `preview` is what a list of emails shows behind the subject; it is hidden in the HTML half only.
    `tells_of` are the patients it tells something of, where its row names none.
    """

    to: str
    language: str
    subject: str
    preview: str
    text: str
    html: str
    unsubscribe_url: str | None
    unsubscribe_mail: str | None
    invite: Invite | None = None
    tells_of: frozenset[int] = frozenset()


def kind_of(message: str) -> str:
    """The kind by which an email is turned off."""
    return KIND_OF.get(message, message)


def write_letter(
    to: Recipient,
    about: About,
    *,
    path: str = "",
    invite: Invite | None = None,
    tells_of: frozenset[int] = frozenset(),
    **facts: Any,
) -> Letter:
    """The letter from its templates, in the reader's language. `facts` are all that it may say."""
    settings = current_app.config["SETTINGS"]
    by_press = by_mail = None
    if about.message not in SAFETY:
        token = unsubscribe.token(to.account_ref, kind_of(about.message))
        by_press = f"{settings.base_url}/unsubscribe/{token}"
        if settings.bounces:  # where nobody reads that box, nobody would hear of it
            by_mail = unsubscribe.mail_address(token)
    choices = choices_path(to, about.message)
    facts |= {
        "to": to,
        "base_url": settings.base_url,
        "link": settings.base_url + path,
        "clinic": clinic.facts(),
        "choices_url": settings.base_url + choices if choices else "",
        "unsubscribe_url": by_press,
        "lang": to.language,
    }

    subject, preview, text, html = rendering.render(about.message, facts)
    return Letter(
        to=to.email,
        language=to.language,
        subject=subject,
        preview=preview,
        text=text,
        html=html,
        unsubscribe_url=by_press,
        unsubscribe_mail=by_mail,
        invite=invite,
        tells_of=tells_of,
    )


def choices_path(to: Recipient, message: str) -> str:
    """Where a reader chooses whether such an email comes; empty for those who have nothing to choose."""
    if to.patient_id is not None and (message in TO_A_PATIENT or to.relative_id is None):
        return "/me/emails"
    return "/settings/emails" if to.relative_id is not None else ""
