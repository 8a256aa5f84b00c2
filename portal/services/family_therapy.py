"""Book and cancel family sessions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import clinic, clock
from portal.consent import people, record
from portal.consent.scopes import Scope
from portal.consent.shared import SharedAppointment, SharedTherapist
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared, Refused
from portal.models import (
    Act,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    FamilySessionTerms,
    Patient,
)
from portal.services.closures import closed_days
from portal.services.free_times import Busy, Terms, Window, days_ahead, offered

MOST_NOTE_LETTERS = 1000


@dataclass(frozen=True)
class Choice:
    """What a relative chose in the booking pages."""

    patient_id: int
    staff_id: int
    starts_at: dt.datetime
    mode: str
    note: str = ""


# Rules


def check_time(starts_at: dt.datetime, offered_now: list[dt.datetime]) -> None:
    """Raise Refused unless the time is one that is offered at this moment. Names no cause."""
    if starts_at not in offered_now:
        raise Refused(_l("That time was just taken. Choose another. Your other answers are saved."), "time")


def check_mode(mode: str, modes: list[str]) -> None:
    """Raise Refused unless the therapist meets that way."""
    if mode not in modes:
        raise Refused(_l("Choose how you would like to meet"), "mode")


def check_limit(open_bookings: int, limit: int | None) -> None:
    """Raise Refused when the reader already has as many sessions booked as the therapist allows."""
    if limit is not None and open_bookings >= limit:
        raise Refused(
            _l("You have %(most)d sessions booked. When one is done you can book again.", most=limit), "limit"
        )


def check_note(note: str) -> None:
    """Raise Refused when the note is a letter of its own."""
    if len(note) > MOST_NOTE_LETTERS:
        raise Refused(_l("Make your note shorter: at most %(most)d letters", most=MOST_NOTE_LETTERS), "note")


def check_cancellable(starts_at: dt.datetime, cancel_hours: int, now: dt.datetime, phone: str) -> None:
    """Raise Refused when it is too late to cancel here."""
    if now > starts_at - dt.timedelta(hours=cancel_hours):
        raise Refused(
            _l("It is too late to cancel here. Call %(phone)s and we will sort it out.", phone=phone), "cancel"
        )


# Questions


def free_times(staff_id: int) -> list[dt.datetime]:
    """The starts a therapist offers now, in UTC. Depends on their hours and bookings only."""
    terms = session().get(FamilySessionTerms, staff_id)
    if terms is None:
        return []
    now = clock.now()
    rules = _terms(terms)
    return list(offered(rules, _busy(staff_id, now), now=now, days=days_ahead(rules, now)))


def open_bookings(relative_id: int) -> dict[int, int]:
    """How many sessions to come the relative has booked, by patient; what others booked stays theirs."""
    rows = session().execute(
        select(Appointment.patient_id, func.count())
        .join(AppointmentParticipant)
        .where(
            AppointmentParticipant.relative_id == relative_id,
            AppointmentParticipant.left_at.is_(None),
            Appointment.status == AppointmentStatus.CONFIRMED,
            Appointment.ends_at > clock.now(),
        )
        .group_by(Appointment.patient_id)
    )
    return dict(rows.all())


# Acts


def book(choice: Choice) -> Appointment:
    """Book a family session for the relative who looks.

    The patient gave their yes by sharing family sessions, the therapist by offering the time.
    Raises NotShared without a live consent, Refused in a sentence, with the field it is about.
    """
    viewer = the_viewer()
    assert viewer.relative_id is not None
    session().scalar(select(Patient.id).where(Patient.id == choice.patient_id).with_for_update())
    therapist = session().get(SharedTherapist, (choice.patient_id, choice.staff_id))
    if therapist is None:
        raise NotShared
    check_limit(open_bookings(viewer.relative_id).get(choice.patient_id, 0), therapist.per_family_open)
    check_mode(choice.mode, therapist.modes)
    check_note(choice.note)
    check_time(choice.starts_at, free_times(choice.staff_id))

    terms = session().get_one(FamilySessionTerms, choice.staff_id)
    ends_at = choice.starts_at + dt.timedelta(minutes=terms.minutes)
    appointment = Appointment(
        patient_id=choice.patient_id,
        staff_id=choice.staff_id,
        starts_at=choice.starts_at,
        ends_at=ends_at,
        busy_until=ends_at + dt.timedelta(minutes=terms.gap_minutes),
        mode=choice.mode,
        note=choice.note.strip(),
        participants=[AppointmentParticipant(relative_id=viewer.relative_id)],
    )
    try:
        with session().begin_nested():
            session().add(appointment)
    except IntegrityError:
        # Somebody was faster between our look at the list and the insert; the database decides.
        check_time(choice.starts_at, [])
    outbox.queue("booking_confirmed", to=viewer.account_id, patient_id=choice.patient_id, about_id=appointment.id)
    _record(Act.BOOKED, appointment)
    return appointment


def cancel(appointment_id: int, because: str = "") -> None:
    """Cancel a session of the relative who looks. Raises NotShared, or Refused when it is too late."""
    viewer = the_viewer()
    seen = session().get(SharedAppointment, appointment_id)
    if seen is None or seen.status != AppointmentStatus.CONFIRMED:
        raise NotShared
    check_cancellable(seen.starts_at, seen.cancel_hours or 0, clock.now(), clinic.facts().phone)
    appointment = session().get_one(Appointment, appointment_id, with_for_update={"of": Appointment})
    appointment.status = AppointmentStatus.CANCELLED
    appointment.cancelled_by = "relative"
    appointment.cancelled_because = because.strip()[:300] or None
    appointment.cancelled_at = clock.now()
    appointment.sequence += 1
    outbox.queue("booking_cancelled", to=viewer.account_id, patient_id=appointment.patient_id, about_id=appointment.id)
    _record(Act.CANCELLED, appointment)


def _record(act: Act, appointment: Appointment) -> None:
    grant = people.grants()[appointment.patient_id, Scope.FAMILY]
    record.write(
        act,
        Scope.FAMILY,
        door="family",
        patient_id=appointment.patient_id,
        account_id=the_viewer().account_id,
        related_person_id=grant.related_person_id,
        consent_id=grant.consent_id,
        thing_id=appointment.id,
    )


def _terms(row: FamilySessionTerms) -> Terms:
    weekly: dict[int, list[Window]] = {}
    for hours in row.hours:
        weekly.setdefault(hours.weekday, []).append(Window(hours.from_minute, hours.to_minute))
    overrides: dict[dt.date, list[Window]] = {}
    for override in row.overrides:
        windows = overrides.setdefault(override.on_date, [])
        if not override.closed and override.from_minute is not None and override.to_minute is not None:
            windows.append(Window(override.from_minute, override.to_minute))
    return Terms(
        zone=clinic.zone(),
        minutes=row.minutes,
        gap_minutes=row.gap_minutes,
        step_minutes=row.step_minutes,
        notice=dt.timedelta(hours=row.notice_hours),
        horizon_days=row.horizon_days,
        per_day=row.per_day,
        weekly=dict(weekly),
        overrides=dict(overrides),
        closed=_closed_days(row.horizon_days),
    )


def _closed_days(horizon_days: int) -> frozenset[dt.date]:
    today = clinic.today()
    last = today + dt.timedelta(days=horizon_days)
    return frozenset(closed_days(today, last))


def _busy(staff_id: int, now: dt.datetime) -> list[Busy]:
    began = clock.midnight(now.astimezone(clinic.zone()).date(), clinic.zone())
    rows = session().execute(
        select(Appointment.starts_at, Appointment.busy_until).where(
            Appointment.staff_id == staff_id,
            Appointment.status == AppointmentStatus.CONFIRMED,
            Appointment.starts_at >= began - dt.timedelta(days=1),
        )
    )
    return [Busy(start, until) for start, until in rows]
