"""What the care team does with family sessions: cancels them, moves them, gives them a room, books for a family."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.consent import record
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import (
    BOOKED,
    Act,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Says,
)
from portal.services import booking, kept_times, offers, rooms, session_news, sessions
from portal.services.availability_rules import check_link
from portal.services.booking_rules import check_kind, check_mode, check_note, check_time
from portal.services.bookings_list import find, may_come, therapists_of
from portal.services.bookings_rules import check_because, check_outside, check_place, check_to_come
from portal.services.consent_steps import lock_patient
from portal.services.therapist_times import ends, free_times, locked_terms

WHAT = Scope.FAMILY


@dataclass(frozen=True)
class Wish:
    """What a family asked the care team to book. `related_person_ids` are the people who come."""

    patient_id: int
    staff_id: int
    related_person_ids: tuple[int, ...]
    starts_at: dt.datetime
    mode: str
    kind: str
    note: str = ""
    because: str = ""


def cancel(ref: str, because: str, instead: Collection[dt.datetime], *, account_id: int | None) -> Appointment:
    """Cancel a session by us, and keep up to three other times for the relative who can take one of them.

    Families read that it does not take place and never why. Raises NotShared for a session that is over or
    cancelled, Refused when one of the times cannot be kept.
    """
    appointment = _lock(ref)
    check_because(because)
    if instead:
        offers.keep(appointment, instead)
    sessions.call_off(appointment, by="clinic", because=because)
    _note(Act.CANCELLED, appointment, account_id)
    return appointment


def move(
    ref: str, starts_at: dt.datetime, because: str = "", *, said_yes: bool = False, account_id: int | None
) -> Appointment:
    """Put a session at another time: one that is free, or with a reason any other that the database has room for.

    `said_yes`: the family agreed to it; else everybody in it is asked for their yes again. Raises NotShared, or
    Refused.
    """
    appointment = _lock(ref)
    terms = locked_terms(appointment.staff_id)
    outside = _check(appointment.staff_id, starts_at, because, besides=appointment.id)
    if starts_at == appointment.starts_at:
        return appointment
    ends_at, busy_until = ends(starts_at, terms)
    in_it = [one for one in appointment.participants if one.left_at is None]
    _make_room(appointment.staff_id, [one.relative_id for one in in_it], starts_at, busy_until)
    if not said_yes:
        for one in in_it:
            one.says = Says.NEEDS_ACTION
    booking.move_to(appointment, starts_at, ends_at, busy_until, terms, by_staff=True)
    appointment.overridden_because = outside
    _note(Act.MOVED, appointment, account_id)
    return appointment


def put_in(ref: str, place: str, online_link: str, *, account_id: int | None) -> Appointment:
    """Give a session a room, or a link of its own. Raises NotShared, or Refused when the room is taken then."""
    appointment = _lock(ref)
    place, online_link = " ".join(place.split()), online_link.strip()
    check_place(place)
    check_link(online_link)
    if place and place != appointment.place and rooms.is_taken(place, appointment):
        raise Refused(_l("%(room)s is taken by another family session then. Choose another room", room=place), "place")
    if (place, online_link or None) != (appointment.place, appointment.online_link):
        appointment.place, appointment.online_link = place, online_link or None
        appointment.sequence += 1
        _note(Act.CHANGED, appointment, account_id)
    return appointment


def book(wish: Wish, *, account_id: int | None) -> Appointment:
    """Book a session for a family that asked for it: those named have said yes, and so has the therapist.

    Raises NotShared for people or a therapist that are not the patient's, Refused in a sentence.
    """
    lock_patient(wish.patient_id)
    coming = [person for person in may_come(wish.patient_id) if person.id in wish.related_person_ids]
    if len(coming) != len(set(wish.related_person_ids)):
        raise NotShared
    if not coming:
        raise Refused(_l("Choose who comes"), "people")
    if wish.staff_id not in {one.id for one in therapists_of(wish.patient_id)}:
        raise NotShared
    terms = locked_terms(wish.staff_id)
    check_mode(wish.mode, terms.modes)
    check_kind(wish.kind, terms.kinds)
    check_note(wish.note)
    outside = _check(wish.staff_id, wish.starts_at, wish.because)
    ends_at, busy_until = ends(wish.starts_at, terms)
    relative_ids = [person.relative_id for person in coming if person.relative_id is not None]
    _make_room(wish.staff_id, relative_ids, wish.starts_at, busy_until)
    appointment = Appointment(
        patient_id=wish.patient_id,
        staff_id=wish.staff_id,
        starts_at=wish.starts_at,
        ends_at=ends_at,
        busy_until=busy_until,
        mode=wish.mode,
        kind=wish.kind,
        note=wish.note.strip(),
        place=rooms.free_one(terms, wish.mode, wish.starts_at, ends_at),
        booked_by_id=account_id,
        overridden_because=outside,
        participants=[AppointmentParticipant(relative_id=one, says=Says.ACCEPTED) for one in relative_ids],
    )
    sessions.the_yes_of_others(appointment, terms, by_staff=True)
    try:
        with session().begin_nested():
            session().add(appointment)
    except IntegrityError:
        check_time(wish.starts_at, ())
    if appointment.status == AppointmentStatus.CONFIRMED:
        session_news.booked(appointment)
    _note(Act.BOOKED, appointment, account_id)
    return appointment


# Steps


def _lock(ref: str) -> Appointment:
    """A booked session that has not begun, held until the end of the transaction."""
    lock_patient(find(ref).patient_id)
    appointment = session().scalar(
        select(Appointment)
        .where(Appointment.ref == ref, Appointment.status.in_(BOOKED), Appointment.starts_at > clock.now())
        .with_for_update(of=Appointment, key_share=True)
        .execution_options(populate_existing=True)
    )
    if appointment is None:
        raise NotShared
    return appointment


def _check(staff_id: int, starts_at: dt.datetime, because: str, *, besides: int | None = None) -> str | None:
    """Why the time is taken although nobody is offered it; None when it is offered."""
    check_to_come(starts_at, clock.now())
    check_because(because)
    offered_now = free_times(staff_id, besides=besides)
    check_outside(starts_at, offered_now, because)
    return None if starts_at in offered_now else because.strip()


def _make_room(staff_id: int, relative_ids: Iterable[int], starts_at: dt.datetime, busy_until: dt.datetime) -> None:
    """Free what is kept across that time for the people who come, and what nobody keeps any more."""
    kept_times.let_lapsed_go(staff_id)
    for relative_id in relative_ids:
        kept_times.make_room(staff_id, relative_id, starts_at, busy_until)


def _note(act: Act, appointment: Appointment, account_id: int | None) -> None:
    record.write(
        act, WHAT, door="staff", patient_id=appointment.patient_id, account_id=account_id, thing_id=appointment.id
    )
