"""Migrations go up and down on data, in one transaction, and end where the models are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal import create_app
from portal.config import Settings
from portal.db import db
from portal.exchange.clinic_load import SHIPPED_GUIDES
from portal.extensions import alembic
from portal.models import Account, Appointment, Base, EmailStop, Guide, GuideVersion, RecordEntry, ScheduleEntry
from portal.services import guide_files, guide_loading
from tests.conftest import at_the_clinic

pytestmark = pytest.mark.both_databases


@contextmanager
def reading(app: Flask) -> Iterator[None]:
    with app.app_context():
        g.reading = True
        yield


def rows(app: Flask) -> dict[str, int]:
    with reading(app), db.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def test_the_schema_at_head_is_what_the_models_say(app: Flask) -> None:
    with app.app_context():
        assert not alembic.needs_revision()


def test_the_two_latest_migrations_go_down_and_up_again_with_people_in_the_house(app: Flask) -> None:
    before = rows(app)

    with app.app_context():
        alembic.downgrade("0001")
        there_from_the_start = set(inspect(db.engine).get_table_names())
        alembic.upgrade()

    assert [table for table, many in rows(app).items() if many != before[table]] == (
        [table for table in before if table not in there_from_the_start and before[table]]
    )
    assert sum(before.values()) > 300
    with reading(app):
        kept = set(db.session.execute(select(ScheduleEntry.mode, ScheduleEntry.sequence, ScheduleEntry.series_id)))
        assert kept == {("", 0, None)}


def test_the_guides_there_were_become_their_first_versions(app: Flask) -> None:
    with at_the_clinic(app):
        guide_loading.load(SHIPPED_GUIDES)
    with app.app_context():
        alembic.downgrade("0015")
        alembic.upgrade()

    with reading(app):
        guides = {(guide.slug, guide.language): guide for guide in db.session.scalars(select(Guide))}
        versions = {(one.slug, one.language): one for one in db.session.scalars(select(GuideVersion))}
        assert guides.keys() == versions.keys()
        for key, guide in guides.items():
            assert (guide.version, guide.edited, versions[key].number) == (1, False, 1)
            assert guide_files.of(versions[key]) == guide_files.of(guide)
            assert guide.review_by == guide_files.day(guide.front, "review_by") is not None
    with at_the_clinic(app):
        assert guide_loading.load(SHIPPED_GUIDES)["unchanged"] == len(guides)


def test_what_was_turned_off_before_stays_off_and_says_how(app: Flask) -> None:
    with reading(app):
        account_id = db.session.scalars(select(Account.id)).first()
    with app.app_context():
        alembic.downgrade("0018")
        with db.engine.begin() as connection:
            for message in ("booking_moved", "booking_asked", "reminder"):
                connection.execute(
                    text("INSERT INTO email_stop (account_id, message, stopped_at) VALUES (:account, :message, :at)"),
                    {"account": account_id, "message": message, "at": "2026-11-20 10:00:00"},
                )
        alembic.upgrade()

    with reading(app):
        kept = db.session.scalars(select(EmailStop).order_by(EmailStop.message)).all()
        assert [(one.account_id, one.message, one.how, one.undone_at) for one in kept] == [
            (account_id, "booking", "link", None),
            (account_id, "reminder", "link", None),
        ]


def test_everything_can_be_taken_down(app: Flask) -> None:
    with app.app_context():
        alembic.downgrade("base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}


def test_a_migration_that_fails_leaves_the_old_schema(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        alembic.downgrade("base")
        last = alembic.script_directory.get_revision("0003")
        monkeypatch.setattr(last.module, "upgrade", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            alembic.upgrade()

        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}


def test_one_therapist_cannot_have_two_sessions_at_once(app: Flask) -> None:
    with app.app_context():
        one = db.session.scalars(select(Appointment).limit(1)).one()
        facts = {"patient_id": one.patient_id, "staff_id": one.staff_id}
        half_way = one.starts_at + (one.ends_at - one.starts_at) / 2
        later = {"starts_at": half_way, "ends_at": half_way + (one.ends_at - one.starts_at)}

        db.session.add(Appointment(**facts, **later, busy_until=later["ends_at"]))

        with pytest.raises(IntegrityError, match="no_double_booking"):
            db.session.flush()


def test_a_cancelled_session_frees_its_time_until_it_is_wanted_back(app: Flask) -> None:
    with app.app_context():
        one = db.session.scalars(select(Appointment).limit(1)).one()
        one.status = "cancelled"
        times = {"starts_at": one.starts_at, "ends_at": one.ends_at, "busy_until": one.busy_until}
        db.session.add(Appointment(patient_id=one.patient_id, staff_id=one.staff_id, **times))
        db.session.flush()

        one.status = "confirmed"

        with pytest.raises(IntegrityError, match="no_double_booking"):
            db.session.flush()


@pytest.mark.parametrize("statement", ["UPDATE record_entry SET what = 'nothing'", "DELETE FROM record_entry"])
def test_nobody_changes_or_deletes_a_line_of_the_record(app: Flask, statement: str) -> None:
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(RecordEntry))
        db.session.rollback()
        with pytest.raises(DBAPIError, match="record only grows"), db.engine.begin() as connection:
            connection.execute(text(statement))

        assert db.session.scalar(select(func.count()).select_from(RecordEntry)) == before


def test_a_new_database_file_is_made_where_the_setting_says(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    app = create_app(Settings(mode="test", database_url=f"sqlite:///{file}"))
    with app.app_context():
        alembic.upgrade()
        db.engine.dispose()

    assert file.exists()
