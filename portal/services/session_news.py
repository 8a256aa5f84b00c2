"""Who is told of a family session that was booked, moved or cancelled, and reminded: those who come to it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from portal import clock
from portal.db import session
from portal.emails import outbox
from portal.models import (
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    OutgoingEmail,
    Relative,
    Says,
)
from portal.services import reminders


def booked(appointment: Appointment, accounts: Collection[int] | None = None) -> None:
    """Queue the news that it is confirmed, and its reminders, for those who said yes or for `accounts`."""
    whom = coming(appointment) if accounts is None else accounts
    _tell("booking_confirmed", appointment, whom)
    reminders.plan(appointment, whom)


def asked(appointment: Appointment, account_id: int) -> None:
    """Queue the news that somebody's yes to it is missing."""
    _tell("booking_asked", appointment, [account_id])


def moved(appointment: Appointment) -> None:
    """Queue the news that it is at another time, for everybody in it; who still comes is reminded of that one."""
    _tell("booking_moved", appointment, in_it(appointment))
    reminders.end(appointment, reason=reminders.MOVED)
    reminders.plan(appointment, coming(appointment))


def cancelled(appointment: Appointment, accounts: Collection[int] | None = None) -> None:
    """Queue the news that it does not take place, for everybody in it or for `accounts`."""
    _tell("booking_cancelled", appointment, in_it(appointment) if accounts is None else accounts)
    reminders.end(appointment, accounts, reason=reminders.CANCELLED)


def declined(appointment: Appointment, account_id: int) -> None:
    """Nothing for somebody who says no, unless they were told before that it is booked: it is cancelled for them."""
    told = select(OutgoingEmail.id).where(
        OutgoingEmail.account_id == account_id,
        OutgoingEmail.about_id == appointment.id,
        OutgoingEmail.message == "booking_confirmed",
        OutgoingEmail.outcome.is_distinct_from(outbox.WITHHELD),
    )
    if session().scalar(told.limit(1)) is not None:
        cancelled(appointment, [account_id])


def remind_again(patient_id: int) -> None:
    """Queue the reminders that ended with a patient's sharing, now that they share again."""
    to_come = select(Appointment).where(
        Appointment.patient_id == patient_id,
        Appointment.status == AppointmentStatus.CONFIRMED,
        Appointment.starts_at > clock.now(),
    )
    for appointment in session().scalars(to_come.order_by(Appointment.id)):
        reminders.plan(appointment, coming(appointment))


def in_it(appointment: Appointment) -> list[int]:
    """The accounts of the relatives in it who have not left, whether they answered or not."""
    return _accounts(appointment, tuple(Says))


def coming(appointment: Appointment) -> list[int]:
    """The accounts of the relatives who said yes to it and have not left."""
    return _accounts(appointment, (Says.ACCEPTED,))


def _accounts(appointment: Appointment, saying: Collection[str]) -> list[int]:
    return list(
        session().scalars(
            select(Relative.account_id)
            .join(AppointmentParticipant, AppointmentParticipant.relative_id == Relative.id)
            .where(
                AppointmentParticipant.appointment_id == appointment.id,
                AppointmentParticipant.left_at.is_(None),
                AppointmentParticipant.says.in_(saying),
            )
            .order_by(Relative.id)
        )
    )


def _tell(message: str, appointment: Appointment, accounts: Collection[int]) -> None:
    for account_id in accounts:
        outbox.queue(message, to=account_id, patient_id=appointment.patient_id, about_id=appointment.id)
