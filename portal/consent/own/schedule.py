"""A patient’s own sessions, and the days on which the clinic is closed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Mapped

from portal.consent.live import BEFORE_LEAVING
from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT, TODAY, TODAY_BEGAN
from portal.models import Closure, HiddenSession, Patient, ScheduleEntry, TimetableMember


class OwnScheduleEntry(Own):
    """A session on the patient's own timetables, from today on."""

    __table__ = (
        select(
            ScheduleEntry.id,
            ScheduleEntry.ref,
            TimetableMember.patient_id,
            ScheduleEntry.starts_at,
            ScheduleEntry.ends_at,
            ScheduleEntry.kind,
            ScheduleEntry.status,
            ScheduleEntry.place,
            ScheduleEntry.was_at,
            ScheduleEntry.is_hidden,
        )
        .select_from(TimetableMember)
        .join(Patient, Patient.id == TimetableMember.patient_id)
        .join(ScheduleEntry, ScheduleEntry.timetable_id == TimetableMember.timetable_id)
        .where(
            Patient.id == THE_PATIENT,
            ScheduleEntry.starts_at >= TODAY_BEGAN,
            BEFORE_LEAVING,
        )
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    patient_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    kind: Mapped[str]
    status: Mapped[str]
    place: Mapped[str]
    was_at: Mapped[dt.datetime | None]
    is_hidden: Mapped[bool]


class OwnHiddenSession(Own):
    """A session the patient keeps from one of their people, or from everybody."""

    __table__ = (
        select(HiddenSession.id, HiddenSession.entry_id, HiddenSession.related_person_id)
        .where(HiddenSession.patient_id == THE_PATIENT)
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    entry_id: Mapped[int]
    related_person_id: Mapped[int | None]


class OwnClosure(Own):
    """Days to come on which the clinic, or the patient's own program, is closed."""

    __table__ = (
        select(Closure.id, Closure.starts_on, Closure.ends_on, Closure.name)
        .where(
            Closure.ends_on >= TODAY,
            or_(
                Closure.program_id.is_(None),
                Closure.program_id.in_(select(Patient.program_id).where(Patient.id == THE_PATIENT)),
            ),
        )
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    name: Mapped[str]
