"""The search of the library: the guides that answer what a family typed, best first, with the words that were found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, column, func, select, table

from portal.db import is_sqlite, session
from portal.models import Guide, GuideText
from portal.services.guide_index import BEST, GOOD, weights
from portal.services.guide_question import Question, understand
from portal.services.guide_words import STEMMERS, WORD, folded, stem

MOST_SHOWN = 10
LOOKED_AT = BEST  # as many the index hands over, which are then weighed here
MOST_MATCHES = 400  # so many it looks through at most, by the rarer words where all would be more
FIRST = 10.0  # what a stem counts to the index where the guide is one of the best for it; PostgreSQL has the same
HALF = 8.0  # what weighs so much in a guide counts half of what it can
BESIDE = 0.25  # what the other stems of a word add to the one that counts most
TOGETHER = 0.1  # what one sentence that answers everything adds
WORTH_SHOWING = 0.35  # of what the best one has
OWN_LANGUAGE = 1.2

# Slug and title of a guide, its title, head and body as stems, and its sentences.
Found = Row[str, str, str, str, str, str]


@dataclass(frozen=True)
class Part:
    """Some words of a line; `found` says that they are what was looked for."""

    words: str
    found: bool


@dataclass(frozen=True)
class Hit:
    """A guide that was found, in which language, and the sentence of it that holds most of what was asked."""

    slug: str
    language: str
    title: list[Part]
    line: list[Part]
    score: float


def search(words: str, language: str) -> list[Hit]:
    """The guides that answer `words`, best first, at most ten.

    The guides of every language are asked; one of the reader's own comes first unless another answers clearly better.
    """
    best: dict[str, Weighed] = {}
    for code in sorted(STEMMERS, key=lambda code: code != language):
        for one in _in_language(understand(words, code), code, OWN_LANGUAGE if code == language else 1.0):
            if one.row.slug not in best or one.score > best[one.row.slug].score:
                best[one.row.slug] = one
    first = sorted(best.values(), key=lambda one: (-one.score, one.row.slug))[:MOST_SHOWN]
    return [_shown(one) for one in first if one.score >= WORTH_SHOWING * first[0].score]


def wanted(question: Question) -> list[str]:
    """The stems the full-text index is asked for, any of them; the rarer ones where all lead to too many."""
    leads = {name: min(many, GOOD) for name, many in question.counts.items()}
    stems: list[str] = []
    matches = 0
    for one in sorted(question.asked, key=lambda one: sum(question.counts.get(name, 0) for name in one.stems)):
        for name in sorted(one.stems, key=lambda name: -one.stems[name]):
            if name in leads and name not in stems and matches + leads[name] <= MOST_MATCHES:
                stems.append(name)
                matches += leads[name]
    return stems


def gathering(stems: list[str], language: str) -> Select[str, str, str, str, str, str]:
    """Asks the database's own full-text index for guides that any of the stems leads to, the likeliest forty.

    The two databases rank differently, so this only gathers: which guide is first is decided here, alike for both.
    """
    # Stems hold letters and digits only; the marks keep them from being words of the index's own language.
    quoted = [f'"{name}"' for name in stems] if is_sqlite() else [f"'{name}'" for name in stems]
    likeliest = select(GuideText.guide_id).where(GuideText.language == language).limit(LOOKED_AT)
    index: ColumnElement[Any] = column("guide_index")
    if is_sqlite():
        found = table("guide_index", column("rowid", Integer))
        likeliest = (
            likeliest.join(found, found.c.rowid == GuideText.guide_id)
            .where(index.op("MATCH")(" OR ".join(quoted)))
            .order_by(func.bm25(index, FIRST, 1.0), GuideText.guide_id)
        )
    else:
        query = func.to_tsquery("simple", " | ".join(quoted))
        likeliest = likeliest.where(index.op("@@")(query)).order_by(
            func.ts_rank(index, query).desc(), GuideText.guide_id
        )
    return (
        select(Guide.slug, Guide.title.label("name"), GuideText.title, GuideText.head, GuideText.body, GuideText.text)
        .join(Guide, Guide.id == GuideText.guide_id)
        .where(GuideText.guide_id.in_(likeliest))
    )


@dataclass(frozen=True)
class Weighed:
    """A guide that the index handed over: its best sentence with the stems of it, and what was looked for."""

    row: Found
    language: str
    line: tuple[str, list[str]]
    sought: set[str]
    score: float


def _in_language(question: Question, language: str, favour: float) -> list[Weighed]:
    worth = {name: _worth(many, question.guides) for name, many in question.counts.items()}
    values = [
        {name: counts * worth[name] for name, counts in one.stems.items() if name in worth} for one in question.asked
    ]
    most = sum(max((worth[name] for name in of), default=0) or _worth(0, question.guides) for of in values)
    sought = {name for of in values for name in of}
    found = []
    stems = wanted(question)
    for row in session().execute(gathering(stems, language)) if stems else ():
        weigh = weights(row.title, row.head, row.body)
        line, together = _best_line(values, row)
        score = favour * (sum(_answers(of, weigh) for of in values) + TOGETHER * together) / most
        found.append(Weighed(row, language, line, sought, score))
    return found


def _shown(one: Weighed) -> Hit:
    name = one.row.name
    stems = [stem(folded(word), one.language) for word in WORD.findall(name)]
    return Hit(one.row.slug, one.language, _marked(name, stems, one.sought), _marked(*one.line, one.sought), one.score)


def _worth(many: int, guides: int) -> float:
    """What a stem tells that stands in `many` of the guides: the rarer, the more."""
    return log(1 + (guides - many + 0.5) / (many + 0.5))


def _answers(values: dict[str, float], weigh: Mapping[str, int]) -> float:
    """How well a guide answers one word or phrase, whose stems have these `values`."""
    counted = [value * weigh[name] / (weigh[name] + HALF) for name, value in values.items()]
    best = max(counted, default=0)
    return best + BESIDE * (sum(counted) - best)


def _best_line(values: list[dict[str, float]], row: Found) -> tuple[tuple[str, list[str]], float]:
    """The sentence that answers most, with its stems, and how much that is."""
    every = {name for of in values for name in of}
    best, most = ("", [""]), -1.0
    for words, line in zip(row.text.split("\n"), row.body.split("\n"), strict=True):
        stems = line.split()
        there = every.intersection(stems)
        sum_of = sum(max((of[name] for name in there if name in of), default=0) for of in values) if there else 0
        if sum_of > most:
            best, most = (words, stems), sum_of
    return best, most


def _marked(line: str, stems: list[str], wanted: set[str]) -> list[Part]:
    """The line in parts, its words that have one of the `wanted` stems each in a part of their own."""
    parts, at = [], 0
    for word, name in zip(WORD.finditer(line), stems, strict=True):
        if name in wanted:
            parts += [Part(line[at : word.start()], False), Part(word[0], True)]
            at = word.end()
    return [part for part in (*parts, Part(line[at:], False)) if part.words]
