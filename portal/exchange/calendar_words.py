"""What the words of an event say: its place, how people meet, its kind, and whether families may ever see it.

The words are looked at and let go: nothing but the place is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from portal.models import Kind
from portal.services.series_rules import LONGEST_PLACE

KINDS = (Kind.GROUP, Kind.INDIVIDUAL, Kind.CLASS, Kind.FAMILY)
# Medication visits and drug tests are never shown to relatives, so a title that sounds like one keeps the event out.
NEVER_SHOWN = re.compile(
    r"\b(?:med(?:s|ication)?|dos(?:e|ing)|inject(?:ion|able)s?|methadone|buprenorphine|suboxone|sublocade|vivitrol|"
    r"naltrexone|mat|moud|prescri\w*|pharmacy|psychiatr\w*|drug (?:test|screen)s?|drug testing|"
    r"u\.?a\.?|uas|uds|urine|urinalysis|tox|toxicology|swab|breathaly[sz]er|bac|lab|labs)\b",
    re.IGNORECASE,
)
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
ONLINE_WORDS = re.compile(r"\b(?:online|zoom|teams|google meet|webex|telehealth|virtual|video|doxy)\b", re.IGNORECASE)


def is_never_shown(texts: Iterable[str]) -> bool:
    """Whether a title or a category sounds like something that has no kind here."""
    return any(NEVER_SHOWN.search(text) for text in texts)


def kind_of(categories: Iterable[str]) -> str:
    """The kind that a category names; empty when none does."""
    found = {one.strip().casefold() for text in categories for one in text.split(",")}
    return next((kind for kind in KINDS if kind in found), "")


def place_and_mode(written: str) -> tuple[str, str]:
    """Where it is, and how people meet. A link is for those who take part, an address with @ is somebody's."""
    place = " ".join(written.split())
    mode = "online" if LINK.search(place) or ONLINE_WORDS.search(place) else ""
    if LINK.search(place) or "@" in place or len(place) > LONGEST_PLACE:
        return "", mode
    return place, mode
