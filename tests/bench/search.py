"""The search of the library: among ten thousand guides against among a hundred, and against the database's own."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, g
from sqlalchemy import text

from portal import create_app
from portal.config import Settings
from portal.db import commit, db, is_sqlite, session
from portal.extensions import alembic
from portal.services import guide_loading, guide_search
from portal.services.guide_words import words_of
from tests.bench.process import ROUNDS, ratio
from tests.bench.worker import cpu
from tests.services import library

GUIDES = (100, 10_000)
QUESTIONS = Path(library.__file__).with_name("questions.toml")
EVERY = 4  # of the questions, one of so many is asked in each round

# What one would write without this search: any of the words, best ten first, with the place where they stand.
PLAIN_SQLITE = (
    "CREATE VIRTUAL TABLE plain USING fts5(title, text, tokenize='porter unicode61')",
    "INSERT INTO plain SELECT guide.title, guide_text.text FROM guide JOIN guide_text ON guide_id = guide.id",
)
PLAIN_POSTGRESQL = (
    "CREATE TABLE plain AS SELECT guide.title, guide_text.text,"
    " setweight(to_tsvector('english', guide.title), 'A') || to_tsvector('english', guide_text.text) AS words"
    " FROM guide JOIN guide_text ON guide_id = guide.id",
    "CREATE INDEX plain_words ON plain USING gin (words)",
    "ANALYZE plain",
)
ASK_SQLITE = text(
    "SELECT title, snippet(plain, 1, '<', '>', '', 20) FROM plain WHERE plain MATCH :words"
    " ORDER BY bm25(plain, 15, 1) LIMIT 10"
)
ASK_POSTGRESQL = text(
    "SELECT title, ts_headline('english', text, query) FROM ("
    " SELECT title, text, query FROM plain, to_tsquery('english', :words) AS query WHERE words @@ query"
    " ORDER BY ts_rank(words, query) DESC LIMIT 10) AS best"
)


def measure(urls: Sequence[str], pid: int | None = None) -> dict[str, Any]:
    """CPU ms a question, in libraries of so many guides at `urls`, and by the database alone in the larger one."""
    apps = {str(many): _library(url, many) for many, url in zip(GUIDES, urls, strict=True)}
    few, many = apps
    questions = _questions()
    runs: dict[str, tuple[Flask, Callable[[str, str], object]]] = {
        few: (apps[few], guide_search.search),
        many: (apps[many], guide_search.search),
        "FTS alone": (apps[many], _plain),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(-1, ROUNDS):
        order = list(runs.items())
        for name, (app, ask) in order if round_ % 2 else reversed(order):
            took = _run(app, ask, questions[max(round_, 0) % EVERY :: EVERY], pid)
            if round_ >= 0:
                times[name].append(took)
    for app in apps.values():
        with app.app_context():
            db.engine.dispose()
    return {
        "growth": ratio(f"{many} ÷ {few}", times[many], times[few], paired=True),
        "price": ratio(f"{many} ÷ FTS alone", times[many], times["FTS alone"], paired=True),
        "questions": len(questions),
    }


def _library(url: str, many: int) -> Flask:
    app = create_app(Settings(mode="test", database_url=url))
    with app.app_context():
        alembic.upgrade()
        guide_loading.load(Path(guide_loading.__file__).parents[1] / "guides")
        library.grow(many)
        commit()
        with db.engine.begin() as connection:
            for statement in (*(PLAIN_SQLITE if is_sqlite() else PLAIN_POSTGRESQL), "ANALYZE"):
                connection.exec_driver_sql(statement)
    return app


def _questions() -> list[tuple[str, str]]:
    parts: dict[str, dict[str, dict[str, list[str]]]] = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    return [
        (words, language)
        for languages in parts.values()
        for language, by_guide in languages.items()
        for questions in by_guide.values()
        for words in questions
    ]


def _run(app: Flask, ask: Callable[[str, str], object], questions: list[tuple[str, str]], pid: int | None) -> float:
    import psutil

    backend = psutil.Process(pid) if pid else None
    with app.app_context():
        g.reading = True
        ask(*questions[0])
        before = cpu(backend)
        for words, language in questions:
            ask(words, language)
        took = (cpu(backend) - before) * 1000 / len(questions)
        session().rollback()
    return took


def _plain(words: str, language: str) -> object:
    said = [f'"{word}"' if is_sqlite() else f"'{word}'" for word in words_of(words)]
    query = (" OR " if is_sqlite() else " | ").join(said)
    with db.engine.connect() as connection:
        return connection.execute(ASK_SQLITE if is_sqlite() else ASK_POSTGRESQL, {"words": query}).all()


def _alone() -> None:
    """Print this row only: `python -m tests.bench.search`."""
    import json
    import tempfile

    from tests.postgres import Postgres

    with tempfile.TemporaryDirectory() as folder:
        found = {"sqlite": measure([f"sqlite:///{folder}/library{n}.db" for n in GUIDES])}
        server = Postgres.start(Path(folder) / "postgres")
        try:
            urls = [server.url(server.create(f"library{n}")) for n in GUIDES]
            found["postgresql"] = measure(urls, server.pid)
        finally:
            server.stop()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    _alone()
