"""Words as the search takes them: without accents, by their stem, by how they sound, and what they mean at home."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

import snowballstemmer

from portal.models.guide_search import LONGEST_WORD

FOLDER = Path(__file__).parents[1] / "guides"
STEMMERS = {"en": "english", "es": "spanish"}

# An apostrophe is no end of a word: "won't" and "wont" are one.
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
APOSTROPHES = re.compile("['’]")
# What sounds alike, or is often written alike, becomes one letter; vowels and silent letters go.
ALIKE = (
    (re.compile("ph"), "f"),
    (re.compile("ck|qu|q|c(?![eiy])"), "k"),
    (re.compile("[cz]"), "s"),
    (re.compile("x"), "ks"),
    (re.compile("v"), "b"),
    (re.compile("j"), "g"),
    (re.compile("[aeiouyhw]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)


@dataclass(frozen=True)
class HomeWords:
    """What people of a language say: words that say little, and phrases as stems with the stems they mean."""

    little: frozenset[str]
    meanings: dict[tuple[str, ...], tuple[str, ...]]
    words: frozenset[str]


def words_of(text: str) -> list[str]:
    """The words of a text in its order, in small letters, without accents and apostrophes."""
    return [folded(found) for found in WORD.findall(text)]


@lru_cache(maxsize=50_000)
def folded(word: str) -> str:
    """One word in small letters, without accents and apostrophes, cut where the database would."""
    letters = unicodedata.normalize("NFKD", APOSTROPHES.sub("", word).casefold())
    return "".join(filter(str.isalnum, letters))[:LONGEST_WORD] or word[:LONGEST_WORD]


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """What the forms of a folded word have in common: "breathing" and "breathe", "límites" and "límite"."""
    stemmer = _stemmer(language)
    return folded(stemmer.stemWord(word)) if stemmer else word


def stems_of(text: str, language: str) -> list[str]:
    """The stems of a text, one for each word."""
    return [stem(word, language) for word in words_of(text)]


def sounds_of(word: str) -> set[str]:
    """How a folded word sounds, roughly, and so with any one sound left out: two with one in common may be meant."""
    sound = word
    for letters, one in ALIKE:
        sound = letters.sub(one, sound)
    less = {sound[:n] + sound[n + 1 :] for n in range(len(sound))}
    return {sound, *(key for key in less if len(key) > 1)} - {""}


@cache
def home_words(language: str) -> HomeWords:
    """What is in `words_LANGUAGE.toml`; nothing for a language without one."""
    file = FOLDER / f"words_{language}.toml"
    facts = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    said: dict[str, str] = facts.get("means", {})
    return HomeWords(
        little=frozenset(words_of(facts.get("little", ""))),
        meanings={
            tuple(stems_of(name, language)): tuple(_telling(means, facts, language)) for name, means in said.items()
        },
        words=frozenset(chain.from_iterable(words_of(name) for name in said)),
    )


def _telling(means: str, facts: dict[str, str], language: str) -> list[str]:
    little = set(words_of(facts.get("little", "")))
    return [stem(word, language) for word in words_of(means) if word not in little]


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer | None:
    return snowballstemmer.stemmer(STEMMERS[language]) if language in STEMMERS else None
