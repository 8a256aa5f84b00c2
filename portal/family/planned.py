"""What is planned: the program's sessions and the viewer's own family sessions, in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import select

from portal import clinic, clock
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.consent.shared import SharedAppointment, SharedScheduleEntry
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.refs import ref_for


@dataclass(frozen=True)
class Planned:
    """One session of one person. `label` is the reader's own for it; `ref` the same, where they are part of it."""

    person: SharedPerson
    starts_at: dt.datetime
    ends_at: dt.datetime
    kind: str
    status: str
    place: str = ""
    was_at: dt.datetime | None = None
    with_name: str = ""
    ref: str | None = None
    label: str = ""

    @property
    def is_cancelled(self) -> bool:
        return self.status == "cancelled"


def between(first: dt.date, last: dt.date, whose: Sequence[SharedPerson]) -> list[Planned]:
    """Everything of these people from `first` to `last`, both included, days of the clinic."""
    return _in_order([*_program(first, last, whose), *family_sessions(first, last, whose)])


def family_sessions(first: dt.date, last: dt.date, whose: Iterable[SharedPerson]) -> list[Planned]:
    """The viewer's own family sessions with these people, in order, cancelled ones included."""
    people = {person.patient_id: person for person in whose if Scope.FAMILY in person.scopes}
    if not people:
        return []
    start, end = _instants(first, last)
    rows = session().scalars(
        select(SharedAppointment).where(
            SharedAppointment.patient_id.in_(people),
            SharedAppointment.starts_at >= start,
            SharedAppointment.starts_at < end,
        )
    )
    return _in_order(
        Planned(
            person=people[row.patient_id],
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            kind="family",
            status=row.status,
            place=mode_words(row.mode),
            with_name=row.with_name,
            ref=_label(row),
            label=_label(row),
        )
        for row in rows
    )


def mode_words(mode: str) -> str:
    """How people meet, in the reader's language."""
    return {"online": gettext("Online"), "in person": gettext("In person")}.get(mode, mode.capitalize())


def _program(first: dt.date, last: dt.date, whose: Iterable[SharedPerson]) -> list[Planned]:
    people = {person.patient_id: person for person in whose if Scope.TIMES in person.scopes}
    if not people:
        return []
    start, end = _instants(first, last)
    rows = session().scalars(
        select(SharedScheduleEntry).where(
            SharedScheduleEntry.patient_id.in_(people),
            SharedScheduleEntry.starts_at >= start,
            SharedScheduleEntry.starts_at < end,
        )
    )
    return [
        Planned(
            person=people[row.patient_id],
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            kind=row.kind,
            status=row.status,
            place=_where(row),
            was_at=row.was_at,
            label=_label(row),
        )
        for row in rows
    ]


def _label(row: SharedAppointment | SharedScheduleEntry) -> str:
    return ref_for(the_viewer().account_ref, row.ref)


def _where(row: SharedScheduleEntry) -> str:
    """The place, and that it is online where the place does not say so."""
    online = mode_words("online")
    if row.mode != "online" or row.place.casefold() in ("online", online.casefold()):
        return row.place
    return gettext("%(how)s. %(place)s", how=online, place=row.place) if row.place else online


def _instants(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    return clock.midnight(first, clinic.zone()), clock.midnight(last + dt.timedelta(days=1), clinic.zone())


def _in_order(found: Iterable[Planned]) -> list[Planned]:
    # By what is shown only: an order by our own numbers would tell who was written down first.
    return sorted(found, key=_place)


def _place(one: Planned) -> tuple[object, ...]:
    person = one.person
    shown = (one.ends_at, one.status, one.place, one.was_at or one.starts_at, one.with_name, one.label)
    return (one.starts_at, person.known_as, person.ref, one.kind, *shown)
