"""What several tests of services ask of the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask, g
from sqlalchemy import select

from portal.cast import Person
from portal.consent.own import OwnScheduleEntry
from portal.consent.scopes import BOXES
from portal.consent.shared import SharedScheduleEntry, SharedScope
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.models import Account, OutgoingEmail, Patient, RelatedPerson, Relative, StaffMember
from tests.conftest import patient_id as the_patients_id


def rows(app: Flask, query: Any) -> list[Any]:
    """What a select finds."""
    with app.app_context():
        g.reading = True
        return list(session().scalars(query))


def patient_named(app: Flask, given_name: str) -> int:
    """The number of a patient, also of one without a sign-in."""
    return int(rows(app, select(Patient.id).where(Patient.given_name == given_name))[0])


def related_id(app: Flask, patient_id: int, relative: Person) -> int:
    """The number under which a patient named a relative."""
    query = select(RelatedPerson.id).where(
        RelatedPerson.patient_id == patient_id, RelatedPerson.email == relative.email
    )
    return int(rows(app, query)[0])


def person_id(app: Flask, patient: Person, relative: Person) -> int:
    """The same, for a patient with a sign-in."""
    return related_id(app, the_patients_id(app, patient), relative)


def account_of(app: Flask, person: Person) -> int:
    """The number of somebody's account."""
    return int(rows(app, select(Account.id).where(Account.email == person.email))[0])


def staff(person: Person) -> StaffMember:
    """Somebody of the clinic as a row of this context's session."""
    return session().scalars(select(StaffMember).join(Account).where(Account.email == person.email)).one()


def sees(app: Flask, relative: Person, patient_id: int) -> set[str]:
    """What a relative sees of a patient at this moment; not what session times say besides."""
    query = select(Relative.id).join(Account).where(Account.email == relative.email)
    viewer = Viewer(account_id=None, relative_id=rows(app, query)[0], only_patient_id=patient_id, is_counted=False)
    with app.app_context(), viewing_as(viewer):
        g.reading = True
        return {row.scope for row in session().scalars(select(SharedScope)) if row.scope in BOXES}


def scopes_of(app: Flask, relative: Person, patient: Person) -> set[str]:
    """The same, for a patient with a sign-in."""
    return sees(app, relative, the_patients_id(app, patient))


def sessions_seen(app: Flask, who: Person, patient: Person) -> list[dt.datetime]:
    """When the sessions begin that a relative, or the patient, sees on the patient's timetable."""
    is_own = who == patient
    as_relative = select(Relative.id).join(Account).where(Account.email == who.email)
    me = the_patients_id(app, who) if is_own else rows(app, as_relative)[0]
    seen_as = Viewer(account_id=None, is_counted=False, **{"patient_id" if is_own else "relative_id": me})
    entries = OwnScheduleEntry if is_own else SharedScheduleEntry
    mine = select(entries.starts_at).where(entries.patient_id == the_patients_id(app, patient))
    with app.app_context(), viewing_as(seen_as):
        return sorted(session().scalars(mine))


def mail_to(app: Flask, person: Person) -> list[tuple[str, str | None, str | None]]:
    """Email queued for somebody: its kind, what became of it, and why."""
    query = select(OutgoingEmail).where(OutgoingEmail.account_id == account_of(app, person)).order_by(OutgoingEmail.id)
    return [(email.message, email.outcome, email.reason) for email in rows(app, query)]
