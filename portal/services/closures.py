"""The days on which the clinic, or one of its programs, is closed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select

from portal.db import session
from portal.models import Closure


def closed_days(first: dt.date, last: dt.date, program_id: int | None = None) -> dict[dt.date, str]:
    """Every closed day from `first` to `last`, both included, with the name of the closure.

    The whole clinic's, which are no secret; with `program_id`, that program's own as well.
    Dates have no zone: a holiday is the same day wherever it is read.
    """
    rows = session().execute(
        select(Closure.starts_on, Closure.ends_on, Closure.name)
        .where(
            Closure.starts_on <= last,
            Closure.ends_on >= first,
            or_(Closure.program_id.is_(None), Closure.program_id == program_id),
        )
        .order_by(Closure.starts_on, Closure.ends_on)
    )
    return {
        day: name
        for starts_on, ends_on, name in rows
        for day in (starts_on + dt.timedelta(days=n) for n in range((ends_on - starts_on).days + 1))
        if first <= day <= last
    }
