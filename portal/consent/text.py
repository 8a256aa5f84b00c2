"""The words a patient signs: rendered once, then shown, hashed and stored as they are."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import lazy_gettext as _l

# Raise it when a word of templates/consent/text.txt, of words.txt beside it or of their translations changes.
TEXT_VERSION = "2026-3"

# 42 CFR 2.31(a)(6): the right to stop, how, and what a stop cannot reach.
HOW_TO_STOP = _l(
    "You can stop at any time: here, by phone or in writing. What was already shared cannot be pulled back."
)


@dataclass(frozen=True)
class Terms:
    """What one consent says; each field is an element of 42 CFR 2.31(a). Dates are the clinic's."""

    patient_name: str
    discloser: str
    recipient: str
    relation: str
    scopes: Sequence[str]
    email_level: str
    purpose: str
    how_to_stop: str
    ends_on: dt.date
    ends_with_program: bool
    today: dt.date
    # A parent or guardian who signs with a minor (42 CFR 2.14); empty where nobody does.
    parent_name: str = ""

    def things(self, words: Mapping[str, str]) -> list[str]:
        """What is shared, in the words of the document."""
        return [words[scope] for scope in self.scopes]


def render(terms: Terms) -> str:
    """The document in the reader's language: paragraphs parted by one empty line, nothing else.

    A paragraph of two lines is a heading and what it says.
    """
    # Without the frame around pages: a document is also made where nobody is signed in.
    raw = current_app.jinja_env.get_template("consent/text.txt").render(terms=terms)
    blocks = [block for block in re.split(r"\n\s*\n", raw) if block.strip()]
    return "\n\n".join("\n".join(" ".join(line.split()) for line in block.strip().split("\n")) for block in blocks)


def paragraphs(text: str) -> list[tuple[str, str]]:
    """(heading, words) of each paragraph, the heading empty where there is none. Loses no word."""
    found = []
    for block in text.split("\n\n"):
        first, _, rest = block.partition("\n")
        found.append((first, rest) if rest else ("", first))
    return found


def fingerprint(text: str) -> str:
    """The SHA-256 of the words, as stored beside them."""
    return hashlib.sha256(text.encode()).hexdigest()
