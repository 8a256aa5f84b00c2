"""Guides for families, found by topic and name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from portal.db import session
from portal.errors import NotShared
from portal.models import Guide, GuideProgress
from portal.services import guide_progress

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


@dataclass(frozen=True)
class GuideRow:
    """One line of the library. `language` is the one it will be read in; `languages` are all there are.

    The last three are what its reader said: read it, in the middle of it, read it before it was changed.
    """

    slug: str
    title: str
    topic: str
    minutes: int
    language: str
    languages: tuple[str, ...]
    is_read: bool = False
    is_begun: bool = False
    is_changed: bool = False


# Questions


def listed(language: str, *, account_id: int | None = None, slugs: Collection[str] | None = None) -> list[GuideRow]:
    """The library in reading order, each guide in `language` where it exists, else in English.

    `slugs` keeps these guides only; `account_id` says whose read marks to show.
    """
    rows = session().execute(
        select(Guide.slug, Guide.language, Guide.title, Guide.topic, Guide.minutes, Guide.version)
        .where(*([] if slugs is None else [Guide.slug.in_(slugs)]))
        .order_by(Guide.position, Guide.slug)
    )
    progress = guide_progress.of(account_id)
    by_slug: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_slug.setdefault(row.slug, {})[row.language] = row
    return [
        _row(best, tuple(sorted(versions)), progress.get(slug))
        for slug, versions in by_slug.items()
        if (best := versions.get(language) or versions.get(FALLBACK)) is not None
    ]


def _row(best: Any, languages: tuple[str, ...], progress: GuideProgress | None) -> GuideRow:
    row = GuideRow(best.slug, best.title, best.topic, best.minutes, best.language, languages)
    if progress is None:
        return row
    is_read = progress.read_at is not None
    return replace(
        row,
        is_read=is_read,
        is_begun=bool(progress.place),
        is_changed=is_read and guide_progress.is_changed(best, progress),
    )


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
