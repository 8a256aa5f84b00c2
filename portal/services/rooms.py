"""Rooms for family sessions in person: the first of the therapist's that is free; none, when none is."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.db import session
from portal.models import BOOKED, Appointment, Clinic, FamilySessionTerms


def free_one(
    terms: FamilySessionTerms,
    mode: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    *,
    besides: int | None = None,
) -> str:
    """A room for a session in person, as its name; "" online, and where the care team must find one.

    That no room is free takes no time away: what is offered depends on the therapist alone, so that it
    tells nothing of other families.
    """
    if mode == "online" or not terms.rooms:
        return ""
    taken = _taken(starts_at, ends_at, besides)
    return next((room for room in terms.rooms if room.casefold() not in taken), "")


def is_taken(place: str, appointment: Appointment) -> bool:
    """Whether another family session is in that room at the time of this one."""
    return place.casefold() in _taken(appointment.starts_at, appointment.ends_at, appointment.id)


def _taken(starts_at: dt.datetime, ends_at: dt.datetime, besides: int | None) -> set[str]:
    # Therapists share rooms: whoever looks for one waits here for who has found one and not yet committed.
    session().execute(select(Clinic.id).with_for_update(key_share=True))
    places = session().scalars(
        select(Appointment.place).where(
            Appointment.place != "",
            Appointment.status.in_(BOOKED),
            Appointment.starts_at < ends_at,
            Appointment.ends_at > starts_at,
            Appointment.id.is_distinct_from(besides),
        )
    )
    return {place.casefold() for place in places}
