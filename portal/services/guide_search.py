"""The search of the library: the guides that answer what a family typed, best first, with the words that were found."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, column, func, select, table

from portal.db import is_sqlite, session
from portal.models import Guide, GuideText
from portal.services.guide_question import Asked, Question, understand
from portal.services.guide_words import STEMMERS, WORD, folded, stem

MOST_SHOWN = 10
LOOKED_AT = 40  # as many the index hands over, which are then weighed here
MOST_MATCHES = 300  # about as many it is asked for, by the rarer words where all would be more
TITLE, HEAD, BODY = 15.0, 3.0, 1.0
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
    best: dict[str, Hit] = {}
    for code in sorted(STEMMERS, key=lambda code: code != language):
        for hit in _in_language(understand(words, code), code, OWN_LANGUAGE if code == language else 1.0):
            if hit.slug not in best or hit.score > best[hit.slug].score:
                best[hit.slug] = hit
    hits = sorted(best.values(), key=lambda hit: (-hit.score, hit.slug))[:MOST_SHOWN]
    return [hit for hit in hits if hit.score >= WORTH_SHOWING * hits[0].score]


def wanted(question: Question) -> list[str]:
    """The stems the full-text index is asked for, any of them; only the rarer ones where all are in too many guides."""
    stems: list[str] = []
    matches = 0
    for one in sorted(question.asked, key=lambda one: sum(question.counts.get(name, 0) for name in one.stems)):
        more = [name for name in one.stems if name in question.counts and name not in stems]
        matches += sum(question.counts[name] for name in more)
        if stems and matches > MOST_MATCHES:
            break
        stems += more
    return stems


def gathering(stems: list[str], language: str) -> Select[str, str, str, str, str, str]:
    """Asks the database's own full-text index for guides that hold any of the stems, the likeliest forty.

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
            .order_by(func.bm25(index, TITLE, HEAD, BODY))
        )
    else:
        query = func.to_tsquery("simple", " | ".join(quoted))
        likeliest = likeliest.where(index.op("@@")(query)).order_by(func.ts_rank(index, query).desc())
    return (
        select(Guide.slug, Guide.title.label("name"), GuideText.title, GuideText.head, GuideText.body, GuideText.text)
        .join(Guide, Guide.id == GuideText.guide_id)
        .where(GuideText.guide_id.in_(likeliest))
    )


def _in_language(question: Question, language: str, favour: float) -> list[Hit]:
    worth = {name: _worth(many, question.guides) for name, many in question.counts.items()}
    most = sum(
        max((worth.get(name, 0) for name in one.stems), default=0) or _worth(0, question.guides)
        for one in question.asked
    )
    every = {name for one in question.asked for name in one.stems}
    hits = []
    stems = wanted(question)
    for row in session().execute(gathering(stems, language)) if stems else ():
        score = sum(_answers(one, row, worth) for one in question.asked)
        line, together = _best_line(question.asked, row, worth)
        hits.append(
            Hit(
                row.slug,
                language,
                _marked(row.name, [stem(folded(word), language) for word in WORD.findall(row.name)], every),
                _marked(*line, every),
                favour * (score + TOGETHER * together) / most,
            )
        )
    return hits


def _worth(many: int, guides: int) -> float:
    """What a stem tells that stands in `many` of the guides: the rarer, the more."""
    return log(1 + (guides - many + 0.5) / (many + 0.5))


def _answers(one: Asked, row: Found, worth: dict[str, float]) -> float:
    counted = []
    for name, counts in one.stems.items():
        word = f" {name} "
        weight = TITLE * row.title.count(word) + HEAD * row.head.count(word) + BODY * row.body.count(word)
        counted.append(counts * worth.get(name, 0) * weight / (weight + HALF))
    best = max(counted, default=0)
    return best + BESIDE * (sum(counted) - best)


def _best_line(asked: list[Asked], row: Found, worth: dict[str, float]) -> tuple[tuple[str, list[str]], float]:
    """The sentence that answers most, with its stems, and how much that is."""
    best, most = ("", [""]), -1.0
    for words, stems in zip(row.text.split("\n"), row.body.split("\n"), strict=True):
        there = set(stems.split())
        sum_of = sum(
            max((counts * worth.get(name, 0) for name, counts in one.stems.items() if name in there), default=0)
            for one in asked
        )
        if sum_of > most:
            best, most = (words, stems.split()), sum_of
    return best, most


def _marked(line: str, stems: list[str], wanted: set[str]) -> list[Part]:
    """The line in parts, its words that have one of the `wanted` stems each in a part of their own."""
    parts, at = [], 0
    for word, name in zip(WORD.finditer(line), stems, strict=True):
        if name in wanted:
            parts += [Part(line[at : word.start()], False), Part(word[0], True)]
            at = word.end()
    return [part for part in (*parts, Part(line[at:], False)) if part.words]
