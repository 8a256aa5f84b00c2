"""Ready texts to begin an update from; what stands in [brackets] has to be filled in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.consent.scopes import Scope
from portal.errors import NotShared
from portal.services.update_checks import Words

SHIPPED = Path(__file__).with_name("ready_texts.toml")


@dataclass(frozen=True)
class ReadyText:
    """One text in one language, and the kind of update it begins."""

    key: str
    scope: Scope
    words: Words


def in_language(language: str) -> list[ReadyText]:
    """All of them in one language, in the order of the file."""
    return [one for one in _all() if one.words.language == language]


def find(key: str, language: str) -> ReadyText:
    """One of them. Raises NotShared."""
    found = next((one for one in in_language(language) if one.key == key), None)
    if found is None:
        raise NotShared
    return found


@cache
def _all() -> tuple[ReadyText, ...]:
    texts = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["texts"]
    return tuple(
        ReadyText(one["key"], Scope(one["kind"]), Words(one[code]["title"], one[code]["text"].strip(), code))
        for one in texts
        for code in ("en", "es")
    )
