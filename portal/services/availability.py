"""The hours and terms of a therapist: as they are, and changed over sessions that are booked already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clinic, clock
from portal.consent import record
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import (
    BOOKED,
    Act,
    Appointment,
    FamilySessionTerms,
    FreeHours,
    FreeHoursOverride,
    StaffMember,
    StaffRole,
)
from portal.services import bookings, kept_times, offers, waiting_list
from portal.services.availability_rules import (
    NUMBERS,
    OPTIONAL_NUMBERS,
    Availability,
    OtherDays,
    check,
    holds,
)
from portal.services.consent_steps import lock_patient
from portal.services.free_times import Terms, Window
from portal.services.therapist_times import free_times, locked_terms_if_any, terms_of

WHAT = "hours"
BECAUSE = "The therapist's hours changed"
PLAIN = (*NUMBERS, *OPTIONAL_NUMBERS, "asks_first")
DAY = dt.timedelta(days=1)


class Decision(StrEnum):
    """What becomes of a booked session that the new hours would not offer."""

    KEEP = "keep"
    OFFER = "offer"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Outcome:
    """What new hours come to: the starts that families will see, and the booked sessions outside them.

    Nothing was decided, and nothing may be kept, while `undecided` is true.
    """

    starts: list[dt.datetime]
    outside: list[Appointment]
    undecided: bool


# Questions


def therapists() -> list[StaffMember]:
    """Everybody who holds family sessions or can, by name."""
    with_terms = set(session().scalars(select(FamilySessionTerms.staff_id)))
    rows = session().scalars(select(StaffMember).order_by(StaffMember.name, StaffMember.id))
    return [one for one in rows if one.id in with_terms or one.has_role(StaffRole.THERAPIST)]


def therapist(ref: str) -> StaffMember:
    """A therapist by their label. Raises NotShared."""
    found = next((one for one in therapists() if one.ref == ref), None)
    if found is None:
        raise NotShared
    return found


def of(staff_id: int) -> Availability:
    """What a therapist said until now, days that are over left out; what a new one begins with."""
    row = session().get(FamilySessionTerms, staff_id)
    if row is None:
        return Availability()
    weekly: dict[int, list[Window]] = {}
    for one in row.hours:
        weekly.setdefault(one.weekday, []).append(Window(one.from_minute, one.to_minute))
    return Availability(
        **{name: getattr(row, name) for name in PLAIN},
        modes=tuple(row.modes),
        kinds=tuple(row.kinds),
        rooms=tuple(row.rooms),
        online_link=row.online_link or "",
        weekly=weekly,
        days=tuple(_days(row.overrides, clinic.today())),
    )


# Acts


def change(staff_id: int, said: Availability, decisions: Mapping[str, str], *, account_id: int | None) -> Outcome:
    """Make these the hours and terms of a therapist, and do with each booked session outside them as decided.

    `decisions` are by the session's label. While one is missing, none is carried out: the caller shows the
    outcome and rolls back. What is kept for somebody outside the new hours is let go. Raises Refused.
    """
    check(said, clinic.today())
    # Patients first, then the terms: whoever books waits in this order too. What is booked meanwhile is undecided.
    for patient_id in sorted({one.patient_id for one in _to_come(staff_id) if decisions.get(one.ref) in _ENDS}):
        lock_patient(patient_id)
    row = _row(staff_id)
    to_come = _to_come(staff_id)
    _write(row, said)
    new = terms_of(row)
    outside = [one for one in to_come if not holds(new, one.starts_at)]
    undecided = any(decisions.get(one.ref) not in list(Decision) for one in outside)
    if not undecided:
        _let_go(staff_id, new)
        for one in outside:
            _carry_out(one, Decision(decisions[one.ref]), account_id)
        waiting_list.offer(staff_id)
        record.write(Act.CHANGED, WHAT, door="staff", patient_id=None, account_id=account_id, thing_id=staff_id)
    return Outcome(free_times(staff_id), outside, undecided)


# Steps

_ENDS = (Decision.OFFER, Decision.CANCEL)


def _to_come(staff_id: int) -> list[Appointment]:
    rows = session().scalars(
        select(Appointment)
        .options(joinedload(Appointment.patient))
        .where(Appointment.staff_id == staff_id, Appointment.status.in_(BOOKED), Appointment.starts_at > clock.now())
        .order_by(Appointment.starts_at)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _row(staff_id: int) -> FamilySessionTerms:
    row = locked_terms_if_any(staff_id)
    if row is None:
        row = FamilySessionTerms(staff_id=staff_id)
        session().add(row)
    return row


def _write(row: FamilySessionTerms, said: Availability) -> None:
    for name in PLAIN:
        setattr(row, name, getattr(said, name))
    row.modes, row.kinds, row.rooms = list(said.modes), list(said.kinds), list(said.rooms)
    row.online_link = said.online_link or None
    session().flush()
    today = clinic.today()
    for old in [*row.hours, *(one for one in row.overrides if one.on_date >= today)]:
        session().delete(old)
    session().flush()
    session().expire(row, ["hours", "overrides"])
    row.hours.extend(
        FreeHours(weekday=weekday, from_minute=window.start, to_minute=window.end)
        for weekday, windows in said.weekly.items()
        for window in windows
    )
    row.overrides.extend(
        FreeHoursOverride(
            on_date=day,
            closed=one.window is None,
            from_minute=one.window.start if one.window else None,
            to_minute=one.window.end if one.window else None,
        )
        for one in said.days
        for day in (one.first + n * DAY for n in range((one.last - one.first).days + 1))
        if day >= today
    )
    session().flush()


def _let_go(staff_id: int, new: Terms) -> None:
    kept = session().execute(
        select(Appointment.id, Appointment.starts_at).where(Appointment.staff_id == staff_id, kept_times.IS_KEPT)
    )
    gone = [kept_id for kept_id, starts_at in kept if not holds(new, starts_at)]
    kept_times.let_go(Appointment.id.in_(gone))


def _carry_out(one: Appointment, decision: Decision, account_id: int | None) -> None:
    if decision == Decision.KEEP:
        return
    instead = offers.suggested(one) if decision == Decision.OFFER else []
    if decision == Decision.OFFER and not instead:
        raise Refused(_l("There is no time to offer instead. Keep the session, or cancel it and call the family"))
    bookings.cancel(one.ref, BECAUSE, instead, account_id=account_id)


def _days(rows: Sequence[FreeHoursOverride], today: dt.date) -> Iterator[OtherDays]:
    """Dates with the same hours that follow each other as one row."""
    by_hours: dict[tuple[int, int] | None, list[dt.date]] = {}
    for row in rows:
        if row.on_date >= today:
            key = None if row.closed or row.from_minute is None else (row.from_minute, row.to_minute or 0)
            by_hours.setdefault(key, []).append(row.on_date)
    found = []
    for key, dates in by_hours.items():
        for _, run in groupby(enumerate(sorted(set(dates))), key=lambda one: one[1].toordinal() - one[0]):
            days = [day for _, day in run]
            found.append(OtherDays(days[0], days[-1], Window(*key) if key else None))
    yield from sorted(found, key=lambda one: (one.first, one.window.start if one.window else -1))
