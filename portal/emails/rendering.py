"""Letters from their templates: what says nothing of its own to one reader is rendered once, and filled in for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import force_locale
from markupsafe import escape

from portal import words

# What differs from reader to reader in letters that say no more than that, or how much there is: these alone.
_FILLED = ("link", "unsubscribe_url", "coming")
_OF_THE_READER = ("given_name", "mail_word")
# Facts that are the same for everybody who gets the same letter in the same language.
_COMMON = ("base_url", "clinic", "lang", "choices_url")
_NOT_OTHERS = {"to", *_FILLED, *_COMMON}
_MOST = 200
_PLACE = re.compile("\ue000(.*?)\ue001")  # of the letters that mean nothing: no text has them

# Subject, preview, text and HTML; as long as they are to be filled in, what stands between the places and their names.
Parts = tuple[str, str, str, str]
_Pieces = tuple[list[str], ...]


class _NeedsReader(Exception):
    """A template asked for more of its reader than can be filled in."""


class _Anybody:
    """Stands for the reader while a letter is rendered for everybody."""

    def __init__(self, **filled: str) -> None:
        self.__dict__.update(filled)

    def __getattr__(self, name: str) -> Any:
        raise _NeedsReader(name)


def render(message: str, facts: Mapping[str, Any]) -> Parts:
    """The parts of a letter with these facts. What differs by what can be filled in alone is rendered once."""
    others = [(name, fact) for name, fact in facts.items() if name not in _NOT_OTHERS]
    if not all(not fact or isinstance(fact, int) for _, fact in others):
        return _rendered(message, facts)  # days, times and names are nobody else's, and are not kept
    to = facts["to"]
    mine = {name: facts.get(name) for name in _FILLED} | {name: getattr(to, name) for name in _OF_THE_READER}
    key = (
        message,
        *[facts[name] for name in _COMMON],
        *[(name, str(fact)) for name, fact in others],
        *[bool(fact) for fact in mine.values()],
    )
    kept: dict[Any, _Pieces | None] = current_app.extensions.setdefault("letters", {})
    if key not in kept:
        if len(kept) >= _MOST:
            kept.clear()
        kept[key] = _for_everybody(message, facts, mine)
    pieces = kept[key]
    if pieces is None:
        return _rendered(message, facts)
    subject, preview, text = [_filled(part, mine) for part in pieces[:3]]
    escaped = {name: str(escape(fact)) for name, fact in mine.items() if fact}
    return subject, preview, text, _filled(pieces[3], escaped)


def _for_everybody(message: str, facts: Mapping[str, Any], mine: Mapping[str, Any]) -> _Pieces | None:
    places = {name: f"\ue000{name}\ue001" if fact else fact for name, fact in mine.items()}
    to = _Anybody(**{name: places.pop(name) for name in _OF_THE_READER})
    try:
        return tuple(_PLACE.split(part) for part in _rendered(message, {**facts, **places, "to": to}))
    except _NeedsReader:
        return None


def _filled(pieces: list[str], mine: Mapping[str, Any]) -> str:
    filled = pieces.copy()
    filled[1::2] = [mine[name] for name in pieces[1::2]]
    return words.one_point("".join(filled))


def _rendered(message: str, facts: Mapping[str, Any]) -> Parts:
    # Not Flask's render_template: a letter may say its facts and nothing of the frame of a page.
    def render(part: str, **more: str) -> str:
        return current_app.jinja_env.get_template(f"emails/{message}/{part}").render(facts, **more).strip()

    with force_locale(facts["lang"]):
        subject, preview = [" ".join(render(part).split()) for part in ("subject.txt", "preview.txt")]
        said = {"subject": subject, "preview": preview}
        return subject, preview, render("body.txt", **said) + "\n", render("body.html", **said) + "\n"
