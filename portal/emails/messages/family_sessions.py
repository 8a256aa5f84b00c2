"""Emails about a family session: booked, asked for, moved, cancelled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import select

from portal import words
from portal.consent.shared import SharedAppointment, SharedKeptTime
from portal.db import session
from portal.emails import invites
from portal.emails.invites import Invite
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, may_be_told, message
from portal.emails.messages.times import span, start


@message
def booking_confirmed(to: Recipient, about: About) -> Letter:
    """A family session is booked."""
    with eyes_of(to):
        appointment = family_session(about)
        if appointment.status != "confirmed":
            raise Withheld("cancelled meanwhile")
        if appointment.says != "accepted":
            raise Withheld("moved meanwhile")
        times = may_be_told(about) and to.wants_times
        when = span(appointment) if times else ""
        return write_letter(to, about, path="/sessions", when=when, invite=invite_to(to, appointment, times=times))


@message
def booking_asked(to: Recipient, about: About) -> Letter:
    """The reader's own yes to a family session is missing. It says no more than that there is something new."""
    with eyes_of(to):
        appointment = family_session(about)
        if appointment.status == "cancelled" or appointment.says != "needs-action":
            raise Withheld("moved meanwhile")
        may_be_told(about)
        return write_letter(to, about, path="/sessions")


@message
def booking_moved(to: Recipient, about: About) -> Letter:
    """A family session is at another time."""
    with eyes_of(to):
        appointment = family_session(about)
        if appointment.status == "cancelled" or appointment.was_at is None:
            raise Withheld("cancelled meanwhile")
        times = may_be_told(about) and to.wants_times
        before, when = (start(appointment.was_at), span(appointment)) if times else ("", "")
        invite = invite_to(to, appointment, times=times)
        return write_letter(to, about, path="/sessions", before=before, when=when, invite=invite)


@message
def booking_cancelled(to: Recipient, about: About) -> Letter:
    """A family session was cancelled: one letter for the reader's own doing, another where it was the clinic's."""
    with eyes_of(to):
        appointment = family_session(about)
        if appointment.status != "cancelled":
            raise Withheld("changed again meanwhile")
        times = may_be_told(about) and to.wants_times
        when = span(appointment) if times else ""
        invite = invite_to(to, appointment, times=times)
        if appointment.cancelled_by == "relative":
            return write_letter(to, about, path="/sessions", when=when, invite=invite)
        kept = session().scalars(
            select(SharedKeptTime.held_until).where(SharedKeptTime.instead_of_id == about.about_id)
        )
        until = sorted(kept)
        return write_letter(
            to,
            replace(about, message="booking_cancelled_by_us"),
            path="/sessions",
            when=when,
            kept=len(until),
            # Until midnight: the day before it is the last one.
            until=words.long_weekday(until[0] - dt.timedelta.resolution) if times and until else "",
            invite=invite,
        )


def family_session(about: About) -> SharedAppointment:
    """The family session that `about` is about, as the reader may see it. Raises Withheld."""
    appointment = session().get(SharedAppointment, about.about_id)
    if appointment is None:
        raise Withheld("sharing ended")
    return appointment


def invite_to(to: Recipient, appointment: SharedAppointment, *, times: bool) -> Invite | None:
    """The session for the reader's calendar, where both sides want it: what is off, and what they said yes to."""
    is_set = appointment.status == "confirmed" and appointment.says == "accepted"
    if not (times and to.wants_calendar_files and (is_set or appointment.status == "cancelled")):
        return None
    return invites.invite(appointment, to.email)
