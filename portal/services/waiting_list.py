"""The waiting list: who waits for a time with a therapist, and whom a free time is kept for. Nobody learns a rank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, update

from portal import clinic, clock
from portal.consent.live import LIVE, joined
from portal.consent.scopes import Scope
from portal.consent.shared.therapists import IN_THE_CARE_TEAM
from portal.db import session
from portal.emails import outbox
from portal.models import (
    BOOKED,
    Appointment,
    AppointmentParticipant,
    ConsentScope,
    FamilySessionTerms,
    Patient,
    RelatedPerson,
    Relative,
    StaffMember,
    WaitingListEntry,
)
from portal.services import kept_times
from portal.services.bookings_rules import SHORTEST_OFFER
from portal.services.therapist_times import free_times, locked_terms_if_any, terms_of
from portal.services.waiting_list_rules import Wish, first_fit, mode_for

# Why somebody waits no more; only staff read it.
LEFT, TAKEN, OVER, SHARING_ENDED = "left", "booked", "over", "sharing ended"

IS_OPEN = WaitingListEntry.ended_at.is_(None)


# Questions


def in_line(*columns: Any) -> Select[Any]:
    """`columns` of who waits and may be told, each therapist's in their order: sharing is live at this moment."""
    may_know = joined(RelatedPerson.relative_id, RelatedPerson.patient_id).where(
        LIVE, ConsentScope.scope == Scope.FAMILY
    )
    return (
        select(*columns)
        .select_from(WaitingListEntry)
        .join(Patient, Patient.id == WaitingListEntry.patient_id)
        .join(StaffMember, StaffMember.id == WaitingListEntry.staff_id)
        .join(Relative, Relative.id == WaitingListEntry.relative_id)
        .join(FamilySessionTerms, FamilySessionTerms.staff_id == WaitingListEntry.staff_id)
        .where(
            IS_OPEN,
            WaitingListEntry.until_on >= clinic.today(),
            IN_THE_CARE_TEAM,
            tuple_(WaitingListEntry.relative_id, WaitingListEntry.patient_id).in_(may_know),
        )
        .order_by(WaitingListEntry.in_line_since, WaitingListEntry.id)
    )


@dataclass(frozen=True)
class Line:
    """One of those who wait, as the care team reads it. `kept` is the time that is kept for them now."""

    patient_id: int
    patient_ref: str
    patient_name: str
    relative_name: str
    with_name: str
    kind: str
    wish: Wish
    joined_at: dt.datetime
    kept: dt.datetime | None


def lines() -> list[Line]:
    """All who wait, by therapist and in their order. One question."""
    kept = and_(Appointment.waiting_id == WaitingListEntry.id, kept_times.IS_KEPT, Appointment.held_until > clock.now())
    columns = (WaitingListEntry, Patient, StaffMember.name, Relative, Appointment.starts_at)
    rows: Any = session().execute(
        in_line(*columns)
        .outerjoin(Appointment, kept)
        .order_by(None)
        .order_by(StaffMember.name, WaitingListEntry.in_line_since, WaitingListEntry.id)
    )
    return [
        Line(
            patient_id=patient.id,
            patient_ref=patient.ref,
            patient_name=patient.name,
            relative_name=relative.name,
            with_name=with_name,
            kind=entry.kind,
            wish=_wish_of(entry),
            joined_at=entry.joined_at,
            kept=starts_at,
        )
        for entry, patient, with_name, relative, starts_at in rows
    ]


def whose_time_is_waited_for() -> list[int]:
    """The therapists in whose line somebody stands for whom no time is kept."""
    return list(session().scalars(_without_offer(None, WaitingListEntry.staff_id).order_by(None).distinct()))


# Acts


