"""Times that are kept for one relative for a while: nobody else is offered them, and nobody learns why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.models import Appointment, AppointmentStatus, FamilySessionTerms, RelatedPerson, WaitingListEntry
from portal.services.therapist_times import ends

# While somebody looks over what they are about to book.
WHILE_CHECKING = dt.timedelta(minutes=10)

IS_KEPT = Appointment.status == AppointmentStatus.PROPOSED
# Kept for nothing else than to look it over.
IS_BEING_CHECKED = Appointment.waiting_id.is_(None) & Appointment.instead_of_id.is_(None)


def keep(
    patient_id: int,
    relative_id: int,
    staff_id: int,
    starts_at: dt.datetime,
    *,
    mode: str,
    kind: str,
    until: dt.datetime,
    waiting_id: int | None = None,
    instead_of_id: int | None = None,
) -> Appointment | None:
    """Keep a time for one relative until a moment; None when the database says that it is taken."""
    terms = session().get_one(FamilySessionTerms, staff_id)
    ends_at, busy_until = ends(starts_at, terms)
    make_room(staff_id, relative_id, starts_at, busy_until)
    kept = Appointment(
        patient_id=patient_id,
        staff_id=staff_id,
        starts_at=starts_at,
        ends_at=ends_at,
        busy_until=busy_until,
        mode=mode,
        kind=kind,
        status=AppointmentStatus.PROPOSED,
        held_for_id=relative_id,
        held_until=until,
        waiting_id=waiting_id,
        instead_of_id=instead_of_id,
    )
    try:
        with session().begin_nested():
            session().add(kept)
    except IntegrityError:
        return None
    return kept


def of(patient_id: int, relative_id: int, staff_id: int, starts_at: dt.datetime) -> Appointment | None:
    """What is kept for a relative at that time now, for a session with that patient."""
    return session().scalar(
        select(Appointment).where(
            IS_KEPT,
            Appointment.patient_id == patient_id,
            Appointment.held_for_id == relative_id,
            Appointment.staff_id == staff_id,
            Appointment.starts_at == starts_at,
            Appointment.held_until > clock.now(),
        )
    )


def let_go(*of_these: ColumnElement[bool]) -> None:
    """Free the kept times that all of `of_these` are true of."""
    session().execute(delete(Appointment).where(IS_KEPT, *of_these).execution_options(synchronize_session="fetch"))


def let_lapsed_go(staff_id: int) -> None:
    """Free what nobody keeps any more with a therapist.

    Who let a time pass that came to them from the waiting list is last in line now, and is not offered it again.
    """
    lapsed = (Appointment.staff_id == staff_id, Appointment.held_until <= clock.now())
    passed = select(Appointment.starts_at, Appointment.waiting_id).where(IS_KEPT, *lapsed)
    for starts_at, waiting_id in session().execute(passed.order_by(Appointment.waiting_id)).all():
        if waiting_id is not None:
            # Whoever holds the entry is ending it.
            entry = session().scalar(
                select(WaitingListEntry)
                .where(WaitingListEntry.id == waiting_id)
                .with_for_update(of=WaitingListEntry, skip_locked=True)
            )
            if entry is not None:
                entry.passed = [*entry.passed, starts_at.isoformat()]
                entry.in_line_since = clock.now()
    let_go(*lapsed)


def make_room(staff_id: int, relative_id: int, starts_at: dt.datetime, busy_until: dt.datetime) -> None:
    """Free what nobody keeps any more with a therapist, and what this relative keeps across that time."""
    let_lapsed_go(staff_id)
    let_go(
        Appointment.staff_id == staff_id,
        Appointment.held_for_id == relative_id,
        Appointment.starts_at < busy_until,
        Appointment.busy_until > starts_at,
    )


def end_for(patient_id: int, people: Collection[RelatedPerson]) -> None:
    """Free what is kept for these people under this patient's sharing; part of the act that ends it."""
    relative_ids = [person.relative_id for person in people if person.relative_id is not None]
    let_go(Appointment.patient_id == patient_id, Appointment.held_for_id.in_(relative_ids))
