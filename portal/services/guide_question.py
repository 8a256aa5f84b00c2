"""What a family typed into the search, as stems to look for: corrected, and with what the words mean at home."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import select

from portal.db import session
from portal.models import GuideSpelling, GuideStem
from portal.services.guide_index import ALL, SHORTEST_CORRECTED
from portal.services.guide_words import home_words, sounds_of, stem, words_of

MOST_WORDS = 12
MEANT = 0.8  # what a word that the reader did not say counts beside one that they did
ALIKE = 0.75  # so much of a misspelled word and the one that is meant is the same
LONGEST_PHRASE = 4


@dataclass
class Asked:
    """One word or phrase of the question: the stems that answer it, each with what it counts, from 0 to 1."""

    stems: dict[str, float]


@dataclass
class Question:
    """All that was asked of the guides of one language, and in how many of its `guides` each stem stands."""

    asked: list[Asked]
    counts: dict[str, int]
    guides: int


def understand(words: str, language: str) -> Question:
    """The question as the guides of `language` would put it. A word that none of them knows stays, with no stem."""
    said = words_of(words)[:MOST_WORDS]
    home = home_words(language)
    stems = [stem(word, language) for word in said]
    counts = _counts({ALL, *stems, *_meant(stems, language)}, language)
    known = {word: {stem(word, language): 1.0} for word in said if stem(word, language) in counts or word in home.words}
    misspelled = {
        word for word in said if word not in known and word not in home.little and len(word) >= SHORTEST_CORRECTED
    }
    for word, meant in _corrected(misspelled, language).items():
        known[word] = {stem(other, language): alike for other, alike in meant.items()}
    # A phrase may hold a misspelled word, and a correction may be what people say at home.
    stems = [
        max(known[word], key=known[word].__getitem__) if known.get(word) else stem(word, language) for word in said
    ]
    counts |= _counts({*(one for of in known.values() for one in of), *_meant(stems, language)} - set(counts), language)
    each = list(dict.fromkeys(said))
    phrases = _phrases(stems, language)
    telling = [word for word in each if word not in home.little and len(word) > 1]
    asked = [Asked(dict.fromkeys(home.meanings[phrase], 1.0)) for phrase in phrases]
    asked += [
        Asked(_with_meanings(known.get(word, {}), language)) for word in (telling if telling or phrases else each)
    ]
    return Question(asked, counts, counts.get(ALL, 0))


def _phrases(stems: list[str], language: str) -> list[tuple[str, ...]]:
    """The phrases of more than one word that stand in the question."""
    spans = [
        tuple(stems[start : start + size])
        for size in range(2, LONGEST_PHRASE + 1)
        for start in range(len(stems) - size + 1)
    ]
    return [span for span in dict.fromkeys(spans) if span in home_words(language).meanings]


def _meant(stems: list[str], language: str) -> set[str]:
    meanings = home_words(language).meanings
    return {one for key in [*((name,) for name in stems), *_phrases(stems, language)] for one in meanings.get(key, ())}


def _with_meanings(stems: dict[str, float], language: str) -> dict[str, float]:
    meanings = home_words(language).meanings
    meant = {one: MEANT * alike for name, alike in stems.items() for one in meanings.get((name,), ())}
    return meant | stems


def _counts(stems: Collection[str], language: str) -> dict[str, int]:
    if not stems:
        return {}
    rows = session().execute(
        select(GuideStem.stem, GuideStem.guides).where(
            GuideStem.language == language, GuideStem.stem.in_(sorted(stems))
        )
    )
    return {row.stem: row.guides for row in rows}


def _corrected(words: set[str], language: str) -> dict[str, dict[str, float]]:
    """For each misspelled word the two that are most like it among those that sound like it, and how alike."""
    if not words:
        return {}
    sounds = {word: sounds_of(word) for word in words}
    heard = {sound for of in sounds.values() for sound in of}
    rows = session().execute(
        select(GuideSpelling.sound, GuideSpelling.word).where(
            GuideSpelling.language == language, GuideSpelling.sound.in_(sorted(heard))
        )
    )
    like: dict[str, dict[str, float]] = {}
    for sound, other in rows:
        for word in words:
            if sound in sounds[word] and abs(len(word) - len(other)) <= 2:
                alike = SequenceMatcher(None, word, other).ratio()
                if alike >= ALIKE:
                    like.setdefault(word, {})[other] = alike
    return {word: dict(sorted(of.items(), key=lambda one: (-one[1], one[0]))[:2]) for word, of in like.items()}
