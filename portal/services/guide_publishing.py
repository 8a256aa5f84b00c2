"""Make a text the one that families read, or take it away: its version is kept, the search learns or forgets it."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from portal import clock
from portal.db import session
from portal.errors import NotShared
from portal.models import Guide, GuideVersion
from portal.services import guide_files, guide_index
from portal.services.guide_files import GuideFile
from portal.services.guide_text import render

Row = TypeVar("Row")


def published(slug: str, language: str, *, lock: bool = False) -> Guide | None:
    """What families read of a guide in exactly this language; `lock` keeps it from others until the end."""
    guide = select(Guide).where(Guide.slug == slug, Guide.language == language)
    return session().scalar(as_it_is_now(guide) if lock else guide)


def publish(file: GuideFile, *, staff_id: int | None, came_with_portal: bool = False) -> Guide:
    """Let families read `file` from now on, as the next version of its guide. The index is left to `refresh`.

    Whether its words are the clinic's own is what `file.edited` says.
    """
    guide = published(file.slug, file.language, lock=True)
    number = last_number(file.slug, file.language) + 1
    if guide is None:
        guide = Guide(slug=file.slug, language=file.language)
        session().add(guide)
    _fill(guide, file)
    guide.version, guide.updated_at = number, clock.now()
    session().add(
        GuideVersion(
            slug=file.slug,
            language=file.language,
            number=number,
            front=file.front,
            markdown=file.markdown,
            at=clock.now(),
            staff_id=staff_id,
            came_with_portal=came_with_portal,
        )
    )
    session().flush()
    return guide


def review(guide: Guide, front: dict[str, Any]) -> None:
    """Put down who reviewed a guide and until when that holds; its words and its version stay."""
    file = guide_files.of(guide)
    facts = {name: front[name] for name in guide_files.REVIEW if front.get(name)}
    kept = {name: fact for name, fact in file.front.items() if name not in guide_files.REVIEW}
    _fill(guide, GuideFile(file.slug, file.language, kept | facts, file.markdown, file.edited))
    session().flush()


def take_down(slug: str, language: str) -> None:
    """Nobody reads it any more; its versions stay. Raises NotShared."""
    guide = published(slug, language, lock=True)
    if guide is None:
        raise NotShared
    guide_index.forget(guide)
    session().delete(guide)
    session().flush()


def put_back(slug: str, language: str) -> None:
    """Let families read the last version of a guide that was taken down, as the version it was. Raises NotShared."""
    last = session().scalar(
        select(GuideVersion)
        .where(GuideVersion.slug == slug, GuideVersion.language == language, GuideVersion.number.is_not(None))
        .order_by(GuideVersion.number.desc())
        .limit(1)
    )
    if last is None or published(slug, language) is not None:
        raise NotShared
    file = guide_files.of(last)
    guide = Guide(slug=slug, language=language, version=last.number, updated_at=last.at)
    _fill(guide, GuideFile(slug, language, file.front, file.markdown, not is_as_it_came(file)))
    session().add(guide)
    session().flush()
    guide_index.refresh()


def is_as_it_came(file: GuideFile) -> bool:
    """Whether it says what the newest text says that came with the portal."""
    newest = session().scalar(
        select(GuideVersion)
        .where(
            GuideVersion.slug == file.slug,
            GuideVersion.language == file.language,
            GuideVersion.came_with_portal.is_(True),
        )
        .order_by(GuideVersion.at.desc(), GuideVersion.id.desc())
        .limit(1)
    )
    return newest is not None and guide_files.of(newest).has_the_words_of(file)


def as_it_is_now(asked: Select[Row]) -> Select[Row]:
    """`asked`, read anew and kept from others until the end."""
    return asked.with_for_update().execution_options(populate_existing=True)


def last_number(slug: str, language: str) -> int:
    """The number of the newest version; 0 for a guide that was never published."""
    numbers = select(func.max(GuideVersion.number)).where(GuideVersion.slug == slug, GuideVersion.language == language)
    return session().scalar(numbers) or 0


def _fill(guide: Guide, file: GuideFile) -> None:
    html, headings = render(file.markdown)
    front = file.front
    guide.title, guide.short_title, guide.topic = (str(front[name]) for name in ("title", "short_title", "topic"))
    guide.position, guide.minutes = int(front["order"]), int(front["minutes"])
    guide.front = front | {"headings": [list(heading) for heading in headings]}
    guide.markdown, guide.html = file.markdown, html
    guide.file_hash = guide_files.digest(file)
    guide.edited = file.edited
    guide.review_by = guide_files.day(front, "review_by")
