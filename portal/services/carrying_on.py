"""Carry open series on: their sessions are written down a year and a month ahead; leftovers are swept away."""

from __future__ import annotations

import datetime as dt

from flask import current_app
from sqlalchemy import delete, select

from portal import clinic, clock
from portal.db import commit, reading, rollback, session, writing
from portal.models import CancelledBy, ScheduleEntry, Series
from portal.services.deriving import HORIZON, derive

# A pass that found nothing to do is not made again for this long.
LOOK_EVERY = dt.timedelta(hours=1)
# A series is carried on in steps of at least a week, so that most days there is nothing to do.
STEP = dt.timedelta(days=7)
# Sessions that a series no longer has are shown as cancelled for this long, as any cancelled session is.
SHOWN_AS_CANCELLED = dt.timedelta(days=7)


def carry_on() -> int:
    """Write down what has come within the horizon, and forget what was dropped a week ago; returns how many series.

    Commits. To be called from a context of its own, as often as one likes, by as many processes as there are.
    """
    with reading():
        due, leftovers = _due(), _leftovers()
        rollback()
    if not due and not leftovers:
        return 0
    with writing():
        for series_id in due:
            _carry(series_id)
            commit()
        session().execute(delete(ScheduleEntry).where(ScheduleEntry.id.in_(leftovers)))
        commit()
    return len(due)


def now_and_then() -> None:
    """`carry_on`, for a postman who comes round every few seconds: most of the time it does nothing."""
    last: dt.datetime | None = current_app.extensions.get("series_looked_at")
    now = clock.now()
    if last is not None and last <= now < last + LOOK_EVERY:
        return
    carry_on()
    current_app.extensions["series_looked_at"] = now


def _due() -> list[int]:
    return list(
        session().scalars(
            select(Series.id)
            .where(Series.published_at.is_not(None), Series.carried_to <= clinic.today() + HORIZON - STEP)
            .order_by(Series.id)
        )
    )


def _leftovers() -> list[int]:
    return list(
        session().scalars(
            select(ScheduleEntry.id).where(
                ScheduleEntry.cancelled_by == CancelledBy.SERIES,
                ScheduleEntry.cancelled_at < clock.now() - SHOWN_AS_CANCELLED,
            )
        )
    )


def _carry(series_id: int) -> None:
    series = session().scalar(select(Series).where(Series.id == series_id).with_for_update())
    if series is not None and series.carried_to is not None:
        derive(series, since=max(clock.now(), clock.midnight(series.carried_to, clinic.zone())))
