"""How many families share, sign in and come: counts only, no family by itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from portal import clinic, clock
from portal.consent.live import LIVE, joined
from portal.db import session
from portal.models import Account, Appointment, AppointmentStatus, Patient, RelatedPerson, Relative

WEEKS = 8
# A smaller group could be recognised.
SMALLEST_GROUP = 5


@dataclass(frozen=True)
class SharingNow:
    """How many patients share something at this moment, with how many relatives, and how many paused."""

    patients: int
    relatives: int
    paused: int


@dataclass(frozen=True)
class Week:
    """Families of one week that begins on `monday`: with a sign-in by its end, and with a session in it."""

    monday: dt.date
    with_sign_in: int
    with_session: int


def sharing_now() -> SharingNow:
    """A patient counts when at least one relative who can sign in has one scope that is live."""
    sharing: Any = (
        session()
        .execute(
            joined(
                func.count(func.distinct(RelatedPerson.patient_id)),
                func.count(func.distinct(RelatedPerson.relative_id)),
            )
            .join(Relative, Relative.id == RelatedPerson.relative_id)
            .join(Account, and_(Account.id == Relative.account_id, Account.active))
            .where(LIVE)
        )
        .one()
    )
    patients, relatives = sharing
    paused = session().scalar(
        select(func.count(Patient.id)).where(Patient.paused_at.is_not(None), Patient.discharged_at.is_(None))
    )
    return SharingNow(patients, relatives, paused or 0)


def by_week() -> list[Week]:
    """The last eight weeks, the current one last. Two questions."""
    today = clinic.today()
    this_monday = today - dt.timedelta(days=today.weekday())
    mondays = [this_monday - dt.timedelta(weeks=n) for n in reversed(range(WEEKS))]
    spans = [(_midnight(monday), _midnight(monday + dt.timedelta(weeks=1))) for monday in mondays]
    sign_ins = (
        session()
        .execute(
            select(*[_families(RelatedPerson.accepted_at < end, RelatedPerson.patient_id) for _, end in spans]).where(
                RelatedPerson.relative_id.is_not(None), RelatedPerson.accepted_at <= clock.now()
            )
        )
        .one()
    )
    sessions = (
        session()
        .execute(
            select(
                *[
                    _families(and_(Appointment.starts_at >= start, Appointment.starts_at < end), Appointment.patient_id)
                    for start, end in spans
                ]
            ).where(
                Appointment.status == AppointmentStatus.CONFIRMED,
                Appointment.starts_at >= spans[0][0],
                Appointment.starts_at < spans[-1][1],
            )
        )
        .one()
    )
    return [Week(*row) for row in zip(mondays, sign_ins, sessions, strict=True)]


def _midnight(day: dt.date) -> dt.datetime:
    return clock.midnight(day, clinic.zone())


def _families(condition: ColumnElement[bool], patient_id: Any) -> ColumnElement[int]:
    return func.count(func.distinct(case((condition, patient_id))))
