"""Where somebody is on their planned way, for those who may know and as long as it is not hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal import clinic
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.consent.shared import SharedWeeks
from portal.db import session


@dataclass(frozen=True)
class Weeks:
    """Week `week` of `weeks`, both counted from one."""

    person: SharedPerson
    week: int
    weeks: int


def planned_weeks(whose: Sequence[SharedPerson]) -> list[Weeks]:
    """The weeks of those of `whose` who share session times and show them, by name. One question at most."""
    by_patient = {person.patient_id: person for person in whose if Scope.TIMES in person.scopes}
    if not by_patient:
        return []
    rows = session().scalars(select(SharedWeeks).where(SharedWeeks.patient_id.in_(by_patient)))
    found = [
        Weeks(by_patient[row.patient_id], (clinic.today() - row.started_on).days // 7 + 1, row.weeks) for row in rows
    ]
    return sorted(
        (one for one in found if 1 <= one.week <= one.weeks), key=lambda one: (one.person.known_as, one.person.ref)
    )
