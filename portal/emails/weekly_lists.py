"""The weekly list of a reader: on which day it is due, and what it may be about, as far as the reader chose that."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, and_, bindparam, case, exists, func, select
from sqlalchemy.orm import aliased

from portal import clock
from portal.emails.outbox import SENT
from portal.emails.wanted import EVERY
from portal.models import Account, EmailStop, OutgoingEmail, ScheduleChange, WeeklyList
from portal.models.base import Instant

MESSAGE = "weekly_list"
# When it comes, on the reader's own clock.
NINE = dt.time(9)
WEEK = dt.timedelta(days=7)
_A_WEEK_AGO = bindparam("a_week_before", callable_=lambda: clock.now() - WEEK, type_=Instant)
_THE_LIST, _THE_ACCOUNT = bindparam("the_list", type_=Integer), bindparam("the_account", type_=Integer)
_THEIR_STOPS = (EmailStop.account_id == _THE_ACCOUNT, EmailStop.undone_at.is_(None))


def day_due(now: dt.datetime, weekly_day: int, zone: ZoneInfo) -> dt.date | None:
    """The reader's own day, when it is the day of their list and nine has passed on their clock."""
    wall = now.astimezone(zone)
    return wall.date() if wall.weekday() == weekly_day and wall.time() >= NINE else None


_earlier = aliased(WeeklyList)
_LAST = (
    select(func.max(_earlier.until))
    .join(OutgoingEmail, OutgoingEmail.about_id == _earlier.id)
    .where(
        OutgoingEmail.account_id == _THE_ACCOUNT,
        OutgoingEmail.message == MESSAGE,
        OutgoingEmail.outcome == SENT,
        _earlier.account_id == _THE_ACCOUNT,
        _earlier.id < _THE_LIST,
    )
    .scalar_subquery()
)
# What a list is about came after the last one that was sent, and after its reader chose lists. Parts of another
# question, which is given the list and the account; no row where the account has no such list.
_BEGAN = case((Account.weekly_since < _LAST, _LAST), else_=func.coalesce(Account.weekly_since, _LAST, _A_WEEK_AGO))
_SPAN = (
    select(WeeklyList.until, _BEGAN.label("since"))
    .join(Account, Account.id == WeeklyList.account_id)
    .where(WeeklyList.id == _THE_LIST, WeeklyList.account_id == _THE_ACCOUNT)
    .cte("span")
)
_SINCE, _UNTIL = select(_SPAN.c.since).scalar_subquery(), select(_SPAN.c.until).scalar_subquery()


def is_in_the_span(at: Any) -> ColumnElement[bool]:
    """Whether something of this moment is in the list."""
    return and_(at > _SINCE, at <= _UNTIL)


def is_off(kind: str) -> ColumnElement[bool]:
    """Whether the reader turned off emails of this kind, about everybody."""
    everybody = (EmailStop.patient_id.is_(None), EmailStop.message == kind)
    return exists(select(EmailStop.id).where(*_THEIR_STOPS, *everybody))


TURNED_OFF = select(EmailStop.patient_id).where(
    *_THEIR_STOPS, EmailStop.message == EVERY, EmailStop.patient_id.is_not(None)
)
CHANGES = select(ScheduleChange.id).where(is_in_the_span(ScheduleChange.made_at))
