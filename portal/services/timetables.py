"""Whose sessions they are: the timetables of the programs and of single people, and the series on each of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal import clinic, clock
from portal.db import session
from portal.errors import NotShared
from portal.models import (
    Patient,
    Program,
    ScheduleEntry,
    Series,
    StaffMember,
    StaffRole,
    Status,
    Timetable,
    TimetableMember,
)
from portal.refs import ref_for
from portal.services.schedule import short_name


@dataclass(frozen=True)
class Whose:
    """A timetable as the care team reads it: a program's with its name, or one person's with theirs."""

    timetable_id: int
    name: str
    people: int
    program_id: int | None = None
    patient_id: int | None = None
    patient_ref: str = ""

    @property
    def ref(self) -> str:
        """What stands for it in a form."""
        return ref_for("timetable", str(self.timetable_id))


# Questions


def of_programs() -> list[Whose]:
    """The timetables of the programs, by name, with how many people in treatment are on each."""
    return [one for one in everybodys() if one.program_id is not None]


def everybodys() -> list[Whose]:
    """Every timetable: the programs' first, by name, then those of single people in treatment. One question."""
    people = func.count(Patient.id)
    one_of = (Patient.id, Patient.ref, Patient.given_name, Patient.family_name)
    rows = session().execute(
        select(Timetable, people, *(func.max(one) for one in one_of))
        .outerjoin(TimetableMember, TimetableMember.timetable_id == Timetable.id)
        .outerjoin(Patient, (Patient.id == TimetableMember.patient_id) & Patient.discharged_at.is_(None))
        .group_by(Timetable.id)
    )
    found = []
    for table, count, *who in rows:
        patient_id, patient_ref, given_name, family_name = who
        if table.program_id is not None:
            found.append(Whose(table.id, table.name, count, program_id=table.program_id))
        elif count == 1:
            name = short_name(given_name, family_name)
            found.append(Whose(table.id, name, 1, patient_id=patient_id, patient_ref=patient_ref))
    return sorted(found, key=lambda one: (one.program_id is None, one.name))


def by_id(timetable_id: int) -> Whose:
    """The timetable with this number. Raises NotShared for one that is nobody's."""
    return _only([one for one in everybodys() if one.timetable_id == timetable_id])


def by_ref(ref: str) -> Whose:
    """The timetable that `ref` stands for in a form. Raises NotShared."""
    return _only([one for one in everybodys() if one.ref == ref])


def program_ref(program: Program) -> str:
    """What stands for a program in a form."""
    return ref_for("program", str(program.id))


def programs() -> list[Program]:
    """Every program, by name."""
    return list(session().scalars(select(Program).order_by(Program.name)))


def leaders() -> list[StaffMember]:
    """Everybody who can lead a session, by name."""
    rows = session().scalars(select(StaffMember).order_by(StaffMember.name))
    return [one for one in rows if one.has_role(StaffRole.THERAPIST, StaffRole.COORDINATOR)]


def series_to_come() -> list[Series]:
    """Series of which a session is still to come, and drafts, by the time of day. One question."""
    last = (
        select(ScheduleEntry.series_id, func.max(ScheduleEntry.starts_at).label("at"))
        .group_by(ScheduleEntry.series_id)
        .subquery()
    )
    rows = session().scalars(
        select(Series)
        .options(joinedload(Series.leader))
        .outerjoin(last, last.c.series_id == Series.id)
        .where((last.c.at > clock.now()) | Series.published_at.is_(None))
        .order_by(Series.wall_time, Series.id)
    )
    return list(rows)


def sessions_of(series: Series) -> list[ScheduleEntry]:
    """The sessions of a series from today on, by time."""
    rows = session().scalars(
        select(ScheduleEntry)
        .where(ScheduleEntry.series_id == series.id, ScheduleEntry.starts_at >= clinic.today_began())
        .order_by(ScheduleEntry.starts_at)
    )
    return list(rows)


def how_many_to_come(entry: ScheduleEntry) -> tuple[int, int]:
    """Of the series of a session, how many take place from it on, and how many at all, of those not over."""
    rows = session().scalars(
        select(ScheduleEntry.recurrence_id).where(
            ScheduleEntry.series_id == entry.series_id,
            ScheduleEntry.starts_at > clock.now(),
            ScheduleEntry.status != Status.CANCELLED,
        )
    )
    starts = [one for one in rows if one is not None]
    return sum(one >= entry.recurrence_id for one in starts if entry.recurrence_id), len(starts)


# Acts


def of_person(patient: Patient) -> Timetable:
    """The timetable of this person alone, begun when there is none."""
    alone = (
        select(TimetableMember.timetable_id)
        .group_by(TimetableMember.timetable_id)
        .having(func.count(TimetableMember.patient_id) == 1, func.max(TimetableMember.patient_id) == patient.id)
    )
    table = session().scalar(
        select(Timetable).where(Timetable.program_id.is_(None), Timetable.id.in_(alone)).order_by(Timetable.id)
    )
    if table is None:
        table = Timetable(members=[TimetableMember(patient_id=patient.id)])
        session().add(table)
        session().flush()
    return table


def _only(found: list[Whose]) -> Whose:
    if len(found) != 1:
        raise NotShared
    return found[0]
