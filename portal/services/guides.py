"""Guides for families: read from Markdown files, cleaned once, found by topic and name."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from portal import clock
from portal.db import session
from portal.errors import NotShared
from portal.models import Guide, GuideRead
from portal.services import guide_front, guide_index
from portal.services.guide_text import pictures_in, render

FALLBACK = "en"

# By need, not by diagnosis, in the order of the library.
TOPICS: dict[str, LazyString] = {
    "start-here": _l("Start here"),
    "right-now": _l("Right now"),
    "talking": _l("Talking"),
    "looking-after-you": _l("Looking after you"),
    "children": _l("Helping children"),
    "how-treatment-works": _l("How treatment works"),
    "after-the-program": _l("After the program"),
}

# What a guide may show: one template each.
PICTURES = frozenset(file.stem for file in (Path(__file__).parents[2] / "templates" / "pictures").glob("*.html"))

NEEDED = ("title", "short_title", "topic", "order", "minutes")


class BadGuide(ValueError):
    """A file is not a guide; the message names the file and what is missing."""


@dataclass(frozen=True)
class GuideRow:
    """One line of the library. `language` is the one it will be read in; `languages` are all there are."""

    slug: str
    title: str
    topic: str
    minutes: int
    language: str
    languages: tuple[str, ...]
    is_read: bool = False


# Questions


def listed(language: str, *, account_id: int | None = None, slugs: Collection[str] | None = None) -> list[GuideRow]:
    """The library in reading order, each guide in `language` where it exists, else in English.

    `slugs` keeps these guides only; `account_id` says whose read marks to show.
    """
    rows = session().execute(
        select(Guide.slug, Guide.language, Guide.title, Guide.topic, Guide.minutes)
        .where(*([] if slugs is None else [Guide.slug.in_(slugs)]))
        .order_by(Guide.position, Guide.slug)
    )
    read = _read_by(account_id) if account_id is not None else set()
    by_slug: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_slug.setdefault(row.slug, {})[row.language] = row
    return [
        GuideRow(slug, best.title, best.topic, best.minutes, best.language, tuple(sorted(versions)), slug in read)
        for slug, versions in by_slug.items()
        if (best := versions.get(language) or versions.get(FALLBACK)) is not None
    ]


def by_topic(rows: Iterable[GuideRow]) -> dict[str, list[GuideRow]]:
    """The rows under their topics, topics in the order of the library; empty ones are left out."""
    found: dict[str, list[GuideRow]] = {topic: [] for topic in TOPICS}
    for row in rows:
        found.setdefault(row.topic, []).append(row)
    return {topic: rows for topic, rows in found.items() if rows}


def get(slug: str, language: str) -> Guide:
    """The guide in `language`, or in English where there is no such version. Raises NotShared."""
    versions = {
        guide.language: guide
        for guide in session().scalars(
            select(Guide).where(Guide.slug == slug, Guide.language.in_((language, FALLBACK)))
        )
    }
    guide = versions.get(language) or versions.get(FALLBACK)
    if guide is None:
        raise NotShared
    return guide


def languages_of(slug: str) -> list[str]:
    """The languages a guide can be read in."""
    return list(session().scalars(select(Guide.language).where(Guide.slug == slug).order_by(Guide.language)))


def title_of(slug: str, language: str) -> tuple[str, str] | None:
    """(slug, title) of a guide to go on with; None when there is no such guide."""
    rows = {
        row.language: row.title
        for row in session().execute(
            select(Guide.language, Guide.title).where(Guide.slug == slug, Guide.language.in_((language, FALLBACK)))
        )
    }
    title = rows.get(language) or rows.get(FALLBACK)
    return (slug, title) if title else None


def is_read(account_id: int, slug: str) -> bool:
    """Whether this account marked the guide as read."""
    return session().get(GuideRead, (account_id, slug)) is not None


# Acts


def mark_read(account_id: int, slug: str) -> None:
    """Remember that a guide was read; twice is once. Private to the reader. Raises NotShared."""
    get(slug, FALLBACK)
    if not is_read(account_id, slug):
        session().add(GuideRead(account_id=account_id, slug=slug, read_at=clock.now()))


def load(folder: Path) -> dict[str, int]:
    """Read every `LANGUAGE/slug.md` below `folder` into the database. Safe to repeat.

    Counts `created`, `updated` and `unchanged`. Raises BadGuide before anything is stored.
    """
    drafts = [_draft(file) for file in sorted(folder.glob("*/*.md"))]
    known = {(guide.slug, guide.language): guide for guide in session().scalars(select(Guide))}
    counts: Counter[str] = Counter(created=0, updated=0, unchanged=0)
    for draft in drafts:
        guide = known.get((draft["slug"], draft["language"]))
        if guide is not None and guide.file_hash == draft["file_hash"]:
            counts["unchanged"] += 1
            continue
        counts["created" if guide is None else "updated"] += 1
        if guide is None:
            guide = Guide(slug=draft["slug"], language=draft["language"])
            session().add(guide)
        for name, value in draft.items():
            setattr(guide, name, value)
        guide.updated_at = clock.now()
    session().flush()
    guide_index.refresh()
    return dict(counts)


def _draft(file: Path) -> dict[str, Any]:
    raw = file.read_bytes()
    language = file.parent.name
    try:
        facts, markdown = guide_front.read(raw.decode("utf-8"))
    except Exception as trouble:  # YAML has many ways to be wrong
        raise BadGuide(f"{language}/{file.name}: cannot be read ({type(trouble).__name__})") from trouble
    lacking = [name for name in NEEDED if not facts.get(name)]
    if lacking:
        raise BadGuide(f"{language}/{file.name}: lacks {', '.join(lacking)}")
    wrong = guide_front.trouble(file.stem, language, facts, markdown)
    if wrong:
        raise BadGuide(f"{language}/{file.name}: {wrong}")
    html, headings = render(markdown)
    unknown = [picture for picture in pictures_in(html) if picture not in PICTURES]
    if unknown:
        raise BadGuide(f"{language}/{file.name}: there is no picture named {', '.join(unknown)}")
    return {
        "slug": file.stem,
        "language": language,
        "title": str(facts["title"]),
        "short_title": str(facts["short_title"]),
        "topic": str(facts["topic"]),
        "position": int(facts["order"]),
        "minutes": int(facts["minutes"]),
        "front": _for_json(facts) | {"headings": headings},
        "markdown": markdown,
        "html": html,
        "file_hash": hashlib.sha256(raw).hexdigest(),
    }


def _for_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _for_json(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_for_json(inside) for inside in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _read_by(account_id: int) -> set[str]:
    return set(session().scalars(select(GuideRead.slug).where(GuideRead.account_id == account_id)))
