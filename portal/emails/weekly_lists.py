"""The weekly list of a reader: on which day it is due, and what it may be about, as far as the reader chose that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from portal.consent.questions import Question
from portal.emails.outbox import SENT
from portal.emails.wanted import EVERY
from portal.models import Account, EmailStop, OutgoingEmail, ScheduleChange, WeeklyList
from portal.models.base import Instant

MESSAGE = "weekly_list"
# When it comes, on the reader's own clock.
NINE = dt.time(9)
WEEK = dt.timedelta(days=7)

SINCE, UNTIL = bindparam("since", type_=Instant), bindparam("until", type_=Instant)
_THE_LIST, _THE_ACCOUNT = bindparam("the_list", type_=Integer), bindparam("the_account", type_=Integer)


@dataclass(frozen=True)
class Span:
    """What came after `since` and not after `until` is in one list, without the kinds that were turned off."""

    since: dt.datetime
    until: dt.datetime
    off: frozenset[str]


def day_due(now: dt.datetime, weekly_day: int, zone: ZoneInfo) -> dt.date | None:
    """The reader's own day, when it is the day of their list and nine has passed on their clock."""
    wall = now.astimezone(zone)
    return wall.date() if wall.weekday() == weekly_day and wall.time() >= NINE else None


_earlier = aliased(WeeklyList)
_SENT = and_(
    OutgoingEmail.account_id == WeeklyList.account_id,
    OutgoingEmail.message == MESSAGE,
    OutgoingEmail.outcome == SENT,
)
_LAST_UNTIL = (
    select(func.max(_earlier.until))
    .join(OutgoingEmail, OutgoingEmail.about_id == _earlier.id)
    .where(_SENT, _earlier.account_id == WeeklyList.account_id, _earlier.id < WeeklyList.id)
    .correlate(WeeklyList)
    .scalar_subquery()
)
_SPAN = Question(
    select(WeeklyList.until, _LAST_UNTIL, Account.weekly_since, EmailStop.message)
    .join(Account, Account.id == WeeklyList.account_id)
    .outerjoin(
        EmailStop,
        and_(EmailStop.account_id == Account.id, EmailStop.undone_at.is_(None), EmailStop.patient_id.is_(None)),
    )
    .where(WeeklyList.id == _THE_LIST, WeeklyList.account_id == _THE_ACCOUNT)
)
# Parts of another question, which is given the account and the span.
TURNED_OFF = select(EmailStop.patient_id).where(
    EmailStop.account_id == _THE_ACCOUNT,
    EmailStop.undone_at.is_(None),
    EmailStop.message == EVERY,
    EmailStop.patient_id.is_not(None),
)
CHANGES = select(ScheduleChange.id).where(ScheduleChange.made_at > SINCE, ScheduleChange.made_at <= UNTIL)


def span(list_id: int | None, account_id: int | None) -> Span | None:
    """What a list of this account is about: all since the last one that was sent, or since lists were chosen.

    One question. None where the account has no such list.
    """
    rows = _SPAN.ask(the_list=list_id, the_account=account_id)
    if not rows:
        return None
    until, last_until, chosen_at, _ = rows[0]
    began = max((moment for moment in (last_until, chosen_at) if moment is not None), default=until - WEEK)
    return Span(since=began, until=until, off=frozenset(kind for *_, kind in rows if kind is not None))
