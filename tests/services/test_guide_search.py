"""What families type finds the guide that answers it, in both languages, on both databases, out of an index."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import Integer, column, event, func, select, table, text

from portal.db import db, is_sqlite, session
from portal.models import Guide, GuideText
from portal.services import guide_loading
from portal.services.guide_question import understand
from portal.services.guide_search import LOOKED_AT, MOST_MATCHES, Hit, gathering, search, wanted
from portal.services.guide_words import STEMMERS
from tests.conftest import at_the_clinic, filled_once
from tests.services import library

GUIDES = Path(guide_loading.__file__).parents[1] / "guides"
QUESTIONS = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
FIRST = 3
MANY = 10_000  # among fewer, PostgreSQL rightly reads a whole table now and then
FORMS = {
    "en": {
        "nalxone": "naloxone", "NALOXONE": "naloxone", "methodone": "methadone", "cravngs": "cravings",
        "craving": "cravings", "listened": "listening",
    },
    "es": {"sobredocis": "sobredosis", "limites": "límites", "límite": "límites", "niño": "niños"},
}  # fmt: skip

pytestmark = pytest.mark.both_databases


@pytest.fixture
def shelves(app: Flask, houses: dict[str, str]) -> Iterator[Flask]:
    """The portal with the guides it comes with, and a reader who only reads."""
    filled_once(app, houses, "shelves", lambda: guide_loading.load(GUIDES))
    with app.app_context():
        g.reading = True
        yield app


def slugs(words: str, language: str = "en") -> list[str]:
    return [hit.slug for hit in search(words, language)]


def found_words(hit: Hit) -> list[str]:
    return [part.words for part in (*hit.title, *hit.line) if part.found]


def every_question() -> list[str]:
    by_guide = [of for languages in QUESTIONS.values() for of in languages.values()]
    return [question for of in by_guide for questions in of.values() for question in questions]


def test_nine_questions_in_ten_have_their_guide_among_the_first_three(shelves: Flask) -> None:
    answered: dict[str, list[bool]] = {}
    missed = []
    for part, languages in QUESTIONS.items():
        for language, by_guide in languages.items():
            for slug, questions in by_guide.items():
                for question in questions:
                    good = slug in slugs(question, language)[:FIRST]
                    answered.setdefault(part, []).append(good)
                    missed += [] if good else [f"{question} ({slug})"]
    every = [good for part in answered.values() for good in part]
    shares = {part: f"{sum(good)} of {len(good)}" for part, good in answered.items()}
    print(f"\nFound among the first {FIRST}: {sum(every)} of {len(every)}; {shares}")

    assert len(every) >= 60
    assert sum(every) / len(every) >= 0.9, missed


def test_the_first_questions_of_a_new_family_are_answered(shelves: Flask) -> None:
    assert "breathing-emergency" in slugs("what do I do if he is not breathing")[:FIRST]
    assert "talking-with-children" in slugs("talking to my kids")[:FIRST]
    assert "listening-well" in slugs("¿qué digo?", "es")[:FIRST]
    assert "listening-well" in slugs("¿qué digo?", "en")[:FIRST]


def test_who_fears_a_suicide_finds_the_steps_without_that_word(shelves: Flask) -> None:
    for words in (
        "mi hijo no quiere vivir",
        "dice que ya no quiere estar aquí",
        "quiere dormirse y no despertar",
        "está cansada de la vida",
        "dice que es una carga",
        "quiere acabar con todo",
        "se tomó todas las pastillas",
    ):
        assert "staying-safe-tonight" in slugs(words, "es")[:FIRST], words


def test_typos_accents_and_other_forms_of_a_word_find_what_the_word_finds(shelves: Flask) -> None:
    for language, forms in FORMS.items():
        for typed, meant in forms.items():
            assert slugs(typed, language)[:1] == slugs(meant, language)[:1] != [], typed


def test_the_words_that_were_found_are_marked_in_the_title_and_in_one_sentence(shelves: Flask) -> None:
    hit = next(hit for hit in search("limit with love", "en") if hit.slug == "setting-limits")

    assert "".join(part.words for part in hit.title) == "Setting limits with love"
    assert [part.words for part in hit.title if part.found] == ["limits", "love"]
    assert {word.lower() for word in found_words(hit)} <= {"limit", "limits", "love", "loved", "loving"}


def test_what_a_word_means_is_marked_too(shelves: Flask) -> None:
    assert "naloxone" in " ".join(found_words(search("narcan", "en")[0])).lower()


def test_no_sign_means_anything_to_the_index(shelves: Flask) -> None:
    for words in (
        '"',
        "' OR ''='",
        "NEAR(",
        "title:",
        "*",
        "a AND",
        "-",
        "x" * 100,
        "🫖",
        "\x00",
        "½ ﷺ ŉ",
        "& | ! <-> :*",
    ):
        search(words, "en")
    assert slugs("qzxv jkqx") == slugs("🫖") == slugs('" * | & !') == []


def test_a_guide_that_changes_is_found_by_its_new_words_only(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "en" / "lighthouse.md"
    file.parent.mkdir()
    facts = "---\ntitle: A house\nshort_title: House\ntopic: talking\norder: 1\nminutes: 2\n---\n"
    for word, other in (("lantern", "foghorn"), ("foghorn", "lantern")):
        file.write_text(f"{facts}Light the {word}.", encoding="utf-8")
        with at_the_clinic(app):
            guide_loading.load(tmp_path)
        with app.app_context():
            g.reading = True
            assert slugs(word) == ["lighthouse"]
            assert slugs(f"{word}s") == ["lighthouse"]
            assert slugs(other) == []


Statement = tuple[str, Any]


@contextmanager
def listening() -> Iterator[list[Statement]]:
    """The statements that are sent meanwhile."""
    said: list[Statement] = []

    def listen(connection: object, cursor: object, words: str, facts: Any, *_: object) -> None:
        said.append((words, facts))

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)


def plan(statement: Statement) -> str:
    words, facts = statement
    with db.engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN" if is_sqlite() else "EXPLAIN"
        return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {words}", facts))


# Words that stand in every guide, in one of eight, in one of fifty and in none; and as many as a question may have.
AMONG_MANY = (
    "you", "help", "not breathing", "suboxone", "what do I do if he is not breathing", "qzxvjkq sobredocis",
    "my son drinks and my family has no help what can we say and do",
)  # fmt: skip


def test_among_ten_thousand_guides_every_question_is_answered_from_indexes_that_hand_over_few(shelves: Flask) -> None:
    g.reading = False
    session().rollback()
    library.grow(MANY)
    session().commit()
    g.reading = True
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    assert session().scalars(select(func.count(Guide.id))).one() >= MANY

    for question in (*AMONG_MANY, *every_question()):
        with listening() as said:
            search(question, "en")
        session().rollback()
        asked = [one for one in said if one[0].startswith("SELECT")]
        assert len(asked) >= len(STEMMERS), question
        for read in map(plan, asked):
            assert not re.search(r"SCAN (?!guide_index VIRTUAL TABLE INDEX 0:M)|Seq Scan", read), (question, read)
        stems = wanted(understand(question, "en"))
        assert not stems or 0 < led_to_by(stems) <= MOST_MATCHES, question
        assert not stems or 0 < len(session().execute(gathering(stems, "en")).all()) <= LOOKED_AT, question


def led_to_by(stems: list[str]) -> int:
    """So many English guides the database looks through to find the likeliest."""
    index: Any = column("guide_index")
    every = select(func.count(GuideText.guide_id)).where(GuideText.language == "en")
    if is_sqlite():
        found = table("guide_index", column("rowid", Integer))
        words = " OR ".join(f'"{name}"' for name in stems)
        every = every.join(found, found.c.rowid == GuideText.guide_id).where(index.op("MATCH")(words))
    else:
        words = " | ".join(f"'{name}'" for name in stems)
        every = every.where(index.op("@@")(func.to_tsquery("simple", words)))
    return session().scalars(every).one()
