"""How an update reads while it is written: counted and hinted at, never forbidden."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.models import Patient
from portal.services import reading_grade, update_names, word_list
from portal.services.reading_grade import Ease
from portal.services.update_checks import Words
from portal.services.word_list import Hint

# Families read letters of the clinic beside the guides, so two grades more than a guide may have.
EIGHTH_GRADE = 8.0
# Of the international list of diseases: any of chapter F, of the others only those with a decimal.
CODE = re.compile(r"(?<!\w)(?:F\d{2}(?:\.[0-9A-Z]{1,4})?|[A-TV-Z]\d[0-9AB]\.[0-9A-Z]{1,4})(?!\w)")


@dataclass(frozen=True)
class Hints:
    """`swaps`: words of the list; `names`: of somebody else than whom it is about; `codes`: of a diagnosis."""

    ease: Ease | None
    swaps: tuple[Hint, ...]
    names: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def is_hard(self) -> bool:
        """Whether it asks too much of a tired reader."""
        if self.ease is None:
            return False
        return self.ease.number > EIGHTH_GRADE if self.ease.is_grade else not self.ease.good

    @property
    def any(self) -> bool:
        return bool(self.swaps or self.names or self.codes)


def hints(words: Words, patients: Sequence[Patient]) -> Hints:
    """What to look at again in an update about these patients."""
    both = (words.title, words.text)
    lines = [line if line.endswith((".", "?", ":", "!")) else f"{line}." for line in _lines(words.text)]
    return Hints(
        ease=reading_grade.ease(lines, words.language),
        swaps=tuple(word_list.hints(*both)) if words.language == "en" else (),
        names=tuple(update_names.others_in(patients, words)),
        codes=tuple(dict.fromkeys(code for text in both for code in CODE.findall(text))),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
