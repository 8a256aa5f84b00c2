"""One function per email. Each reads as its recipient, so a page and an email obey the same rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from sqlalchemy import or_, select

from portal import clinic, clock, words
from portal.consent import invitations
from portal.consent.own import OwnConsent, OwnScope, OwnSelf
from portal.consent.scopes import Scope
from portal.consent.shared import SharedAppointment, SharedKeptTime, SharedScheduleEntry, SharedScope, SharedUpdate
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.emails import invites, reminder_times
from portal.emails.invites import Invite
from portal.emails.letters import About, Letter, Recipient, write_letter


@dataclass(frozen=True)
class Change:
    """One changed session in words: when it is now, and when it was, if that was another time."""

    now: str
    before: str
    is_cancelled: bool


class Withheld(Exception):
    """This email may not be sent any more. The text is a reason for staff, without a name."""


# An email names this many changed sessions; of more it gives the number.
MOST_CHANGES = 3

Compose = Callable[[Recipient, About], Letter]
MESSAGES: dict[str, Compose] = {}


def message(compose: Compose) -> Compose:
    """List a function as an email under its own name."""
    MESSAGES[compose.__name__] = compose
    return compose


@message
def update_posted(to: Recipient, about: About) -> Letter:
    """There is something new to read."""
    with _eyes_of(to):
        if session().get(SharedUpdate, about.about_id) is None:
            raise Withheld("sharing ended")
        _may_be_told(about)
        return write_letter(to, about, path="/updates")


@message
def booking_confirmed(to: Recipient, about: About) -> Letter:
    """A family session is booked."""
    with _eyes_of(to):
        appointment = _session(about)
        if appointment.status != "confirmed":
            raise Withheld("cancelled meanwhile")
        if appointment.says != "accepted":
            raise Withheld("moved meanwhile")
        times = _may_be_told(about) and to.wants_times
        when = _when(appointment) if times else ""
        return write_letter(to, about, path="/sessions", when=when, invite=_invite(to, appointment, times=times))


@message
def booking_asked(to: Recipient, about: About) -> Letter:
    """The reader's own yes to a family session is missing. It says no more than that there is something new."""
    with _eyes_of(to):
        appointment = _session(about)
        if appointment.status == "cancelled" or appointment.says != "needs-action":
            raise Withheld("moved meanwhile")
        _may_be_told(about)
        return write_letter(to, about, path="/sessions")


@message
def booking_moved(to: Recipient, about: About) -> Letter:
    """A family session is at another time."""
    with _eyes_of(to):
        appointment = _session(about)
        if appointment.status == "cancelled" or appointment.was_at is None:
            raise Withheld("cancelled meanwhile")
        times = _may_be_told(about) and to.wants_times
        before, when = (_start(appointment.was_at), _when(appointment)) if times else ("", "")
        invite = _invite(to, appointment, times=times)
        return write_letter(to, about, path="/sessions", before=before, when=when, invite=invite)


@message
def booking_cancelled(to: Recipient, about: About) -> Letter:
    """A family session was cancelled, by the reader or by the clinic, which may keep other times for them."""
    with _eyes_of(to):
        appointment = _session(about)
        if appointment.status != "cancelled":
            raise Withheld("changed again meanwhile")
        times = _may_be_told(about) and to.wants_times
        by_us = appointment.cancelled_by != "relative"
        when = _when(appointment) if times else ""
        kept = session().scalars(
            select(SharedKeptTime.held_until).where(SharedKeptTime.instead_of_id == about.about_id)
        )
        until = sorted(kept)
        return write_letter(
            to,
            about,
            path="/sessions",
            by_us=by_us,
            when=when,
            kept=len(until),
            # Until midnight: the day before it is the last one.
            until=words.long_weekday(until[0] - dt.timedelta.resolution) if times and until else "",
            invite=_invite(to, appointment, times=times),
        )


@message
def reminder_tomorrow(to: Recipient, about: About) -> Letter:
    """A family session is tomorrow."""
    return _reminder(to, about)


@message
def reminder_soon(to: Recipient, about: About) -> Letter:
    """A family session is today."""
    return _reminder(to, about)


@message
def time_opened(to: Recipient, about: About) -> Letter:
    """A time that the reader waits for is free, and kept for them for a while."""
    with _eyes_of(to):
        kept = session().get(SharedKeptTime, about.about_id)
        if kept is None or kept.waiting_id is None:
            raise Withheld("taken meanwhile")
        times = _may_be_told(about) and to.wants_times
        when = f"{_start(kept.starts_at)}, {words.zone_name()}" if times else ""
        until = words.deadline(kept.held_until) if times else ""
        return write_letter(to, about, path="/sessions", when=when, until=until)


@message
def schedule_changed(to: Recipient, about: About) -> Letter:
    """Session times changed: one email for all that one act changed, as far as the reader may see it now."""
    with _eyes_of(to):
        entries = _changed_entries(about)
        times = _may_be_told(about) and to.wants_times
        with force_locale(to.language):
            changes = [_change(entry) for entry in entries[:MOST_CHANGES]] if times else []
        more = len(entries) - len(changes) if times else 0
        return write_letter(to, about, path="/schedule", changes=changes, more=more)


@message
def sharing_changed(to: Recipient, about: About) -> Letter:
    """To the patient: a choice was saved. One text for start, change and stop."""
    with _eyes_of(to):
        if session().scalar(select(OwnSelf)) is None:
            raise Withheld("no such account")
        return write_letter(to, about, path="/me")


