"""How a guide reads while it is written: counted and hinted at, never forbidden."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

from portal.services import reading_grade, word_list
from portal.services.guide_files import GuideFile
from portal.services.reading_grade import Ease
from portal.services.word_list import Hint

# What a browser tab or a browser history would give away. A piece of a word is enough.
TELLING = (
    "overdos", "sobredosis", "naloxon", "suicid", "drug", "drog", "alcohol", "opioid", "opiáceo", "fentanyl",
    "addict", "adicc", "relaps", "recaíd", "recover", "recupera", "rehab", "detox", "sober", "sobri",
    "substance", "sustancia", "treatment", "tratamiento", "therap", "terapia", "clinic", "clínic", "patient",
    "paciente", "iop", "mental", "psych", "psiqu", "depress", "depres", "diagnos", "withdrawal", "consumo",
    "violen", "afraid", "miedo", "abus", "maltrat",
)  # fmt: skip

FEWEST_WORDS, MOST_WORDS = 400, 900
WORDS_A_MINUTE = 200
LONG_SENTENCE = 20
MOST_POINTS = 3


@dataclass(frozen=True)
class Reading:
    """How a guide reads. `swaps`: words of the list; `telling`: what its address and tab give away."""

    words: int
    minutes: int
    ease: Ease | None
    long_sentences: tuple[str, ...]
    swaps: tuple[Hint, ...]
    telling: tuple[str, ...]
    points: int
    sources: int

    @property
    def is_long(self) -> bool:
        return self.words > MOST_WORDS

    @property
    def is_short(self) -> bool:
        return self.words < FEWEST_WORDS


def telling(slug: str, short_title: str) -> list[str]:
    """The pieces of words in a guide's address and tab from which a stranger could guess more than they should."""
    outside = f"{slug} {short_title}".lower()
    return [piece for piece in TELLING if piece in outside]


def reading(guide: GuideFile) -> Reading:
    """How it reads, as far as can be counted."""
    front = guide.front
    boxes = [str(line) for name in ("in_short", "try_this", "try_not") for line in front.get(name) or ()]
    danger: dict[str, Any] = front.get("danger") or {}
    shown = [str(front.get("title", "")), *boxes, *map(str, danger.get("lines", ()))]
    text = counted(guide.markdown, guide.language)
    sentences = reading_grade.sentences([*shown, *blocks(guide.markdown)])
    swaps = word_list.hints(*shown, guide.markdown) if guide.language == "en" else []
    return Reading(
        words=text.words,
        minutes=max(math.ceil(text.words / WORDS_A_MINUTE), 1),
        ease=text.ease,
        long_sentences=tuple(one for one in sentences if len(one.split()) >= LONG_SENTENCE),
        swaps=tuple(swaps),
        telling=tuple(telling(guide.slug, str(front.get("short_title", "")))),
        points=len(front.get("in_short") or ()),
        sources=len(front.get("sources") or ()),
    )


def blocks(markdown: str) -> list[str]:
    """Each heading, paragraph and list item as readers see it, ended like a sentence."""
    lines = []
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "inline":
            words = "".join(
                " " if part.type in ("softbreak", "hardbreak") else part.content for part in token.children or ()
            )
            lines.append(words if words.rstrip("\"'”»)").endswith((".", "?", ":")) else f"{words}.")
    return lines


class Counted(NamedTuple):
    """How long and how easy the text of a guide is, what stands around it left aside."""

    words: int
    ease: Ease | None


# The list of all guides counts each of them whenever it is opened.
@lru_cache(maxsize=512)
def counted(markdown: str, language: str) -> Counted:
    """Counted once for each text."""
    lines = blocks(markdown)
    return Counted(len(" ".join(lines).split()) if markdown.strip() else 0, reading_grade.ease(lines, language))
