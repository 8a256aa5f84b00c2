"""The index of the library: made from the guides whenever one of them is new or has changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from heapq import nsmallest
from typing import Any

from sqlalchemy import delete, insert, select

from portal.db import session
from portal.models import Clinic, Guide, GuideSpelling, GuideStem, GuideText
from portal.services.guide_text import SENTENCE_END, lines_of
from portal.services.guide_words import home_words, sounds_of, stems_of, words_of

# Another number when the same guide would be indexed in another way: the next loading then makes its index anew.
MADE_BY = "2"
SHORTEST_CORRECTED = 4
AT_ONCE = 5000
ALL = ""
TITLE, HEAD = 15, 3  # what a stem weighs there; in the text it weighs one
# A stem leads to so many guides, those where it weighs most: also a word that stands in all of ten thousand guides
# finds its best ones by the index, and no question has the database look through more.
BEST, GOOD = 40, 100


def refresh() -> None:
    """Index the guides that are new or have changed, and count the words of their languages anew."""
    indexed = {text.guide_id: text for text in session().scalars(select(GuideText))}
    changed = set()
    for guide in session().scalars(select(Guide)):
        made_from = f"{MADE_BY} {guide.file_hash}"
        text = indexed.get(guide.id)
        if text is not None and text.made_from == made_from:
            continue
        if text is None:
            text = indexed[guide.id] = GuideText(guide_id=guide.id)
            session().add(text)
        for name, value in _fields(guide).items():
            setattr(text, name, value)
        text.made_from = made_from
        changed.add(guide.language)
    session().flush()
    for language in sorted(changed):
        of_language = [text for text in indexed.values() if text.language == language]
        _count(language)
        _lead(of_language)


def forget(guide: Guide) -> None:
    """Let nobody find this guide any more."""
    session().execute(delete(GuideText).where(GuideText.guide_id == guide.id))
    _count(guide.language)


def _fields(guide: Guide) -> dict[str, str]:
    front: dict[str, Any] = guide.front
    danger: dict[str, Any] = front.get("danger") or {}
    questions = [line for pair in front.get("check_yourself", ()) for line in (pair["question"], pair["answer"])]
    short = list(front.get("in_short", ()))
    lines, headings = lines_of(guide.markdown)
    beside = [danger.get("title", ""), *danger.get("lines", ()), *front.get("try_this", ()), *front.get("try_not", ())]
    text = [line for part in (*short, *beside, *questions) for line in SENTENCE_END.split(str(part))] + lines
    text = [" ".join(line.split()) for line in text if line.strip()]
    return {
        "language": guide.language,
        "title": _stemmed([guide.title, guide.short_title], guide.language),
        "head": _stemmed([*short, *headings], guide.language),
        "body": _stemmed(text, guide.language),
        "text": "\n".join(text),
    }


def _stemmed(lines: list[str], language: str) -> str:
    return "\n".join(f" {' '.join(stems_of(str(line), language))} " for line in lines)


def _count(language: str) -> None:
    """In how many guides each stem stands, and under which sounds each word can be found."""
    # One at a time: each writes all the words of the language, and both would write the same.
    session().execute(select(Clinic.id).with_for_update(key_share=True))
    guides: Counter[str] = Counter()
    words = set(home_words(language).words)
    rows = session().execute(
        select(GuideText.title, GuideText.body, GuideText.text, Guide.title)
        .join(Guide, Guide.id == GuideText.guide_id)
        .where(GuideText.language == language)
    )
    for title, body, text, name in rows:
        guides.update({ALL, *title.split(), *body.split()})
        words.update(words_of(text), words_of(name))
    _replace(GuideStem, language, [{"stem": one, "guides": many} for one, many in guides.items()])
    correct = {word for word in words if len(word) >= SHORTEST_CORRECTED} - home_words(language).little
    _replace(GuideSpelling, language, [{"sound": sound, "word": word} for word in correct for sound in sounds_of(word)])


def _lead(texts: list[GuideText]) -> None:
    """Write down for each guide of a language which stems lead to it."""
    leads: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for text in texts:
        for name, weight in weights(text.title, text.head, text.body).items():
            leads[name].append((-weight, text.guide_id))
            if len(leads[name]) > 4 * GOOD:
                leads[name] = nsmallest(GOOD, leads[name])
    best: defaultdict[int, list[str]] = defaultdict(list)
    good: defaultdict[int, list[str]] = defaultdict(list)
    for name in sorted(leads):
        for place, (_, guide_id) in enumerate(nsmallest(GOOD, leads[name])):
            (best if place < BEST else good)[guide_id].append(name)
    for text in texts:
        text.best_for, text.good_for = " ".join(best[text.guide_id]), " ".join(good[text.guide_id])


def weights(title: str, head: str, body: str) -> Counter[str]:
    """What each stem weighs in a guide."""
    of = Counter(body.split())
    for stems, weight in ((title, TITLE), (head, HEAD)):
        for name in stems.split():
            of[name] += weight
    return of


def _replace(model: type[GuideStem | GuideSpelling], language: str, rows: list[dict[str, Any]]) -> None:
    session().execute(delete(model).where(model.language == language))
    for start in range(0, len(rows), AT_ONCE):
        session().execute(insert(model), [{"language": language, **row} for row in rows[start : start + AT_ONCE]])
