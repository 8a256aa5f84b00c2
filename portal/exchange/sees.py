"""All that one relative can see now, read through the classes that the pages read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from portal import clinic, clock
from portal.consent import people
from portal.consent.scopes import BOXES
from portal.consent.shared import SharedAppointment, SharedScheduleEntry, SharedTherapist, SharedUpdate
from portal.consent.viewer import Viewer, the_relative_id, viewing_as
from portal.db import reading, session
from portal.models import Account
from portal.services.booking import offered_to_the_viewer, open_bookings


def sees(email: str, first: dt.date | None = None, last: dt.date | None = None) -> dict[str, Any]:
    """What the relative with this email can see at this moment, as the contract has it.

    `first` and `last` are days at the clinic, both included; they narrow everything that has a time.
    Somebody unknown and somebody nothing is shared with get the same empty lists. Counts as no look.
    """
    email = email.strip().lower()
    answer: dict[str, Any] = {"viewer": email, "now": _wall(clock.now())}
    viewer = viewer_of(email)
    if viewer is None:
        return answer | {"people": [], "schedule": [], "bookings": [], "open_times": [], "updates": []}
    window = _Window(first, last)
    with viewing_as(viewer):
        names = {person.patient_id: person.known_as for person in people.people()}
        return answer | {
            "people": _people(),
            "schedule": _schedule(names, window),
            "bookings": _bookings(names, window),
            "open_times": _open_times(names, window),
            "updates": _updates(names, window),
        }


def viewer_of(email: str) -> Viewer | None:
    """The relative's eyes, without counting a look; None for everybody else."""
    with reading():
        account = session().scalar(select(Account).where(Account.email == email.strip().lower()))
    if account is None or account.relative is None:
        return None
    return Viewer(
        account_id=account.id,
        account_ref=account.ref,
        relative_id=account.relative.id,
        is_counted=False,
        door="command",
    )


class _Window:
    def __init__(self, first: dt.date | None, last: dt.date | None) -> None:
        zone = clinic.zone()
        self.start = clock.midnight(first, zone) if first else None
        self.end = clock.midnight(last + dt.timedelta(days=1), zone) if last else None

    def has(self, moment: dt.datetime) -> bool:
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


def _people() -> list[dict[str, Any]]:
    return [
        {
            "name": person.known_as,
            "scopes": [str(scope) for scope in BOXES if scope in person.scopes],
            "email": str(person.email_level),
            "until": person.ends_on.isoformat(),
        }
        for person in people.people()
    ]


def _schedule(names: dict[int, str], window: _Window) -> list[dict[str, Any]]:
    rows = sorted(
        session().scalars(select(SharedScheduleEntry)),
        # One group of two people with the same name has one label: then what is shown of each decides.
        key=lambda row: (row.starts_at, names[row.patient_id], row.ref, row.kind, row.place, row.status),
    )
    return [
        {
            "person": names[row.patient_id],
            "start": _wall(row.starts_at),
            "end": _wall(row.ends_at),
            "kind": row.kind,
            "status": row.status,
            "place": row.place,
        }
        for row in rows
        if window.has(row.starts_at)
    ]


def _bookings(names: dict[int, str], window: _Window) -> list[dict[str, Any]]:
    rows = session().scalars(select(SharedAppointment).order_by(SharedAppointment.starts_at, SharedAppointment.ref))
    return [
        {
            "person": names[row.patient_id],
            "start": _wall(row.starts_at),
            "end": _wall(row.ends_at),
            "with": row.with_name,
            "status": row.status,
        }
        for row in rows
        if window.has(row.starts_at)
    ]


def _open_times(names: dict[int, str], window: _Window) -> list[dict[str, Any]]:
    therapists = sorted(
        session().scalars(select(SharedTherapist)), key=lambda row: (names[row.patient_id], row.name, row.ref)
    )
    booked = open_bookings(the_relative_id())
    free: dict[int, list[dt.datetime]] = {}
    found = []
    for order, therapist in enumerate(therapists):
        if _is_at_the_limit(therapist, booked):
            continue
        if therapist.staff_id not in free:
            free[therapist.staff_id] = offered_to_the_viewer(therapist.staff_id)
        length = dt.timedelta(minutes=therapist.minutes)
        for start in filter(window.has, free[therapist.staff_id]):
            for place, mode in enumerate(therapist.modes):
                time = {
                    "person": names[therapist.patient_id],
                    "with": therapist.name,
                    "start": _wall(start),
                    "end": _wall(start + length),
                    "mode": mode,
                }
                found.append(((start, order, place), time))
    return [time for _, time in sorted(found, key=lambda one: one[0])]


def _is_at_the_limit(therapist: SharedTherapist, booked: dict[int, int]) -> bool:
    limit = therapist.per_family_open
    return limit is not None and booked.get(therapist.patient_id, 0) >= limit


def _updates(names: dict[int, str], window: _Window) -> list[dict[str, Any]]:
    rows = session().scalars(select(SharedUpdate).order_by(SharedUpdate.published_at, SharedUpdate.ref))
    return [
        {
            "person": names[row.patient_id],
            "title": row.title,
            "kind": row.scope,
            "published": _wall(row.published_at),
            "text": row.text,
        }
        for row in rows
        if window.has(row.published_at)
    ]


def _wall(moment: dt.datetime) -> str:
    return moment.astimezone(clinic.zone()).isoformat(timespec="seconds")