@message
def sharing_ends(to: Recipient, about: About) -> Letter:
    """To the patient: one of their choices ends soon, and ends by itself. Names nobody, not even what it is."""
    with _eyes_of(to):
        consent = session().get(OwnConsent, about.about_id) if to.patient_id is not None else None
        boxes = select(OwnScope.id).where(OwnScope.consent_id == about.about_id, OwnScope.is_in_force).limit(1)
        if consent is None or consent.ends_on is None or session().scalar(boxes) is None:
            raise Withheld("ended meanwhile")
        # In the frame of this context the day is said in the reader's language.
        with force_locale(to.language):
            day = words.day(consent.ends_on)
        return write_letter(to, about, path="/me", day=day)


@message
def new_password(to: Recipient, about: About) -> Letter:
    """The link to choose a new password. The token is made here, so no queue ever holds it."""
    from flask_security.proxies import _datastore
    from flask_security.recoverable import generate_reset_password_token

    with _eyes_of(to):
        account = _datastore.find_user(id=to.account_id)
        return write_letter(to, about, path="/new-password/" + generate_reset_password_token(account))


@message
def password_changed(to: Recipient, about: About) -> Letter:
    """The password was changed."""
    with _eyes_of(to):
        return write_letter(to, about)


@message
def invitation(to: Recipient, about: About) -> Letter:
    """The link to make an account, to an address that has none. It names nobody; the code goes another way."""
    with _eyes_of(to):
        found = invitations.open_one(about.about_id)
        if found is None:
            raise Withheld("invitation ended")
        return write_letter(to, about, path=found.link, until=words.short_day(found.ends_at))


def _eyes_of(to: Recipient) -> Any:
    return viewing_as(
        Viewer(
            account_id=to.account_id,
            account_ref=to.account_ref,
            given_name=to.given_name,
            relative_id=to.relative_id,
            patient_id=to.patient_id,
            is_counted=False,
            door="email",
        ),
        language=to.language,
    )


def _may_be_told(about: About) -> bool:
    """Whether the patient agreed to emails with day and time. Raises Withheld when to none at all."""
    levels = set(session().scalars(select(SharedScope.email_level).where(SharedScope.patient_id == about.patient_id)))
    if not levels - {"none"}:
        raise Withheld("no email agreed")
    return "times" in levels


def _session(about: About) -> SharedAppointment:
    """The family session that `about` is about, as the reader may see it. Raises Withheld."""
    appointment = session().get(SharedAppointment, about.about_id)
    if appointment is None:
        raise Withheld("sharing ended")
    return appointment


def _reminder(to: Recipient, about: About) -> Letter:
    with _eyes_of(to):
        appointment = _session(about)
        if appointment.status != "confirmed":
            raise Withheld("cancelled meanwhile")
        if appointment.says != "accepted":
            raise Withheld("moved meanwhile")
        here = clinic.zone()
        there = ZoneInfo(to.time_zone) if to.time_zone else here
        if not reminder_times.is_true_now(about.message, appointment.starts_at, clock.now(), here, there):
            raise Withheld("its time had passed")
        times = _may_be_told(about) and to.wants_times
        return write_letter(to, about, path="/sessions", when=_when(appointment) if times else "")


def _invite(to: Recipient, appointment: SharedAppointment, *, times: bool) -> Invite | None:
    """The session for the reader's calendar, where both sides want it: what is off, and what they said yes to."""
    is_set = appointment.status == "confirmed" and appointment.says == "accepted"
    if not (times and to.wants_calendar_files and (is_set or appointment.status == "cancelled")):
        return None
    return invites.invite(appointment, to.email)


def _start(moment: dt.datetime) -> str:
    return f"{words.day(moment)}, {words.time(moment)}"


def _when(appointment: SharedAppointment) -> str:
    times = words.times(appointment.starts_at, appointment.ends_at)
    return f"{words.day(appointment.starts_at)}, {times}, {words.zone_name()}"


def _changed_entries(about: About) -> Sequence[SharedScheduleEntry]:
    """The sessions to come that the change `about` was the last to touch. Raises Withheld when there are none."""
    shares_times = select(SharedScope.id).where(
        SharedScope.patient_id == about.patient_id, SharedScope.scope == Scope.TIMES
    )
    if session().scalar(shares_times.limit(1)) is None:
        raise Withheld("sharing ended")
    asked = select(SharedScheduleEntry).where(
        SharedScheduleEntry.patient_id == about.patient_id,
        or_(
            SharedScheduleEntry.change_id == about.about_id,
            SharedScheduleEntry.place_change_id == about.about_id,
            SharedScheduleEntry.kind_change_id == about.about_id,
        ),
        SharedScheduleEntry.starts_at > clock.now(),
    )
    in_order = (SharedScheduleEntry.starts_at, SharedScheduleEntry.ends_at, SharedScheduleEntry.ref)
    entries = [one for one in session().scalars(asked.order_by(*in_order)) if one.last_change_id == about.about_id]
    if not entries:
        raise Withheld("changed again meanwhile")
    return entries


def _change(entry: SharedScheduleEntry) -> Change:
    return Change(
        now=f"{_start(entry.starts_at)}, {words.zone_name()}",
        before=_start(entry.was_at) if entry.was_at else "",
        is_cancelled=entry.status == "cancelled",
    )
