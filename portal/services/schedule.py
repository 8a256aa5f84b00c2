"""The sessions of one day at the clinic, and those of one patient that are still to come."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from portal import clinic, clock
from portal.db import session
from portal.models import (
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Kind,
    Patient,
    ScheduleEntry,
    StaffMember,
    Timetable,
    TimetableMember,
)


@dataclass(frozen=True)
class Who:
    """A patient as a board that faces a corridor may name them: first letter and family name."""

    patient_id: int
    ref: str
    given_name: str
    family_name: str

    @property
    def short(self) -> str:
        return short_name(self.given_name, self.family_name)


@dataclass(frozen=True)
class DaySession:
    """One session of a day. `who` is set when it is about one patient, `people` counts the others' groups.

    `ref` labels a session of a timetable, `booking_ref` a family session that somebody booked.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime
    kind: str
    name: str
    place: str
    status: str
    people: int
    relatives: int = 0
    who: Who | None = None
    with_name: str = ""
    was_at: dt.datetime | None = None
    is_hidden: bool = False
    ref: str = ""
    booking_ref: str = ""


def short_name(given_name: str, family_name: str) -> str:
    """ "S. Rivera"; the given name alone where there is no family name."""
    if not family_name:
        return given_name
    return f"{given_name[:1]}. {family_name}"


def sessions_on(day: dt.date) -> list[DaySession]:
    """Every session of one day, of all timetables and all therapists, by time. Three questions."""
    return sessions_between(day, day)


def sessions_between(first: dt.date, last: dt.date) -> list[DaySession]:
    """The same for the days from `first` to `last`, both included. Three questions, however many days."""
    began, ended = clock.midnight(first, clinic.zone()), clock.midnight(last + dt.timedelta(days=1), clinic.zone())
    return sorted(
        [*_from_timetables(began, ended), *_family_sessions(began, ended)],
        key=lambda one: (one.starts_at, one.ends_at, one.name),
    )


def to_come(patient_id: int, days: int = 14) -> list[DaySession]:
    """The sessions of one patient from today on, for so many days."""
    began = clinic.today_began()
    ended = clock.midnight(clinic.today() + dt.timedelta(days=days), clinic.zone())
    return sorted(
        [*_from_timetables(began, ended, patient_id), *_family_sessions(began, ended, patient_id)],
        key=lambda one: (one.starts_at, one.ends_at),
    )


def _from_timetables(began: dt.datetime, ended: dt.datetime, patient_id: int | None = None) -> list[DaySession]:
    in_treatment = and_(Patient.id == TimetableMember.patient_id, Patient.discharged_at.is_(None))
    people = (
        select(TimetableMember.timetable_id, func.count(Patient.id).label("people"))
        .join(Patient, in_treatment)
        .group_by(TimetableMember.timetable_id)
        .subquery()
    )
    asked = (
        select(ScheduleEntry, Timetable.name, Timetable.program_id, StaffMember.name, people.c.people)
        .join(Timetable, Timetable.id == ScheduleEntry.timetable_id)
        .outerjoin(StaffMember, StaffMember.id == ScheduleEntry.leader_id)
        .outerjoin(people, people.c.timetable_id == ScheduleEntry.timetable_id)
        .where(ScheduleEntry.starts_at >= began, ScheduleEntry.starts_at < ended)
    )
    if patient_id is not None:
        asked = asked.where(
            ScheduleEntry.timetable_id.in_(
                select(TimetableMember.timetable_id).where(TimetableMember.patient_id == patient_id)
            )
        )
    rows = session().execute(asked).all()
    persons_own = {entry.timetable_id for entry, _, program_id, *_ in rows if program_id is None}
    members = _members(persons_own)
    sessions = []
    for entry, name, program_id, leader, count in rows:
        only = members[entry.timetable_id][0] if len(members[entry.timetable_id]) == 1 else None
        sessions.append(
            DaySession(
                starts_at=entry.starts_at,
                ends_at=entry.ends_at,
                kind=entry.kind,
                name=name if program_id is not None else "",
                place=entry.place,
                status=entry.status,
                people=count or 0,
                who=only,
                with_name=leader or "",
                was_at=entry.was_at,
                is_hidden=entry.is_hidden,
                ref=entry.ref,
            )
        )
    return sessions


def _members(timetable_ids: set[int]) -> dict[int, list[Who]]:
    """Who is on the timetables that belong to single persons."""
    members: dict[int, list[Who]] = defaultdict(list)
    for timetable_id, patient_id, ref, given_name, family_name in session().execute(
        select(TimetableMember.timetable_id, Patient.id, Patient.ref, Patient.given_name, Patient.family_name)
        .join(Patient, Patient.id == TimetableMember.patient_id)
        .where(TimetableMember.timetable_id.in_(timetable_ids))
    ):
        members[timetable_id].append(Who(patient_id, ref, given_name, family_name))
    return members


def _family_sessions(began: dt.datetime, ended: dt.datetime, patient_id: int | None = None) -> Sequence[DaySession]:
    asked = (
        select(
            Appointment.ref,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.mode,
            Appointment.place,
            Appointment.status,
            StaffMember.name,
            func.count(AppointmentParticipant.relative_id),
            Patient.id,
            Patient.ref,
            Patient.given_name,
            Patient.family_name,
        )
        .join(Patient, Patient.id == Appointment.patient_id)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .outerjoin(
            AppointmentParticipant,
            and_(AppointmentParticipant.appointment_id == Appointment.id, AppointmentParticipant.left_at.is_(None)),
        )
        .where(
            Appointment.starts_at >= began,
            Appointment.starts_at < ended,
            Appointment.status != AppointmentStatus.PROPOSED,
        )
        .group_by(Appointment.id, StaffMember.id, Patient.id)
    )
    if patient_id is not None:
        asked = asked.where(Appointment.patient_id == patient_id)
    return [
        DaySession(
            starts_at=starts_at,
            ends_at=ends_at,
            kind=Kind.FAMILY,
            name="",
            place=place or mode,
            status=status,
            people=1,
            relatives=relatives,
            who=Who(*who),
            with_name=with_name,
            booking_ref=ref,
        )
        for ref, starts_at, ends_at, mode, place, status, with_name, relatives, *who in session().execute(asked)
    ]
