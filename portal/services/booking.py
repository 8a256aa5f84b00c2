"""Book a family session, and move one: a time is kept while it is looked over, and taken once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import clinic, clock
from portal.consent.shared import SharedAppointment, SharedTherapist
from portal.consent.viewer import the_relative_id, the_viewer
from portal.db import session
from portal.errors import NotShared
from portal.models import (
    BOOKED,
    Act,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    FamilySessionKind,
    FamilySessionTerms,
    Says,
)
from portal.services import kept_times, rooms, session_news, waiting_list
from portal.services.booking_rules import (
    check_kind,
    check_limit,
    check_mode,
    check_movable,
    check_moves,
    check_note,
    check_time,
)
from portal.services.consent_steps import lock_patient
from portal.services.sessions import lock, note, the_yes_of_others
from portal.services.therapist_times import ends, free_times, is_full, locked_terms


@dataclass(frozen=True)
class Choice:
    """What a relative chose in the booking pages."""

    patient_id: int
    staff_id: int
    starts_at: dt.datetime
    mode: str
    note: str = ""
    kind: str = FamilySessionKind.WITH_PATIENT


# Questions


def offered_to_the_viewer(staff_id: int, *, besides: int | None = None) -> list[dt.datetime]:
    """The starts that the relative who looks can choose from: what is kept for them is theirs to choose."""
    return free_times(staff_id, relative_id=the_relative_id(), besides=besides)


def open_bookings(relative_id: int) -> dict[int, int]:
    """How many sessions to come the relative has booked, by patient; what others booked stays theirs."""
    rows = session().execute(
        select(Appointment.patient_id, func.count())
        .join(AppointmentParticipant)
        .where(
            AppointmentParticipant.relative_id == relative_id,
            AppointmentParticipant.left_at.is_(None),
            Appointment.status.in_(BOOKED),
            Appointment.ends_at > clock.now(),
        )
        .group_by(Appointment.patient_id)
    )
    return dict(rows.all())


def length(patient_id: int, staff_id: int) -> dt.timedelta:
    """How long a session with this therapist lasts from now on. Raises NotShared."""
    therapist = session().get(SharedTherapist, (patient_id, staff_id))
    if therapist is None:
        raise NotShared
    return dt.timedelta(minutes=therapist.minutes)


# Acts


def keep(choice: Choice, *, besides: int | None = None) -> None:
    """Keep the chosen time while it is looked over, and free any other that was kept for that.

    Choosing the same time again keeps it no longer. Where it overlaps the session `besides` that is being
    moved, that one's own time is all there is to keep. Raises NotShared without a live consent, Refused when
    the time is not offered any more.
    """
    lock_patient(choice.patient_id)
    _therapist(choice)
    locked_terms(choice.staff_id)
    if kept_times.of(choice.patient_id, the_relative_id(), choice.staff_id, choice.starts_at) is not None:
        return
    check_time(choice.starts_at, offered_to_the_viewer(choice.staff_id, besides=besides))
    kept_times.let_go(Appointment.held_for_id == the_relative_id(), kept_times.IS_BEING_CHECKED)
    kept = kept_times.keep(
        choice.patient_id,
        the_relative_id(),
        choice.staff_id,
        choice.starts_at,
        mode=choice.mode,
        kind=choice.kind,
        until=clock.now() + kept_times.WHILE_CHECKING,
    )
    if kept is None and besides is None:
        check_time(choice.starts_at, ())


def book(choice: Choice) -> Appointment:
    """Book a family session for the relative who looks.

    The patient gave their yes by sharing family sessions, the therapist by offering the time, unless they
    asked to be asked: then it waits for their yes. Raises NotShared without a live consent, Refused in a
    sentence, with the field it is about.
    """
    viewer = the_viewer()
    lock_patient(choice.patient_id)
    therapist = _therapist(choice)
    _check(choice, therapist)
    check_limit(open_bookings(the_relative_id()).get(choice.patient_id, 0), therapist.per_family_open)
    terms = locked_terms(choice.staff_id)
    ends_at, busy_until = ends(choice.starts_at, terms)
    kept = _take_or_check(choice, busy_until)

    appointment = Appointment(
        patient_id=choice.patient_id,
        staff_id=choice.staff_id,
        starts_at=choice.starts_at,
        ends_at=ends_at,
        busy_until=busy_until,
        mode=choice.mode,
        kind=choice.kind,
        note=choice.note.strip(),
        place=rooms.free_one(terms, choice.mode, choice.starts_at, ends_at),
        booked_by_id=viewer.account_id,
        instead_of_id=kept.instead_of_id if kept else None,
        waiting_id=kept.waiting_id if kept else None,
        participants=[AppointmentParticipant(relative_id=the_relative_id(), says=Says.ACCEPTED)],
    )
    the_yes_of_others(appointment, terms)
    _insert(appointment)
    # Whatever else was kept instead of a session we had to cancel is not needed any more.
    kept_times.let_go(
        Appointment.held_for_id == the_relative_id(),
        Appointment.patient_id == choice.patient_id,
        Appointment.staff_id == choice.staff_id,
        Appointment.instead_of_id.is_not(None),
    )
    waiting_list.offer(choice.staff_id)
    if appointment.status == AppointmentStatus.CONFIRMED:
        session_news.booked(appointment)
    note(Act.BOOKED, appointment)
    return appointment


def move(appointment_id: int, starts_at: dt.datetime) -> Appointment:
    """Move a session of the relative who looks: the new time is taken before the old one is free.

    It stays the same session, with the same label and the same entry in calendars. Raises NotShared, or
    Refused when it is too late, was moved too often, or the time is not offered any more.
    """
    seen = session().get(SharedAppointment, appointment_id)
    if seen is None:
        raise NotShared
    appointment = lock(Appointment.id == appointment_id)
    mine = next(one for one in appointment.participants if one.relative_id == the_relative_id())
    if appointment.status not in BOOKED or mine.says != Says.ACCEPTED or mine.left_at is not None:
        raise NotShared
    choice = Choice(appointment.patient_id, appointment.staff_id, starts_at, appointment.mode, kind=appointment.kind)
    _therapist(choice)
    phone = clinic.facts().phone
    check_movable(appointment.starts_at, seen.cancel_hours or 0, clock.now(), phone)
    check_moves(appointment.moves, seen.most_moves, phone)
    if starts_at == appointment.starts_at:
        return appointment
    terms = locked_terms(choice.staff_id)
    ends_at, busy_until = ends(starts_at, terms)
    _take_or_check(choice, busy_until, besides=appointment_id)
    waiting_list.pass_over(appointment, the_relative_id())
    for other in appointment.participants:
        if other.relative_id != the_relative_id() and other.left_at is None:
            other.says = Says.NEEDS_ACTION
    move_to(appointment, starts_at, ends_at, busy_until, terms)
    appointment.moves += 1
    note(Act.MOVED, appointment)
    return appointment


def move_to(
    appointment: Appointment,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    busy_until: dt.datetime,
    terms: FamilySessionTerms,
    *,
    by_staff: bool = False,
) -> None:
    """Put a session at another time and tell those who come; the old time goes to who waits for one like it.

    Raises Refused when the database says that the new one is taken.
    """
    was_at = appointment.starts_at
    try:
        with session().begin_nested():
            appointment.starts_at, appointment.ends_at, appointment.busy_until = starts_at, ends_at, busy_until
            session().flush()
    except IntegrityError:
        check_time(starts_at, ())
    appointment.was_at = was_at
    appointment.sequence += 1
    appointment.place = rooms.free_one(terms, appointment.mode, starts_at, ends_at, besides=appointment.id)
    the_yes_of_others(appointment, terms, by_staff=by_staff)
    session_news.moved(appointment)
    waiting_list.offer(appointment.staff_id)


# Steps


def _therapist(choice: Choice) -> SharedTherapist:
    # Asked anew: what was shared when the page began may have been stopped before the patient was locked.
    therapist = session().get(SharedTherapist, (choice.patient_id, choice.staff_id), populate_existing=True)
    if therapist is None:
        raise NotShared
    return therapist


def _check(choice: Choice, therapist: SharedTherapist) -> None:
    check_mode(choice.mode, therapist.modes)
    check_kind(choice.kind, therapist.kinds)
    check_note(choice.note)


def _take_or_check(choice: Choice, busy_until: dt.datetime, *, besides: int | None = None) -> Appointment | None:
    """What was kept for the viewer at that time, taken off the hook; else the time must be offered now.

    Who waited for it waits no more.
    """
    kept = kept_times.of(choice.patient_id, the_relative_id(), choice.staff_id, choice.starts_at)
    if kept is None:
        check_time(choice.starts_at, offered_to_the_viewer(choice.staff_id, besides=besides))
    elif is_full(choice.staff_id, choice.starts_at, relative_id=the_relative_id(), besides=besides):
        check_time(choice.starts_at, ())
    else:
        session().expunge(kept)
    kept_times.make_room(choice.staff_id, the_relative_id(), choice.starts_at, busy_until)
    if kept is not None and kept.waiting_id is not None:
        waiting_list.taken(kept.waiting_id)
    return kept


def _insert(appointment: Appointment) -> None:
    try:
        with session().begin_nested():
            session().add(appointment)
    except IntegrityError:
        # Somebody was faster between our look at the list and the insert; the database decides.
        check_time(appointment.starts_at, ())
