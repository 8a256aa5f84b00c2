"""Words for kinds of email and for how they were turned off. On relatives' pages and in letters they name nobody."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.emails.wanted import EVERY
from portal.models import StopHow

KINDS: dict[str, LazyString] = {
    "schedule_changed": _l("Changes to times"),
    "update_posted": _l("New updates"),
    "reminder": _l("Reminders"),
    "booking": _l("Bookings: what is asked, booked, moved or cancelled"),
    "time_opened": _l("Times that have opened on the waiting list"),
    "weekly_list": _l("The weekly list"),
    "sharing_changed": _l("When you save a choice about sharing"),
    "sharing_ends": _l("Dates coming up: when something you share ends soon"),
    "question_asked": _l("Questions: when somebody asks to see something"),
    EVERY: _l("Every kind"),
}

HOW: dict[str, LazyString] = {
    StopHow.LINK: _l("with the link in an email"),
    StopHow.ONE_CLICK: _l("with the button of a mail program"),
    StopHow.MAIL: _l("by an email to us"),
    StopHow.SETTINGS: _l("on the page “Email choices”"),
}


def kind_words(kind: str) -> LazyString:
    """What a kind of email is called where it is turned off."""
    return KINDS.get(kind, _l("Emails like one they got"))
