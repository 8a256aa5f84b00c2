"""Whose timetable a calendar file is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from portal.db import session
from portal.exchange.calendar_lines import BadCalendar
from portal.exchange.fhir_export import NoSuchPatient, patient_called
from portal.exchange.fhir_export_parts import id_of
from portal.models import Program, Timetable, TimetableMember

SOURCE = re.compile(r"[a-z0-9-]{1,20}")


@dataclass(frozen=True)
class Target:
    """Whose timetable it is: a program's, by name, or one patient's, by id. `source` tells calendars of one apart."""

    source: str
    program: str = ""
    person: str = ""


def timetable_of(target: Target) -> tuple[Timetable, int | None]:
    """The timetable, and the patient's number where it is one's own. Raises BadCalendar."""
    if not SOURCE.fullmatch(target.source):
        raise BadCalendar("Name the source with at most 20 small letters, digits and hyphens.")
    if target.program:
        found = session().scalar(
            select(Timetable).join(Program).where(Program.name == target.program).order_by(Timetable.id)
        )
        if found is None:
            names = ", ".join(session().scalars(select(Program.name).order_by(Program.name)))
            raise BadCalendar(f"There is no program of this name. There are: {names or 'none'}.")
        return found, None
    try:
        patient = patient_called(target.person)
    except NoSuchPatient as nobody:
        raise BadCalendar(str(nobody)) from None
    name = f"Patient/{id_of(patient)}"
    found = session().scalar(select(Timetable).where(Timetable.external_id == name))
    if found is None:
        found = Timetable(external_id=name)
        session().add_all([found, TimetableMember(patient_id=patient.id, timetable=found)])
        session().flush()
    return found, patient.id
