"""The session knows only mapped classes and one viewer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, g
from sqlalchemy import func, literal, select, text

from portal.consent.own import Own, OwnSelf
from portal.consent.shared import Shared, SharedScope, SharedUpdate
from portal.consent.viewer import AlreadyLooking, NobodyLooking, Viewer, look_as, viewing_as
from portal.db import PlainSQL, SharedRowsAreReadOnly, session
from portal.models import FamilyUpdate, Patient, Relative

# Read by everybody: the days on which the clinic is closed.
PUBLIC = {"OwnClosure"}
A_VIEWER = Viewer(account_id=None, relative_id=1, is_counted=False)


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        g.reading = True
        yield


@pytest.mark.parametrize(
    "statement",
    [
        text("SELECT title FROM family_update"),
        select(FamilyUpdate.__table__),
        select(FamilyUpdate.__table__.c.title),
        select(func.count()).select_from(FamilyUpdate.__table__),
        select(literal(1)),
        select(FamilyUpdate).from_statement(text("SELECT * FROM family_update")),
        FamilyUpdate.__table__.update().values(title=""),
        FamilyUpdate.__table__.delete(),
    ],
    ids=[
        "text", "a table", "a column of a table", "a count over a table", "no class at all", "text behind a class",
        "an update of a table", "a delete from a table",
    ],
)  # fmt: skip
def test_plain_sql_is_refused(statement: object) -> None:
    with pytest.raises(PlainSQL):
        session().execute(statement)  # type: ignore[call-overload]


def test_the_connection_is_not_to_be_had() -> None:
    with pytest.raises(PlainSQL):
        session().connection()


def test_a_shared_row_cannot_be_changed_or_deleted() -> None:
    dana = session().scalars(select(Relative.id).where(Relative.given_name == "Dana")).one()
    with viewing_as(Viewer(account_id=None, relative_id=dana, is_counted=False)):
        update = session().scalars(select(SharedUpdate)).first()
        assert update is not None
        update.title = "Something else"
        with pytest.raises(SharedRowsAreReadOnly):
            session().flush()
        session().rollback()
        session().delete(session().scalars(select(SharedUpdate)).first())
        with pytest.raises(SharedRowsAreReadOnly):
            session().flush()


def test_a_shared_row_cannot_be_made() -> None:
    session().add(SharedUpdate(id=1, title="Something"))

    with pytest.raises(SharedRowsAreReadOnly):
        session().flush()


def test_an_own_row_cannot_be_changed() -> None:
    sam = session().scalars(select(Patient.id).where(Patient.given_name == "Sam")).one()
    with viewing_as(Viewer(account_id=None, patient_id=sam)):
        session().scalars(select(OwnSelf)).one().given_name = "Somebody"
        with pytest.raises(SharedRowsAreReadOnly):
            session().flush()


@pytest.mark.parametrize("base", [Shared, Own])
def test_with_nobody_looking_there_is_an_error_and_never_an_empty_page(base: type[Shared | Own]) -> None:
    for mapper in base.registry.mappers:
        if mapper.class_.__name__ in PUBLIC:
            continue
        with pytest.raises(NobodyLooking):
            session().scalars(select(mapper.class_)).all()
        session().rollback()


def test_a_patient_sees_no_shared_rows_and_a_relative_no_own_ones() -> None:
    with viewing_as(Viewer(account_id=None, patient_id=1)), pytest.raises(NobodyLooking):
        session().scalars(select(SharedScope)).all()
    with viewing_as(A_VIEWER), pytest.raises(NobodyLooking):
        session().scalars(select(OwnSelf)).all()


def test_a_session_never_serves_two_viewers() -> None:
    look_as(A_VIEWER)
    look_as(A_VIEWER)

    with pytest.raises(AlreadyLooking):
        look_as(Viewer(account_id=None, relative_id=2, is_counted=False))


def test_looking_with_other_eyes_ends_where_it_began() -> None:
    look_as(A_VIEWER)
    with viewing_as(Viewer(account_id=None, relative_id=2, is_counted=False)):
        pass

    assert g.viewer == A_VIEWER
