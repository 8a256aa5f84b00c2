"""What stands around the text of a guide, before it is stored: each fact of its kind, no longer than there is room."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from portal.services.guide_links import leads_elsewhere
from portal.services.guide_signs import plain, turns

LONGEST = {"title": 160, "short_title": 60, "topic": 30, "related": 80, "written_by": 160, "reviewed_by": 160}
LINES = ("in_short", "try_this", "try_not")
NUMBERS = {"order": 100_000, "minutes": 600}
# Lists of facts that belong together, and which of them must be there.
TOGETHER = {"sources": ("title", "publisher"), "check_yourself": ("question", "answer")}
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2}")
# Of a guide with all that stands around it: ten times what the longest has, and rendered in a second or two.
MOST_LETTERS = 60_000
MOST = 10**15


def read(text: str) -> tuple[dict[str, Any], str]:
    """The facts and the Markdown of a file. Raises all that YAML raises."""
    return frontmatter.parse(text, handler=_Facts())


def trouble(slug: str, language: str, front: dict[str, Any], markdown: str) -> str | None:
    """Why this is no guide, as a sentence for the person who wrote the file; None when it is one."""
    every = chain(_of_the_file(slug, language, front, markdown), _of_the_facts(front), _of_the_lists(front))
    return next(every, None)


def hides_signs(front: dict[str, Any], markdown: str) -> bool:
    """Whether there are signs in a guide that nobody sees and that change how the rest is read."""
    return turns(markdown) or any(plain(words) != words for words in map(str, _every(front)))


class _WithoutAliases(yaml.SafeLoader):
    """A fact that stands for another could stand for itself, or for a million others."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("a fact stands for another")
        return super().compose_node(parent, index)


class _Facts(YAMLHandler):
    def load(self, fm: str, **_: object) -> Any:
        return super().load(fm, Loader=_WithoutAliases)


def _of_the_file(slug: str, language: str, front: dict[str, Any], markdown: str) -> Iterator[str]:
    if not NAME.fullmatch(slug) or len(slug) > LONGEST["related"]:
        yield "the name of the file is small letters, numbers and hyphens, like first-steps.md"
    if not LANGUAGE.fullmatch(language):
        yield "the name of the folder is a language, like en"
    every = list(_every(front))
    if not all(map(_is_a_fact, every)):
        yield "facts are words, numbers, days, and lists of them"
    said = [str(fact) for fact in every]
    if len(markdown) + sum(map(len, said)) > MOST_LETTERS:
        yield f"a guide has at most {MOST_LETTERS} letters; make two of it"
    if hides_signs(front, markdown):
        yield "there are signs in it that cannot be seen and that change how the rest is read"


def _of_the_facts(front: dict[str, Any]) -> Iterator[str]:
    for name, most in LONGEST.items():
        fact = front.get(name) or ""
        if not isinstance(fact, str | int | float) or len(str(fact)) > most:
            yield f"{name} is text of at most {most} letters"
    for name in ("topic", "related"):
        if front.get(name) and not NAME.fullmatch(str(front[name])):
            yield f"{name} is small letters, numbers and hyphens"
    for name in ("title", "short_title"):
        if not str(front.get(name)).strip():
            yield f"lacks {name}"
    for name, most in NUMBERS.items():
        fact = front.get(name)
        if not isinstance(fact, int) or not 0 < fact <= most:
            yield f"{name} is a number from 1 to {most}"


def _of_the_lists(front: dict[str, Any]) -> Iterator[str]:
    for name in LINES:
        if not _is_lines(front.get(name)):
            yield f"{name} is a list of sentences"
    danger = front.get("danger") or {}
    if not isinstance(danger, dict) or not _is_words(danger.get("title", "")) or not _is_lines(danger.get("lines")):
        yield "danger has a title and lines, a list of sentences"
    for name, needed in TOGETHER.items():
        facts = front.get(name) or []
        if not isinstance(facts, list) or not all(_has(fact, needed) for fact in facts):
            yield f"{name} is a list, and each of it has {' and '.join(needed)}"
        elif not all(leads_elsewhere(str(fact["url"])) for fact in facts if fact.get("url")):
            yield "the url of a source begins with https:// and names a site, without spaces"


def _has(fact: Any, needed: tuple[str, ...]) -> bool:
    return isinstance(fact, dict) and all(_is_words(fact.get(name)) for name in needed)


def _is_lines(fact: Any) -> bool:
    return fact is None or (isinstance(fact, list) and all(map(_is_words, fact)))


def _is_words(fact: Any) -> bool:
    return isinstance(fact, str | int | float)


def _is_a_fact(fact: Any) -> bool:
    if isinstance(fact, int | float):
        return -MOST < fact < MOST
    return fact is None or isinstance(fact, str | dt.date)


def _every(fact: Any) -> Iterator[Any]:
    """All names and facts, however deep."""
    if isinstance(fact, dict):
        yield from fact
    if isinstance(fact, dict | list):
        for inside in fact.values() if isinstance(fact, dict) else fact:
            yield from _every(inside)
    else:
        yield fact
