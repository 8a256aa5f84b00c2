"""What a reader writes under a guide's questions: theirs alone, sealed, and not lost when the guide changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, DANA, Person
from portal.errors import Refused
from portal.models import GuideAnswer
from portal.services import guide_answers, guides
from tests.conftest import at_the_clinic
from tests.services.reading import account, bring, write_guide
from tests.services.test_consents import rows

pytestmark = pytest.mark.both_databases

QUESTION = "What is tea?"
WORDS = "What my mother made when it rained."


@pytest.fixture
def shelf(app: Flask, tmp_path: Path) -> Path:
    write_guide(tmp_path, "tea")
    bring(app, tmp_path)
    return tmp_path


def keep(app: Flask, person: Person, words: str, question: str = QUESTION) -> None:
    reader = account(app, person)
    with at_the_clinic(app):
        guide_answers.keep(reader, guides.get("tea", "en"), {question: words})


def written(app: Flask, person: Person) -> list[tuple[str, str]]:
    reader = account(app, person)
    with app.app_context():
        g.reading = True
        return [(one.words, one.written) for one in guide_answers.written_by(reader, guides.get("tea", "en"))]


def test_nothing_is_kept_until_it_is_saved_and_then_for_its_writer_only(app: Flask, shelf: Path) -> None:
    assert written(app, DANA) == [(QUESTION, "")]
    keep(app, DANA, WORDS)

    assert written(app, DANA) == [(QUESTION, WORDS)]
    assert written(app, ALEX) == [(QUESTION, "")]


def test_a_stolen_database_does_not_tell_what_was_written(app: Flask, shelf: Path) -> None:
    keep(app, DANA, WORDS)

    (row,) = rows(app, select(GuideAnswer))
    assert b"mother" not in row.sealed


def test_saved_again_it_is_the_new_words_and_emptied_it_is_gone(app: Flask, shelf: Path) -> None:
    keep(app, DANA, WORDS)
    keep(app, DANA, "Warm.")
    assert written(app, DANA) == [(QUESTION, "Warm.")]

    keep(app, DANA, "")
    assert rows(app, select(GuideAnswer)) == []


def test_an_answer_outlives_its_question(app: Flask, shelf: Path) -> None:
    keep(app, DANA, WORDS)
    file = shelf / "en" / "tea.md"
    file.write_text(file.read_text(encoding="utf-8").replace(QUESTION, "Why tea?"), encoding="utf-8")
    bring(app, shelf)

    assert written(app, DANA) == [("Why tea?", ""), (QUESTION, WORDS)]


def test_what_is_too_long_is_refused_and_what_was_kept_stays(app: Flask, shelf: Path) -> None:
    keep(app, DANA, WORDS)
    with pytest.raises(Refused, match="2000"):
        keep(app, DANA, "x" * 2001)

    assert written(app, DANA) == [(QUESTION, WORDS)]
