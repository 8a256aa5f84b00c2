"""How easy a text is to read, counted from its spelling. It hints; it never blocks.

English: the US school grade of Flesch and Kincaid. Spanish: the ease of Szigriszt-Pazos on the INFLESZ scale, from 0
to 100, where more is easier; no school grade is agreed for Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SIXTH_GRADE = 6.0
# INFLESZ calls a text from here on “fairly easy”.
EASY = 65.0

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,:-]*")
SENTENCE = re.compile(r"(?<=[.?!:])[\"'”»)]*\s+")
SILENT = re.compile(r"[^aeiouyl]e$|[^aeiouydt]ed$|[^aeiouysxzcgh]es$")
# What is said in one breath: one of a, e, o or a stressed vowel, with the weak ones around it.
SPANISH_NUCLEUS = re.compile(r"[iuü]?[aeoáéó](?:[iu]|y(?![aeiouáéíóú]))?|[íú]|[iuü]+y?|y(?![aeiouáéíóú])")


@dataclass(frozen=True)
class Ease:
    """`number` is a school grade in English and points of ease in Spanish; `good`: as easy as a guide should be."""

    number: float
    good: bool
    is_grade: bool


def sentences(lines: Iterable[str]) -> list[str]:
    """The sentences of lines that each end where their last sentence ends."""
    return [sentence for line in lines for sentence in SENTENCE.split(line) if sentence.strip()]


def ease(lines: Iterable[str], language: str) -> Ease | None:
    """How easy the lines are; None in another language, or where there are no words."""
    said = sentences(lines)
    words = [word.lower() for sentence in said for word in WORD.findall(sentence)]
    if not words or language not in ("en", "es"):
        return None
    # Very short ones would make any text look easy.
    long = [sentence for sentence in said if len(WORD.findall(sentence)) > 2]
    per_sentence = len(words) / max(len(long), 1)
    per_word = sum(map(syllables if language == "en" else silabas, words)) / len(words)
    if language == "es":
        points = 206.835 - 62.3 * per_word - per_sentence
        return Ease(round(points), round(points) >= EASY, is_grade=False)
    grade = 0.39 * per_sentence + 11.8 * per_word - 15.59
    return Ease(round(max(grade, 0), 1), round(grade, 1) <= SIXTH_GRADE, is_grade=True)


def syllables(word: str) -> int:
    """Of an English word: groups of vowels, less a silent ending. Within 0.3 of a grade of a dictionary."""
    groups = re.findall(r"[aeiouy]+", word)
    return max(len(groups) - bool(SILENT.search(word)), 1)


def silabas(word: str) -> int:
    """Of a Spanish word: strong and stressed vowels each make one, weak ones join them."""
    plain = re.sub(r"(?<=q)u|(?<=g)u(?=[eiéí])", "", word)
    return max(len(SPANISH_NUCLEUS.findall(plain)), 1)
