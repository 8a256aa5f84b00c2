"""What the clinic's pages call things: kinds of session, states, emails, lines of the record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal import words
from portal.consent.scopes import UPDATE_SCOPES, WORDS, Scope
from portal.models import Act, AppointmentStatus, Kind, Status
from portal.services.mail_status import MailState


@dataclass(frozen=True)
class Sign:
    """A word with its colour and, sometimes, its picture."""

    words: str | LazyString
    kind: str
    icon: str | None = None


KINDS: dict[str, Sign] = {
    Kind.GROUP: Sign(_l("Group"), "pine", "grid-3x3-gap-fill"),
    Kind.INDIVIDUAL: Sign(_l("One to one"), "dusk", "person-fill"),
    Kind.CLASS: Sign(_l("Class"), "ochre", "book"),
    Kind.FAMILY: Sign(_l("Family"), "plum", "people-fill"),
    Kind.CLOSED: Sign(_l("Closed"), "plain", "slash-circle"),
}

STATES: dict[str, Sign] = {
    Status.ON: Sign(_l("On"), "pine"),
    Status.CHANGED: Sign(_l("Moved"), "ochre"),
    Status.CANCELLED: Sign(_l("Cancelled"), "clay"),
    AppointmentStatus.CONFIRMED: Sign(_l("Confirmed"), "pine"),
    AppointmentStatus.PENDING: Sign(_l("Waits for a yes"), "ochre"),
}

UPDATE_KINDS: dict[str, LazyString] = {
    Scope.GOING: WORDS[Scope.GOING],
    Scope.PLAN: _l("Change to the plan or times"),
    Scope.LEAVE: _l("Getting ready to leave the program"),
}
assert tuple(UPDATE_KINDS) == UPDATE_SCOPES

LANGUAGES: dict[str, LazyString] = {"en": _l("English"), "es": _l("Spanish")}

MAIL_STATES: dict[MailState, Sign] = {
    MailState.WAITING: Sign(_l("Waiting"), "ochre"),
    MailState.SENT: Sign(_l("Sent"), "pine"),
    MailState.WITHHELD: Sign(_l("Withheld"), "plain"),
    MailState.FAILED: Sign(_l("Failed"), "clay"),
}

EMAILS: dict[str, LazyString] = {
    "update_posted": _l("Update posted"),
    "schedule_changed": _l("Session times changed"),
    "booking_confirmed": _l("Family session booked"),
    "booking_asked": _l("Asked to a family session"),
    "booking_moved": _l("Family session moved"),
    "booking_cancelled": _l("Family session cancelled"),
    "reminder_tomorrow": _l("Reminder, the day before"),
    "reminder_soon": _l("Reminder, two hours before"),
    "time_opened": _l("Time from the waiting list"),
    "weekly_list": _l("Weekly list"),
    "sharing_changed": _l("Sharing changed"),
    "sharing_ends": _l("Sharing ends soon"),
    "question_asked": _l("Somebody asked to see something"),
    "new_password": _l("New password"),
    "password_changed": _l("Password changed"),
    "new_address": _l("Link to a new email address"),
    "email_changed": _l("Email address changed"),
    "invitation": _l("Invitation"),
}

REASONS: dict[str, LazyString] = {
    "sharing ended": _l("Sharing ended before it was sent"),
    "withdrawn": _l("The update was withdrawn before it was sent"),
    "no email agreed": _l("The person in treatment agreed to no emails"),
    "the reader turned this kind off": _l("The reader turned this kind off"),
    "ended meanwhile": _l("It ended before it was sent"),
    "changed again meanwhile": _l("The session changed again, or began, before it was sent"),
    "in the weekly list": _l("The reader finds it in a weekly list"),
    "nothing new": _l("There was nothing new"),
    "told of it in another email": _l("Another email of the reader told of it"),
    "taken meanwhile": _l("The time was taken, or not kept any more, before it was sent"),
    "cancelled meanwhile": _l("The session was cancelled before it was sent"),
    "its time had passed": _l("Its time had passed before it was sent"),
    "moved meanwhile": _l("The session was moved again, or answered, before it was sent"),
    "answered meanwhile": _l("It was answered before it was sent"),
    "invitation ended": _l("The invitation ended before it was sent"),
    "no such account": _l("Nobody has this address here"),
    "the address does not work": _l("The address does not work"),
    "test mode: not on the list": _l("Test mode: the address is not on the list"),
    "the postman died of it": _l("It made the program that sends emails stop, again and again"),
}

# What a try ran into; a number or a name for the clinic's IT follows.
TROUBLE: dict[str, LazyString] = {
    "came back": _l("It came back: the mail server could not deliver it"),
    "refused by the mail server": _l("The mail server refused it"),
    "mail server answered": _l("The mail server did not take it and answered"),
    "mail server not reached": _l("The mail server could not be reached"),
    "mail server too slow": _l("The mail server was too slow"),
    "conversation broke off": _l("The line to the mail server broke"),
    "could not be written": _l("The email could not be written"),
}

ACTS: dict[str, LazyString] = {
    Act.LOOKED: _l("Looked at"),
    Act.SENT: _l("Email sent"),
    Act.WITHHELD: _l("Email withheld"),
    Act.SIGNED: _l("Signed"),
    Act.STOPPED: _l("Stopped"),
    Act.NARROWED: _l("Turned off"),
    Act.HIDDEN: _l("Hidden"),
    Act.SHOWN: _l("Shown again"),
    Act.PAUSED: _l("Paused"),
    Act.RESUMED: _l("Started again"),
    Act.POSTED: _l("Posted an update"),
    Act.PLANNED: _l("Planned an update"),
    Act.DROPPED: _l("Gave up a planned update"),
    Act.WITHDREW: _l("Withdrew an update"),
    Act.BOOKED: _l("Booked"),
    Act.MOVED: _l("Moved"),
    Act.CANCELLED: _l("Cancelled"),
    Act.DECLINED: _l("Said no"),
    Act.IMPORTED: _l("Imported"),
    Act.INVITED: _l("Sent"),
    Act.ACCEPTED: _l("Accepted"),
    Act.ENDED: _l("Ended"),
    Act.RECORDED: _l("Typed in from paper"),
    Act.VERIFIED: _l("Checked by a second person"),
    Act.HELD: _l("Put on hold"),
    Act.RELEASED: _l("Hold released"),
    Act.INVALID: _l("Marked as invalid"),
    Act.ASKED: _l("Asked"),
    Act.DECIDED: _l("Decided"),
    Act.CHANGED: _l("Changed"),
    Act.KEPT: _l("Kept"),
    Act.WAITS: _l("Waits for a time"),
    Act.GAVE_UP: _l("Waits no more"),
    Act.LEFT: _l("Left the program"),
    Act.EXPORTED: _l("Written to a file"),
}

THINGS: dict[str, LazyString] = {
    **dict(WORDS.items()),
    "sharing": _l("Sharing"),
    "updates": _l("List of updates"),
    "people": _l("Name in a list"),
    "person": _l("Page of the person"),
    "readers": _l("Who can see an update"),
    "day": _l("Sessions of a day"),
    "mail": _l("Email status"),
    "invitations": _l("Invitations"),
    "activity": _l("Lines of this record"),
    "form": _l("Signed form"),
    "paper": _l("Form on paper"),
    "scan": _l("Scan of a form"),
    "hold": _l("Holds"),
    "restriction": _l("Wish to keep something private"),
    "request": _l("Request to see something"),
    "fhir": _l("FHIR file of one person"),
    "series": _l("Series of sessions"),
    "session": _l("One session"),
    "closure": _l("Closed days"),
    "hours": _l("Hours for family sessions"),
    "waitlist": _l("Waiting list"),
    "class": _l("Class for families"),
}


def email_words(message: str) -> str:
    """What kind of email it is; a kind we have no words for by its own name."""
    return str(EMAILS.get(message, message.replace("_", " ").capitalize()))


def reason_words(reason: str) -> str:
    """Why an email was withheld or not delivered."""
    for said_by_the_postman, in_words in TROUBLE.items():
        if reason.startswith(said_by_the_postman):
            return f"{in_words} {reason.removeprefix(said_by_the_postman)}".strip()
    return str(REASONS.get(reason, reason))


def moment_words(at: dt.datetime) -> str:
    """ "Nov 23, 2026, 7:52 AM": for records that are kept for years."""
    return f"{words.short_day(at)}, {words.local(at).year}, {words.time(at)}"


def thing_words(what: str) -> str:
    """What a line of the record is about: "Session times"."""
    return str(THINGS.get(what) or EMAILS.get(what) or what.replace("_", " "))


def entry_words(act: str, what: str) -> str:
    """One line of the record, without its people: "Looked at: session times"."""
    thing = thing_words(what)
    did = str(ACTS.get(act, act))
    return gettext("%(did)s: %(thing)s", did=did, thing=thing[:1].lower() + thing[1:]) if thing else did
