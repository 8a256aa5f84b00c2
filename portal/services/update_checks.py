"""What an update must be before anybody reads it: has a title and a text, is short, and is finished."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from portal.errors import Refused
from portal.services.choices import check_language

LONGEST_TITLE = 120
MOST_WORDS = 600
# A word longer than this is not a word.
LONGEST_TEXT = MOST_WORDS * 12
MOST_PEOPLE = 20

GAP = re.compile(r"\[[^\[\]\n]{0,80}\]")


@dataclass(frozen=True)
class Words:
    """What an update says, and in which language."""

    title: str
    text: str
    language: str = "en"

    def tidied(self) -> Words:
        """Without what stands around them by accident."""
        return Words(self.title.strip(), self.text.strip(), self.language)


def check_title(title: str) -> None:
    """Raise Refused unless there is a title short enough for a list."""
    if not title.strip():
        raise Refused(_l("Give it a title"), "title")
    if len(title.strip()) > LONGEST_TITLE:
        raise Refused(_l("Make the title shorter: at most %(most)d letters", most=LONGEST_TITLE), "title")
    check_no_gap(title, "title")


def check_text(text: str) -> None:
    """Raise Refused unless there is a text that families can read in a few minutes."""
    if not text.strip():
        raise Refused(_l("Write the update"), "text")
    if len(text.split()) > MOST_WORDS or len(text) > LONGEST_TEXT:
        raise Refused(_l("Make it shorter: at most %(most)d words", most=MOST_WORDS), "text")
    check_no_gap(text, "text")


def check_no_gap(text: str, field: str) -> None:
    """Raise Refused while something of a ready text waits to be filled in."""
    if gap := GAP.search(text):
        raise Refused(_l("Write something in place of %(gap)s", gap=gap.group()), field)


def check_words(words: Words) -> None:
    """Raise Refused unless all of it will do."""
    check_title(words.title)
    check_text(words.text)
    check_language(words.language)


def check_how_many(patients: int) -> None:
    """Raise Refused unless it is about somebody, and not about half the clinic."""
    if not patients:
        raise Refused(_l("Choose who it is about"), "person")
    if patients > MOST_PEOPLE:
        raise Refused(_l("Choose fewer people: at most %(most)d", most=MOST_PEOPLE), "several")
