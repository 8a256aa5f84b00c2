"""Emails that a family session is near."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from portal import clinic, clock
from portal.emails import reminder_times
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.family_sessions import family_session
from portal.emails.messages.message import Withheld, eyes_of, may_be_told, message
from portal.emails.messages.times import span


@message
def reminder_tomorrow(to: Recipient, about: About) -> Letter:
    """A family session is tomorrow."""
    return _reminder(to, about)


@message
def reminder_soon(to: Recipient, about: About) -> Letter:
    """A family session is today."""
    return _reminder(to, about)


def _reminder(to: Recipient, about: About) -> Letter:
    with eyes_of(to):
        appointment = family_session(about)
        if appointment.status != "confirmed":
            raise Withheld("cancelled meanwhile")
        if appointment.says != "accepted":
            raise Withheld("moved meanwhile")
        here = clinic.zone()
        there = ZoneInfo(to.time_zone) if to.time_zone else here
        if not reminder_times.is_true_now(about.message, appointment.starts_at, clock.now(), here, there):
            raise Withheld("its time had passed")
        times = may_be_told(about) and to.wants_times
        return write_letter(to, about, path="/sessions", when=span(appointment) if times else "")
