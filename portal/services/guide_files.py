"""A guide as a file: facts on top, Markdown below, read and written in one way."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import frontmatter
from sqlalchemy import select

from portal.db import session
from portal.models import Guide
from portal.services import guide_front

NEEDED = ("title", "short_title", "topic", "order", "minutes")
# In a file the facts stand in this order, others after them.
ORDER = (
    "title", "short_title", "slug", "lang", "topic", "order", "minutes", "danger", "in_short", "try_this", "try_not",
    "sources", "check_yourself", "written_by", "reviewed_by", "reviewed_on", "review_by", "related",
)  # fmt: skip
# Who looked at the words is told apart from the words.
REVIEW = ("reviewed_by", "reviewed_on", "review_by")
DAYS = ("reviewed_on", "review_by")
# Made from the words whenever they are shown, so no file has them.
MADE = ("headings",)
# In a file: the clinic wrote these words, and what comes with the portal does not replace them.
EDITED = "edited_here"

Watch = Callable[[Iterable[Any], int], Iterable[Any]]


class BadGuide(ValueError):
    """A file is not a guide; the message names the file and what is missing."""


@dataclass(frozen=True)
class GuideFile:
    """One guide in one language. `front` is the facts on top, days as ISO 8601; `edited`: the clinic's own words."""

    slug: str
    language: str
    front: dict[str, Any]
    markdown: str
    edited: bool = False

    def has_the_words_of(self, other: GuideFile) -> bool:
        """Whether both say the same; who reviewed them, and an empty fact, make no difference."""
        return self._words() == other._words()

    def _words(self) -> tuple[dict[str, Any], str]:
        told = {name: fact for name, fact in self.front.items() if fact not in (None, "", [], {})}
        return {name: fact for name, fact in told.items() if name not in (*REVIEW, *MADE)}, self.markdown.strip()


def of(row: Any) -> GuideFile:
    """The file of a Guide, a GuideVersion or a GuideDraft."""
    front = {name: fact for name, fact in row.front.items() if name not in MADE}
    return GuideFile(row.slug, row.language, front, row.markdown, bool(getattr(row, "edited", False)))


def read(file: Path) -> GuideFile:
    """`LANGUAGE/slug.md`. Raises BadGuide."""
    name = f"{file.parent.name}/{file.name}"
    try:
        said, markdown = guide_front.read(file.read_bytes().decode("utf-8"))
    except Exception as trouble:  # YAML has many ways to be wrong
        raise BadGuide(f"{name}: cannot be read ({type(trouble).__name__})") from trouble
    lacking = [fact for fact in NEEDED if not said.get(fact)]
    if lacking:
        raise BadGuide(f"{name}: lacks {', '.join(lacking)}")
    if wrong := guide_front.trouble(file.stem, file.parent.name, said, markdown):
        raise BadGuide(f"{name}: {wrong}")
    facts: dict[str, Any] = _for_json(said)
    edited = bool(facts.pop(EDITED, False))
    front = facts | {"slug": file.stem, "lang": file.parent.name}
    return GuideFile(file.stem, file.parent.name, front, markdown, edited)


def text(guide: GuideFile) -> str:
    """What stands in the file of `guide`: the same for the same guide."""
    known = {name: guide.front[name] for name in ORDER if name in guide.front}
    front = known | guide.front | ({EDITED: True} if guide.edited else {})
    front |= {name: said for name in DAYS if (said := day(front, name))}
    page = frontmatter.Post(guide.markdown.strip())
    page.metadata = front
    return str(frontmatter.dumps(page, sort_keys=False, width=120)) + "\n"


def digest(guide: GuideFile) -> str:
    """A new one whenever the file would be another."""
    return hashlib.sha256(text(guide).encode()).hexdigest()


def day(front: dict[str, Any], name: str) -> dt.date | None:
    """The day that a fact names; None when it names none."""
    try:
        return dt.date.fromisoformat(str(front.get(name)))
    except ValueError:
        return None


def export(folder: Path, watch: Watch = lambda items, _: items) -> int:
    """Write what families can read as `LANGUAGE/slug.md` below `folder`; returns how many. Raises OSError."""
    guides = list(session().scalars(select(Guide).order_by(Guide.language, Guide.slug)))
    for guide in watch(guides, len(guides)):
        file = folder / guide.language / f"{guide.slug}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(of(guide)), encoding="utf-8", newline="\n")
    return len(guides)


def _for_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _for_json(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_for_json(inside) for inside in value]
    return value.isoformat() if isinstance(value, dt.date) else value
