"""Letters from their templates: what says nothing of its own to one reader is rendered once, and filled in for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from markupsafe import escape

# What differs from reader to reader in letters that say no more than that there is something: these alone.
_FILLED = ("link", "unsubscribe_url")
_OF_THE_READER = ("given_name", "mail_word")
# Facts that are the same for everybody who gets the same letter in the same language.
_COMMON = ("base_url", "clinic", "lang", "subject", "preview", "choices_url")
_MOST = 200


class _NeedsReader(Exception):
    """A template asked for more of its reader than can be filled in."""


class _Anybody:
    """Stands for the reader while a letter is rendered for everybody."""

    def __init__(self, **filled: str) -> None:
        self.__dict__.update(filled)

    def __getattr__(self, name: str) -> Any:
        raise _NeedsReader(name)


def render(template: str, facts: Mapping[str, Any]) -> str:
    """The template with these facts. What it says by `to`, `link` and `unsubscribe_url` alone is rendered once."""
    mine = {name: getattr(facts["to"], name) for name in _OF_THE_READER} | {name: facts[name] for name in _FILLED}
    others = {name: fact for name, fact in facts.items() if name not in ("to", *_FILLED, *_COMMON)}
    if not all(not fact or isinstance(fact, int) for fact in others.values()):
        return _rendered(template, facts)  # days, times and names are nobody else's, and are not kept
    common = tuple(facts.get(name) for name in _COMMON)
    key = (
        template,
        common,
        tuple(sorted((name, str(fact)) for name, fact in others.items())),
        tuple(bool(fact) for fact in mine.values()),
    )
    kept: dict[Any, str | None] = current_app.extensions.setdefault("letters", {})
    if key not in kept:
        if len(kept) >= _MOST:
            kept.clear()
        kept[key] = _for_everybody(template, facts, mine)
    text = kept[key]
    if text is None:
        return _rendered(template, facts)
    for name, fact in mine.items():
        if fact:
            text = text.replace(_place(name), str(escape(fact)) if template.endswith(".html") else fact)
    return text


def _for_everybody(template: str, facts: Mapping[str, Any], mine: Mapping[str, Any]) -> str | None:
    places = {name: _place(name) if fact else fact for name, fact in mine.items()}
    to = _Anybody(**{name: places.pop(name) for name in _OF_THE_READER})
    try:
        return _rendered(template, {**facts, **places, "to": to})
    except _NeedsReader:
        return None


def _place(name: str) -> str:
    return f"\ue000{name}\ue001"  # of the letters that mean nothing: no text has them


def _rendered(template: str, facts: Mapping[str, Any]) -> str:
    # Not Flask's render_template: a letter may say its facts and nothing of the frame of a page.
    return current_app.jinja_env.get_template(template).render(facts).strip()
