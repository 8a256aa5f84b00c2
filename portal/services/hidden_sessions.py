"""One session kept from one person, or from everybody, and shown again: at once and without a signature.

Nothing that was signed changes: hiding gives less than was agreed to, showing again gives back what was. So no notice
goes out; it is on record, and stands beside the session.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from portal import clock
from portal.db import session
from portal.errors import NotShared
from portal.models import Act, HiddenSession, Patient, RelatedPerson, ScheduleEntry, TimetableMember
from portal.services import fence
from portal.services.consent_steps import lock_patient, note, related_person


def hide(patient_id: int, entry_id: int, related_person_id: int | None = None) -> None:
    """Keep a session from one person, or from everybody. Hiding it twice is hiding it once.

    Nothing that tells of it starts after this has returned. Raises NotShared when it is not the patient's session.
    """
    patient, person = _theirs(patient_id, entry_id, related_person_id)
    if not _rows(patient, entry_id, person):
        session().add(
            HiddenSession(
                patient_id=patient.id,
                entry_id=entry_id,
                related_person_id=person.id if person else None,
                hidden_at=clock.now(),
            )
        )
        note(patient, Act.HIDDEN, person, what="session")
    fence.wait_for_the_postman(patient.id, fence.accounts_of([person] if person else patient.related_people))


def show(patient_id: int, entry_id: int, related_person_id: int | None = None) -> None:
    """Let one person, or everybody, see a session again as far as what was signed lets them. Raises NotShared."""
    patient, person = _theirs(patient_id, entry_id, related_person_id)
    hidden = _rows(patient, entry_id, person)
    if hidden:
        session().execute(delete(HiddenSession).where(HiddenSession.id.in_(hidden)))
        note(patient, Act.SHOWN, person, what="session")


def _theirs(patient_id: int, entry_id: int, related_person_id: int | None) -> tuple[Patient, RelatedPerson | None]:
    patient = lock_patient(patient_id)
    on_it = select(ScheduleEntry.id).join(TimetableMember, TimetableMember.timetable_id == ScheduleEntry.timetable_id)
    if session().scalar(on_it.where(ScheduleEntry.id == entry_id, TimetableMember.patient_id == patient.id)) is None:
        raise NotShared
    return patient, related_person(patient, related_person_id) if related_person_id is not None else None


def _rows(patient: Patient, entry_id: int, person: RelatedPerson | None) -> list[int]:
    return list(
        session().scalars(
            select(HiddenSession.id).where(
                HiddenSession.patient_id == patient.id,
                HiddenSession.entry_id == entry_id,
                HiddenSession.related_person_id.is_(None)
                if person is None
                else HiddenSession.related_person_id == person.id,
            )
        )
    )