def offer(staff_id: int) -> int:
    """Keep each free time of a therapist for who has waited longest for one like it, and tell them; how many.

    Part of the act that frees a time. Whether something is shared is asked anew here, and each has one such
    time at most. Safe in several processes: the terms are locked, and the database refuses a time that is taken.
    """
    terms_row = locked_terms_if_any(staff_id)
    if terms_row is None:
        return 0
    kept_times.let_lapsed_go(staff_id)
    if session().scalar(_without_offer(staff_id, WaitingListEntry.id).limit(1)) is None:
        return 0
    waiting = session().scalars(
        _without_offer(staff_id, WaitingListEntry)
        .with_for_update(of=WaitingListEntry, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    terms, made = terms_of(terms_row), 0
    soonest = clock.now() + terms.notice + SHORTEST_OFFER
    starts = [start for start in free_times(staff_id) if start >= soonest]
    for entry in waiting.all():
        wish = _wish_of(entry)
        mode = mode_for(wish, terms_row.modes) if wish.kind in terms_row.kinds else None
        start = first_fit(starts, terms, wish, _passed_by(entry)) if mode else None
        if start is None or mode is None:
            continue
        made += _keep(entry, start, mode, until=start - terms.notice)
        starts = [start for start in free_times(staff_id) if start >= soonest]
    return made


def pass_over(appointment: Appointment, relative_id: int) -> None:
    """Never offer a relative the time they give up themselves; part of the act that frees it."""
    locked_terms_if_any(appointment.staff_id)
    mine = select(WaitingListEntry).where(
        IS_OPEN,
        WaitingListEntry.relative_id == relative_id,
        WaitingListEntry.patient_id == appointment.patient_id,
        WaitingListEntry.staff_id == appointment.staff_id,
    )
    for entry in session().scalars(mine.with_for_update(of=WaitingListEntry)):
        entry.passed = [*entry.passed, appointment.starts_at.isoformat()]


def end_for(patient_id: int, persons: Collection[RelatedPerson]) -> None:
    """End the waiting of these people for this patient; part of the act that ends their sharing."""
    relative_ids = [person.relative_id for person in persons if person.relative_id is not None]
    _end_where(SHARING_ENDED, WaitingListEntry.patient_id == patient_id, WaitingListEntry.relative_id.in_(relative_ids))


def end_what_is_over() -> None:
    """End the waiting whose last day has passed."""
    _end_where(OVER, WaitingListEntry.until_on < clinic.today())


def taken(waiting_id: int) -> None:
    """End the waiting of who takes the time that was offered; part of the act that books it."""
    end(locked(waiting_id), TAKEN)


# Steps


def _wish_of(entry: WaitingListEntry) -> Wish:
    return Wish(tuple(entry.weekdays), tuple(entry.parts), entry.until_on, entry.mode, entry.kind)


def _passed_by(entry: WaitingListEntry) -> set[dt.datetime]:
    return {dt.datetime.fromisoformat(text) for text in entry.passed}


def _without_offer(staff_id: int | None, *columns: Any) -> Select[Any]:
    """In line, with no time kept for them now and fewer sessions booked than they may have."""
    has_one = select(Appointment.waiting_id).where(kept_times.IS_KEPT, Appointment.waiting_id.is_not(None))
    booked = (
        select(func.count())
        .select_from(AppointmentParticipant)
        .join(Appointment, Appointment.id == AppointmentParticipant.appointment_id)
        .where(
            AppointmentParticipant.relative_id == WaitingListEntry.relative_id,
            AppointmentParticipant.left_at.is_(None),
            Appointment.patient_id == WaitingListEntry.patient_id,
            Appointment.status.in_(BOOKED),
            Appointment.ends_at > clock.now(),
        )
        .correlate(WaitingListEntry)
        .scalar_subquery()
    )
    most = FamilySessionTerms.per_family_open
    line = in_line(*columns).where(WaitingListEntry.id.not_in(has_one), or_(most.is_(None), booked < most))
    return line if staff_id is None else line.where(WaitingListEntry.staff_id == staff_id)


def _keep(entry: WaitingListEntry, start: dt.datetime, mode: str, *, until: dt.datetime) -> bool:
    for_hours = dt.timedelta(hours=current_app.config["SETTINGS"].offer_hours)
    kept = kept_times.keep(
        entry.patient_id,
        entry.relative_id,
        entry.staff_id,
        start,
        mode=mode,
        kind=entry.kind,
        until=min(clock.now() + for_hours, until),
        waiting_id=entry.id,
    )
    if kept is None:
        return False
    relative = session().get_one(Relative, entry.relative_id)
    outbox.queue("time_opened", to=relative.account_id, patient_id=entry.patient_id, about_id=kept.id)
    return True


def locked(entry_id: int) -> WaitingListEntry:
    """One entry, held until the end of the transaction."""
    return session().get_one(WaitingListEntry, entry_id, with_for_update={"of": WaitingListEntry})


def end(entry: WaitingListEntry, because: str) -> None:
    """Somebody waits no more."""
    entry.ended_at, entry.ended_because = clock.now(), because


def _end_where(because: str, *which: ColumnElement[bool]) -> None:
    session().execute(
        update(WaitingListEntry)
        .where(and_(IS_OPEN, *which))
        .values(ended_at=clock.now(), ended_because=because)
        .execution_options(synchronize_session="fetch")
    )
