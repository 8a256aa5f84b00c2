"""What several tests of the clinic's doors ask of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, g
from sqlalchemy import event, select

from portal.cast import Person
from portal.db import db, session
from portal.models import Account, Act, Patient, RecordEntry, RelatedPerson, Relative


def patient_ref(app: Flask, given_name: str) -> str:
    """The ref under which the care team finds a person in treatment of the cast."""
    with app.app_context():
        g.reading = True
        return session().scalars(select(Patient.ref).where(Patient.given_name == given_name)).one()


def related_ref(app: Flask, patient: str, relative: Person) -> str:
    """The ref of somebody whom a person in treatment named."""
    with app.app_context():
        g.reading = True
        return (
            session()
            .scalars(
                select(RelatedPerson.ref)
                .join(Patient, Patient.id == RelatedPerson.patient_id)
                .join(Relative, Relative.id == RelatedPerson.relative_id)
                .join(Account, Account.id == Relative.account_id)
                .where(Patient.given_name == patient, Account.email == relative.email)
            )
            .one()
        )


def looks_of(app: Flask, person: Person) -> list[tuple[str, str]]:
    """What somebody looked at, and of whom, in the order of the record."""
    with app.app_context():
        g.reading = True
        rows = session().execute(
            select(RecordEntry.what, Patient.given_name)
            .join(Account, Account.id == RecordEntry.account_id)
            .join(Patient, Patient.id == RecordEntry.patient_id)
            .where(RecordEntry.act == Act.LOOKED, Account.email == person.email)
            .order_by(RecordEntry.id)
        )
        return [(what, name) for what, name in rows]


@contextmanager
def questions_to_the_database(app: Flask) -> Iterator[list[str]]:
    """The statements that the database was asked inside."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *more: object) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
