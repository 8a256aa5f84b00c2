"""Times that are kept for the reader: while they check, from the waiting list, or instead of a cancelled session."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select

from portal import words
from portal.consent.people import SharedPerson
from portal.consent.shared import SharedKeptTime
from portal.db import session
from portal.family import free_days, ways


@dataclass(frozen=True)
class Offer:
    """A time that is kept for the reader to take, and where they take it."""

    when: str
    with_name: str
    until: dt.datetime
    url: str


def until(patient_id: int, staff_id: int, starts_at: dt.datetime | None) -> dt.datetime | None:
    """Until when that time with that patient and therapist is kept for the reader; None when it is not."""
    return session().scalar(
        select(SharedKeptTime.held_until).where(
            SharedKeptTime.patient_id == patient_id,
            SharedKeptTime.staff_id == staff_id,
            SharedKeptTime.starts_at == starts_at,
        )
    )


def offers(whose: Sequence[SharedPerson]) -> dict[int | None, list[Offer]]:
    """The times to choose from instead of each session that was cancelled, by its id; None: from the waiting list."""
    rows = (
        session()
        .scalars(
            select(SharedKeptTime)
            .where(
                SharedKeptTime.patient_id.in_([person.patient_id for person in whose]),
                SharedKeptTime.instead_of_id.is_not(None) | SharedKeptTime.waiting_id.is_not(None),
            )
            .order_by(SharedKeptTime.starts_at, SharedKeptTime.ref)
        )
        .all()
    )
    found: dict[int | None, list[Offer]] = defaultdict(list)
    if not rows:
        return found
    every_way = {(way.person.patient_id, way.staff_id): way for way in ways.all_ways()}
    for row in rows:
        way = every_way.get((row.patient_id, row.staff_id))
        if way is not None:
            query = ways.Answers(way, row.mode, row.kind, asked_who=False).query
            found[row.instead_of_id].append(
                Offer(
                    f"{words.day(row.starts_at)}, {words.time(row.starts_at)}",
                    row.with_name,
                    row.held_until,
                    url_for("family.booking.check", time=free_days.as_value(row.starts_at), **query),
                )
            )
    return found
