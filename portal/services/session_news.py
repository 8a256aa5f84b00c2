"""Who is told of a family session that was booked, moved or cancelled: those who come to it, each once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from portal.db import session
from portal.emails import outbox
from portal.models import Appointment, AppointmentParticipant, Relative, Says


def booked(appointment: Appointment, accounts: Collection[int] | None = None) -> None:
    """Queue the news that it is confirmed, for those who said yes or for `accounts`."""
    _tell("booking_confirmed", appointment, coming(appointment) if accounts is None else accounts)


def asked(appointment: Appointment, account_id: int) -> None:
    """Queue the news that somebody's yes to it is missing."""
    _tell("booking_asked", appointment, [account_id])


def moved(appointment: Appointment) -> None:
    """Queue the news that it is at another time, for everybody in it."""
    _tell("booking_moved", appointment, in_it(appointment))


def cancelled(appointment: Appointment, accounts: Collection[int] | None = None) -> None:
    """Queue the news that it does not take place, for everybody in it or for `accounts`."""
    _tell("booking_cancelled", appointment, in_it(appointment) if accounts is None else accounts)


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
