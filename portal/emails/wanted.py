"""Whether a reader wants an email, now or later, and whether they know already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal import clinic
from portal.emails import quiet_hours
from portal.emails.letters import IN_THE_WEEKLY_LIST, KIND_OF, SAFETY, About
from portal.emails.outbox import SENT
from portal.emails.quiet_hours import TOO_SOON_TO_WAIT
from portal.emails.reminder_times import REMINDERS
from portal.models import Account, Appointment, EmailLevel, EmailStop, OutgoingEmail, ScheduleEntry, TimetableMember

# A stop of this kind is one of every kind, about one patient.
EVERY = "every"


def has_stopped(kind: Any, account_id: Any, patient_id: Any) -> ColumnElement[bool]:
    """Whether a row of `EmailStop` turns this kind off for an account, where it depends on this patient."""
    return and_(
        EmailStop.account_id == account_id,
        EmailStop.undone_at.is_(None),
        EmailStop.message.in_((kind, EVERY)),
        or_(EmailStop.patient_id.is_(None), EmailStop.patient_id == patient_id),
    )


UNWANTED = "the reader turned this kind off"
DOES_NOT_WORK = "the address does not work"
_KIND = case(KIND_OF, value=OutgoingEmail.message, else_=OutgoingEmail.message)


def is_wanted(session: Session, row: OutgoingEmail) -> bool:
    """Whether the reader wants email of this kind, and gets any."""
    return not why_not(session, [row])


def why_not(session: Session, rows: Sequence[OutgoingEmail]) -> dict[int, str]:
    """Why those of these emails, by their ids, are not sent. One question, however many there are."""
    stopped = set(
        session.scalars(
            select(OutgoingEmail.id)
            .join(EmailStop, has_stopped(_KIND, OutgoingEmail.account_id, OutgoingEmail.patient_id))
            .where(OutgoingEmail.id.in_([row.id for row in rows]))
        )
    )
    reasons = ((row.id, _why_not(row, row.account, is_off=row.id in stopped)) for row in rows if row.account)
    return {row_id: reason for row_id, reason in reasons if reason is not None}


def _why_not(row: OutgoingEmail, account: Account, *, is_off: bool) -> str | None:
    """What keeps an account safe goes to every active one, and what others did with somebody's choices is wanted by
    everybody."""
    if not account.active:
        return UNWANTED
    if row.message in SAFETY:
        return None
    by_others = row.message == "sharing_changed" and not row.is_own_act
    chose_none = account.wants_email == EmailLevel.NONE or is_off
    has_no_list = row.message == "weekly_list" and account.weekly_day is None
    if not by_others and (chose_none or has_no_list):
        return UNWANTED
    return DOES_NOT_WORK if account.email_failed_at is not None else None


def is_told(session: Session, about: About, account_id: int | None) -> bool:
    """Whether an email about the same change of the schedule, for somebody else close to the reader, has gone."""
    same = (
        OutgoingEmail.message == about.message,
        OutgoingEmail.about_id == about.about_id,
        OutgoingEmail.account_id == account_id,
    )
    return session.scalar(select(OutgoingEmail.id).where(*same, OutgoingEmail.outcome == SENT).limit(1)) is not None


def is_for_the_list(row: OutgoingEmail) -> bool:
    """Whether the reader gets this in a weekly list instead. What was queued before they chose lists is in none."""
    if row.account is None or row.account.weekly_day is None or row.message not in IN_THE_WEEKLY_LIST:
        return False
    return row.account.weekly_since is None or row.queued_at > row.account.weekly_since


def not_before(session: Session, row: OutgoingEmail, now: dt.datetime) -> dt.datetime | None:
    """When the reader's quiet hours are over, for an email that waits for that; None for one that may go now.

    What keeps an account safe goes at any hour, and so does news of what begins soon. Reminders have times of
    their own.
    """
    account = row.account
    if account is None or row.message in SAFETY or row.message in REMINDERS:
        return None
    zone = ZoneInfo(account.time_zone) if account.time_zone else clinic.zone()
    over = quiet_hours.over_at(now, account.quiet_from, account.quiet_until, zone)
    if over is None:
        return None
    begins = _begins_at(session, row)
    return None if begins is not None and begins < max(now + TOO_SOON_TO_WAIT, over) else over


def _begins_at(session: Session, row: OutgoingEmail) -> dt.datetime | None:
    """The first moment that an email is about; for a time that is kept for the reader, when it is given up."""
    if row.message == "schedule_changed":
        return _first_change(session, row)
    if not (row.message.startswith("booking_") or row.message == "time_opened"):
        return None
    found = session.execute(
        select(Appointment.starts_at, Appointment.was_at, Appointment.held_until).where(Appointment.id == row.about_id)
    ).first()
    return min((moment for moment in found or () if moment is not None), default=None)


def _first_change(session: Session, row: OutgoingEmail) -> dt.datetime | None:
    changed = or_(
        ScheduleEntry.change_id == row.about_id,
        ScheduleEntry.place_change_id == row.about_id,
        ScheduleEntry.kind_change_id == row.about_id,
    )
    theirs = select(TimetableMember.timetable_id).where(TimetableMember.patient_id == row.patient_id)
    first = session.execute(
        select(func.min(ScheduleEntry.starts_at), func.min(ScheduleEntry.was_at)).where(
            ScheduleEntry.timetable_id.in_(theirs),
            ScheduleEntry.starts_at > row.queued_at,
            ScheduleEntry.is_hidden.is_(False),
            changed,
        )
    )
    return min((moment for moment in first.one() if moment is not None), default=None)
