"""Other times for a family instead of a session that we cancel: which there are, and keeping them for a while."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select

from portal import clinic, clock
from portal.db import session
from portal.models import Appointment, FamilySessionTerms, Relative, Says
from portal.services import kept_times
from portal.services.bookings_list import guests
from portal.services.bookings_rules import SHORTEST_OFFER, check_offer, kept_until, last_day, suggestion
from portal.services.closures import closed_days
from portal.services.therapist_times import free_times, locked_terms_if_any

# Nobody looks for a working day farther away than this.
FAR = dt.timedelta(days=60)


# Questions


def could_be_offered(appointment: Appointment) -> list[dt.datetime]:
    """The therapist's free starts that can be kept for the family long enough, its own time apart."""
    terms = session().get(FamilySessionTerms, appointment.staff_id)
    if terms is None or _for_whom(appointment) is None:
        return []
    soonest = clock.now() + dt.timedelta(hours=terms.notice_hours) + SHORTEST_OFFER
    return [
        start
        for start in free_times(appointment.staff_id, besides=appointment.id)
        if start >= soonest and not (start < appointment.busy_until and appointment.starts_at < start + _lasts(terms))
    ]


def suggested(appointment: Appointment) -> list[dt.datetime]:
    """Up to three of them, on different days where there are."""
    starts = could_be_offered(appointment)
    if not starts:
        return []
    on_days = {start: start.astimezone(clinic.zone()).date() for start in starts}
    return suggestion(on_days, _lasts(session().get_one(FamilySessionTerms, appointment.staff_id)))


# Acts


def keep(appointment: Appointment, instead: Collection[dt.datetime]) -> None:
    """Keep these starts for one relative of a session that we cancel, until the end of the third working day at most.

    Raises Refused when they are too many, overlap, or were taken meanwhile.
    """
    terms = locked_terms_if_any(appointment.staff_id)
    relative_id = _for_whom(appointment)
    if terms is None or relative_id is None:
        check_offer(instead, (), dt.timedelta(0))
        return
    check_offer(instead, could_be_offered(appointment), _lasts(terms))
    until = kept_until(instead, dt.timedelta(hours=terms.notice_hours), _last_day_ends())
    for start in sorted(set(instead)):
        kept = kept_times.keep(
            appointment.patient_id,
            relative_id,
            appointment.staff_id,
            start,
            mode=appointment.mode if appointment.mode in terms.modes else terms.modes[0],
            kind=appointment.kind if appointment.kind in terms.kinds else terms.kinds[0],
            until=until,
            instead_of_id=appointment.id,
        )
        if kept is None:
            check_offer([start], (), _lasts(terms))


# Steps


def _for_whom(appointment: Appointment) -> int | None:
    """The relative for whom times are kept: who booked it, else the first who said yes, of those who still see it.

    A time can be kept for one of them only, and one of them is enough to find the family another time.
    """
    inside = [one for one in guests(appointment) if one.sees and not one.has_left]
    booker = session().scalar(select(Relative.id).where(Relative.account_id == appointment.booked_by_id))
    inside.sort(key=lambda one: (one.relative_id != booker, one.says != Says.ACCEPTED, one.relative_id))
    return inside[0].relative_id if inside else None


def _lasts(terms: FamilySessionTerms) -> dt.timedelta:
    return dt.timedelta(minutes=terms.minutes + terms.gap_minutes)


def _last_day_ends() -> dt.datetime:
    today = clinic.today()
    day = last_day(today, closed_days(today, today + FAR))
    return clock.midnight(day + dt.timedelta(days=1), clinic.zone())
