"""Signs that nobody sees and that change what is seen: backwards text, marks piled up, letters without width."""

from __future__ import annotations

import re

# Control characters, what turns the direction of all that follows, and line ends that only some programs know.
TURNING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
PILE = re.compile(f"({MARK}{{3}}){MARK}+")


def turns(text: str) -> bool:
    """Whether a text holds signs that no guide needs and that change how the rest is read."""
    return TURNING.search(text) is not None


def plain(text: str) -> str:
    """The text without such signs, and with no more than three marks on a letter."""
    return PILE.sub(r"\1", HIDDEN.sub("", TURNING.sub("", text)))
