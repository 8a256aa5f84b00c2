"""Reminders of family sessions: queued for those who said yes once it is confirmed, ended when it is not any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from portal import clinic, clock
from portal.db import session
from portal.emails import outbox
from portal.emails.reminder_times import REMINDERS, due
from portal.models import Account, Appointment, AppointmentStatus, OutgoingEmail

IS_REMINDER = OutgoingEmail.message.in_(REMINDERS)
MOVED, CANCELLED = "moved meanwhile", "cancelled meanwhile"


def plan(appointment: Appointment, accounts: Collection[int]) -> None:
    """Queue the reminders of a confirmed session that are still to come; one that waits already waits on."""
    if appointment.status != AppointmentStatus.CONFIRMED or not accounts:
        return
    now = clock.now()
    zones = _zones(accounts)
    known = _known(appointment, accounts)
    for account_id in accounts:
        waiting = {message for message, sent_at in known.get(account_id, []) if sent_at is None}
        last_sent = max((sent_at for _, sent_at in known.get(account_id, []) if sent_at is not None), default=None)
        for message, due_at in due(appointment.starts_at, now, clinic.zone(), zones[account_id], last_sent):
            if message not in waiting:
                outbox.queue(
                    message,
                    to=account_id,
                    patient_id=appointment.patient_id,
                    about_id=appointment.id,
                    due_at=due_at,
                )


def end(appointment: Appointment, accounts: Collection[int] | None = None, *, reason: str) -> None:
    """End the reminders of a session that wait, for everybody or for `accounts`."""
    for account_id in [None] if accounts is None else accounts:
        outbox.withhold_waiting(
            IS_REMINDER,
            OutgoingEmail.about_id == appointment.id,
            patient_id=appointment.patient_id,
            account_id=account_id,
            reason=reason,
        )


def keep_to_the_hours_of(account_id: int) -> None:
    """Move the reminders that wait to the hours of the zone which the account has chosen now."""
    now, zone = clock.now(), _zones([account_id])[account_id]
    waiting = session().execute(
        select(OutgoingEmail, Appointment.starts_at)
        .join(Appointment, Appointment.id == OutgoingEmail.about_id)
        .where(
            IS_REMINDER,
            OutgoingEmail.account_id == account_id,
            OutgoingEmail.ended_at.is_(None),
            OutgoingEmail.due_at > now,
            OutgoingEmail.attempts == 0,
        )
    )
    for email, starts_at in waiting.all():
        due_at = dict(due(starts_at, now, clinic.zone(), zone)).get(email.message)
        if due_at is None:
            email.ended_at, email.outcome, email.reason = now, outbox.WITHHELD, MOVED
        else:
            email.due_at = due_at


def _zones(accounts: Collection[int]) -> dict[int, ZoneInfo]:
    rows = session().execute(select(Account.id, Account.time_zone).where(Account.id.in_(accounts)))
    return {account_id: ZoneInfo(name) if name else clinic.zone() for account_id, name in rows}


def _known(
    appointment: Appointment, accounts: Collection[int]
) -> dict[int | None, list[tuple[str, dt.datetime | None]]]:
    """By account: the reminders of a session that wait, and those that went, with when they did."""
    rows = session().execute(
        select(OutgoingEmail.account_id, OutgoingEmail.message, OutgoingEmail.ended_at).where(
            IS_REMINDER,
            OutgoingEmail.about_id == appointment.id,
            OutgoingEmail.account_id.in_(accounts),
            or_(OutgoingEmail.ended_at.is_(None), OutgoingEmail.outcome == outbox.SENT),
        )
    )
    found: dict[int | None, list[tuple[str, dt.datetime | None]]] = {}
    for account_id, message, sent_at in rows:
        found.setdefault(account_id, []).append((message, sent_at))
    return found
