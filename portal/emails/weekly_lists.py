"""The weekly list of a reader: on which day it is due, and what it may be about, as far as the reader chose that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from portal.db import session
from portal.emails.outbox import SENT
from portal.emails.wanted import EVERY
from portal.models import Account, EmailStop, OutgoingEmail, ScheduleChange, WeeklyList

MESSAGE = "weekly_list"
# When it comes, on the reader's own clock.
NINE = dt.time(9)
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """What came after `since` and not after `until` is in one list, without kinds and patients that were turned off."""

    since: dt.datetime
    until: dt.datetime
    off: frozenset[str]
    without: frozenset[int]


def day_due(now: dt.datetime, weekly_day: int, zone: ZoneInfo) -> dt.date | None:
    """The reader's own day, when it is the day of their list and nine has passed on their clock."""
    wall = now.astimezone(zone)
    return wall.date() if wall.weekday() == weekly_day and wall.time() >= NINE else None


def span(list_id: int | None, account_id: int | None) -> Span | None:
    """What a list of this account is about: all since the last one that was sent, or since lists were chosen.

    One question. None where the account has no such list.
    """
    earlier = aliased(WeeklyList)
    sent = and_(
        OutgoingEmail.account_id == WeeklyList.account_id,
        OutgoingEmail.message == MESSAGE,
        OutgoingEmail.outcome == SENT,
    )
    last_until = (
        select(func.max(earlier.until))
        .join(OutgoingEmail, OutgoingEmail.about_id == earlier.id)
        .where(sent, earlier.account_id == WeeklyList.account_id, earlier.id < WeeklyList.id)
        .correlate(WeeklyList)
        .scalar_subquery()
    )
    rows = (
        session()
        .execute(
            select(WeeklyList.until, last_until, Account.weekly_since, EmailStop.message, EmailStop.patient_id)
            .join(Account, Account.id == WeeklyList.account_id)
            .outerjoin(EmailStop, and_(EmailStop.account_id == Account.id, EmailStop.undone_at.is_(None)))
            .where(WeeklyList.id == list_id, WeeklyList.account_id == account_id)
        )
        .all()
    )
    if not rows:
        return None
    until, last_until_, chosen_at, _, _ = rows[0]
    began = max((moment for moment in (last_until_, chosen_at) if moment is not None), default=until - WEEK)
    return Span(
        since=began,
        until=until,
        off=frozenset(kind for *_, kind, patient_id in rows if kind is not None and patient_id is None),
        without=frozenset(patient_id for *_, kind, patient_id in rows if kind == EVERY and patient_id is not None),
    )


def changes(within: Span) -> Select[int]:
    """The changes of the schedule that a list tells of."""
    made_at = ScheduleChange.made_at
    return select(ScheduleChange.id).where(made_at > within.since, made_at <= within.until)
