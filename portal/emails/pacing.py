"""So many emails a minute to one domain, over all postmen: big mail services shut the door to whoever hurries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import current_app
from sqlalchemy import Connection, func, select

from portal.models import OutgoingEmail

MINUTE = dt.timedelta(minutes=1)
# The number under which PostgreSQL makes postmen count one after the other.
_LOCK = 20_210

_T: Any = OutgoingEmail.__table__


def free_at(connection: Connection, domain: str, now: dt.datetime, *, has_waited: bool) -> dt.datetime | None:
    """When one more letter may leave for this domain; None: now.

    The outbox itself is counted, in the transaction that takes the next letter. Who has to wait gets a place in the
    line at once, so that a long line is not asked again every minute. Whose turn had come already, `has_waited`, waits
    until the minute has room again, and not behind all the others.
    """
    most: int = current_app.config["SETTINGS"].mail_per_minute
    if not most:
        return None
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    there = _T.c.to_domain == domain
    # What left by a clock that was ahead for a while says nothing about this minute.
    lately = (there, _T.c.handed_at > now - MINUTE, _T.c.handed_at <= now + MINUTE)
    left, first = connection.execute(select(func.count(), func.min(_T.c.handed_at)).where(*lately)).one()
    if left < most:
        return None
    if has_waited:
        return first + MINUTE  # type: ignore[no-any-return]
    in_line = (there, _T.c.handed_at.is_(None), _T.c.ended_at.is_(None), _T.c.due_at > now)
    waiting = connection.scalar(select(func.count()).where(*in_line)) or 0
    return now + MINUTE * (1 + waiting // most)
