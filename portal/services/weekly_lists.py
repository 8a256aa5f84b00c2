"""Weekly lists: each reader who chose a day gets one on that day, at nine on their own clock."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import clinic, clock
from portal.db import commit, reading, rollback, session, writing
from portal.emails import outbox, weekly_lists
from portal.models import Account, EmailLevel, Relative, WeeklyList

# A pass that looked is not made again for this long.
LOOK_EVERY = dt.timedelta(minutes=5)
# So many are queued in one transaction, so that on a day of many lists nobody else waits long to write.
AT_A_TIME = 200


def queue_due() -> int:
    """Queue every list whose day and hour have come; returns how many were queued.

    Commits. To be called from a context of its own, as often as one likes: an account and a day make one row,
    and the row makes the email, so two postmen send one.
    """
    with reading():
        due = _due()
        rollback()
    queued = 0
    with writing():
        for first in range(0, len(due), AT_A_TIME):
            queued += sum(_queue(account_id, on_day) for account_id, on_day in due[first : first + AT_A_TIME])
            commit()
    return queued


def now_and_then() -> None:
    """The same, for a postman who comes round every few seconds: most of the time it does nothing."""
    last: dt.datetime | None = current_app.extensions.get("weekly_lists_looked_at")
    now = clock.now()
    if last is not None and last <= now < last + LOOK_EVERY:
        return
    queue_due()
    current_app.extensions["weekly_lists_looked_at"] = now


def _due() -> list[tuple[int, dt.date]]:
    last_day = (
        select(func.max(WeeklyList.on_day))
        .where(WeeklyList.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )
    readers = session().execute(
        select(Account.id, Account.weekly_day, Account.time_zone, last_day)
        .join(Relative, Relative.account_id == Account.id)
        .where(Account.weekly_day.is_not(None), Account.active.is_(True), Account.wants_email != EmailLevel.NONE)
        .order_by(Account.id)
    )
    now, here = clock.now(), clinic.zone()
    found = []
    for account_id, weekly_day, zone, last in readers:
        assert weekly_day is not None
        day = weekly_lists.day_due(now, weekly_day, ZoneInfo(zone) if zone else here)
        if day is not None and (last is None or last < day):
            found.append((account_id, day))
    return found


def _queue(account_id: int, on_day: dt.date) -> bool:
    """False when another postman was faster."""
    row = WeeklyList(account_id=account_id, on_day=on_day, until=clock.now())
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        return False
    outbox.queue(weekly_lists.MESSAGE, to=account_id, about_id=row.id)
    return True
