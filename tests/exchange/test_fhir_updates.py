"""Communications become updates, for those who may read their kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.db import session
from portal.emails.reminder_times import REMINDERS
from portal.models import FamilyUpdate, FamilyUpdateVersion, OutgoingEmail
from tests.exchange.bundles import SCOPE, communication, every_row, everything, imported, reasons, sees


def stored(app: Flask) -> FamilyUpdate:
    with app.app_context():
        g.reading = True
        return session().scalars(select(FamilyUpdate).where(FamilyUpdate.external_id == "u1")).one()


def titles(app: Flask) -> list[str]:
    return [one["title"] for one in sees(app)["updates"]]


@pytest.mark.both_databases
def test_other_words_are_a_new_version(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    imported(app, everything(u1=communication(topic={"text": "The first three weeks"})), tmp_path)

    row = stored(app)
    assert (row.version, row.changed_at is not None) == (2, True)
    assert titles(app) == ["The first three weeks"]


@pytest.mark.parametrize("category", [None, "times", "everything"])
def test_an_update_of_no_kind_is_shown_to_no_relative(app: Flask, tmp_path: Path, category: str | None) -> None:
    summary = imported(app, everything(u1=communication(category=category)), tmp_path)

    assert titles(app) == []
    assert stored(app).scope is None
    assert bool(reasons(summary, "Communication/u1")) == (category is not None)


def test_an_update_of_two_kinds_is_shown_to_no_relative(app: Flask, tmp_path: Path) -> None:
    two = [{"coding": [{"system": SCOPE, "code": code}]} for code in ("going", "plan")]

    imported(app, everything(u1=communication() | {"category": two}), tmp_path)

    assert stored(app).scope is None


def test_an_update_of_another_kind_than_shared_is_not_shown(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(u1=communication(category="leave")), tmp_path)

    assert titles(app) == []


@pytest.mark.parametrize("status", ["entered-in-error", "not-done", "on-hold", "stopped", "preparation"])
def test_an_update_taken_back_is_withdrawn_and_stays_so(app: Flask, tmp_path: Path, status: str) -> None:
    imported(app, everything(), tmp_path)

    imported(app, everything(u1=communication(status=status)), tmp_path)
    assert titles(app) == []
    before = every_row(app)

    imported(app, everything(u1=communication(status=status)), tmp_path)
    assert every_row(app) == before

    assert "stays withdrawn" in reasons(imported(app, everything(), tmp_path), "Communication/u1")
    assert titles(app) == []


@pytest.mark.parametrize("more", [{"sent": None}, {"payload": []}, {"subject": None}, {"sent": "2026-11"}])
def test_an_update_without_day_words_or_patient_is_not_kept(app: Flask, tmp_path: Path, more: dict[str, Any]) -> None:
    bare = {name: value for name, value in (communication() | more).items() if value is not None}

    summary = imported(app, everything(u1=bare), tmp_path)

    assert "not kept" in reasons(summary, "Communication/u1")
    assert titles(app) == []


def test_an_update_without_a_title_is_called_by_its_first_words(app: Flask, tmp_path: Path) -> None:
    long = communication(payload=[{"contentString": "Sleep comes back in the second month and " * 5}])
    del long["topic"]

    imported(app, everything(u1=long), tmp_path)

    assert titles(app) == ["Sleep comes back in the second month and Sleep comes back…"]


def test_an_update_dated_in_the_future_waits_for_its_day(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(u1=communication(sent="2026-11-24T10:00:00-06:00")), tmp_path)

    assert titles(app) == []


def test_what_was_sent_elsewhere_is_not_sent_again(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)

    with app.app_context():
        g.reading = True
        assert session().scalars(select(OutgoingEmail).where(OutgoingEmail.message.not_in(REMINDERS))).all() == []


def test_the_language_comes_along_and_the_words_before_are_kept(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(u1=communication() | {"language": "es-US"}), tmp_path)
    before = stored(app).title
    summary = imported(
        app, everything(u1=communication(topic={"text": "The first three weeks"}) | {"language": "fr"}), tmp_path
    )

    assert stored(app).language == "en"
    assert "language that the portal does not speak" in reasons(summary, "Communication/u1")
    with app.app_context():
        g.reading = True
        (kept,) = session().scalars(select(FamilyUpdateVersion)).all()
        assert (kept.title, kept.language, kept.version) == (before, "es", 1)
