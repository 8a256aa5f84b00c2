"""All guides as the care team sees them: what families read, what is being written, what waits to be looked at."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import and_, select
from sqlalchemy.orm import aliased, joinedload

from portal import clinic, words
from portal.db import session
from portal.errors import NotShared
from portal.models import Guide, GuideDraft, GuideVersion, StaffMember
from portal.services import guide_files, guide_hints, guide_publishing
from portal.services.guide_editing import reviewed_by
from portal.services.guide_hints import Counted
from portal.services.guides import FALLBACK

REVIEWED_EVERY = relativedelta(months=12)

Key = tuple[str, str]


@dataclass(frozen=True)
class Shelved:
    """One guide in one language. `is_down`: families read it once. `is_older`: the English text changed since."""

    slug: str
    language: str
    title: str
    topic: str
    position: int
    counted: Counted
    guide: Guide | None
    draft: GuideDraft | None
    is_down: bool
    has_offer: bool
    is_older: bool
    is_due: bool
    reviewed_on: dt.date | None


def shelf() -> list[list[Shelved]]:
    """Every guide in the order of the library, each as the languages it has, English first. Four questions."""
    guides = {_key(row): row for row in session().scalars(select(Guide))}
    drafts = {_key(row): row for row in session().scalars(select(GuideDraft).options(joinedload(GuideDraft.staff)))}
    waiting = select(GuideVersion.slug, GuideVersion.language).where(
        GuideVersion.number.is_(None), GuideVersion.declined.is_(False)
    )
    offers = {(slug, language) for slug, language in session().execute(waiting)}
    gone = {_key(row): row for row in _taken_down()}
    by_slug: defaultdict[str, list[Shelved]] = defaultdict(list)
    for key in guides | drafts | gone:
        guide, english = guides.get(key), guides.get((key[0], FALLBACK))
        by_slug[key[0]].append(_shelved(guide, drafts.get(key), gone.get(key), key in offers, english))
    rows = [sorted(row, key=lambda one: (one.language != FALLBACK, one.language)) for row in by_slug.values()]
    return sorted(rows, key=lambda row: (row[0].position, row[0].slug))


def is_due(guide: Guide) -> bool:
    """Whether somebody has to look at it again: its day has come, or a year has passed since anybody did."""
    last = reviewed_on(guide) or words.local(guide.updated_at).date()
    in_a_year: dt.date = last + REVIEWED_EVERY
    return min(guide.review_by or in_a_year, in_a_year) <= clinic.today()


def reviewed_on(guide: Guide) -> dt.date | None:
    """The day on which somebody of this clinic reviewed it."""
    return guide_files.day(guide.front, "reviewed_on")


def next_review() -> dt.date:
    """Until when a review of today holds."""
    return clinic.today() + REVIEWED_EVERY


def review(slug: str, language: str, *, version: int, staff: StaffMember) -> None:
    """`staff` read this version and found nothing to change; it holds for a year. Raises NotShared."""
    guide = guide_publishing.published(slug, language, lock=True)
    if guide is None or guide.version != version:
        raise NotShared
    guide_publishing.review(guide, reviewed_by(staff) | {"review_by": next_review().isoformat()})


def is_older_than_english(guide: Guide | None, english: Guide | None) -> bool:
    """Whether the English text changed after this one."""
    both = guide is not None and english is not None and guide.language != FALLBACK
    return both and guide.updated_at < english.updated_at  # type: ignore[union-attr]


def _shelved(
    guide: Guide | None, draft: GuideDraft | None, gone: GuideVersion | None, has_offer: bool, english: Guide | None
) -> Shelved:
    file = guide_files.of(guide or draft or gone)
    front: dict[str, Any] = file.front
    return Shelved(
        slug=file.slug,
        language=file.language,
        title=str(front.get("title") or file.slug),
        topic=str(front.get("topic", "")),
        position=int(front.get("order") or 0),
        counted=guide_hints.counted(file.markdown, file.language),
        guide=guide,
        draft=draft,
        is_down=gone is not None,
        has_offer=has_offer,
        is_older=is_older_than_english(guide, english),
        is_due=guide is not None and is_due(guide),
        reviewed_on=reviewed_on(guide) if guide else None,
    )


def _taken_down() -> list[GuideVersion]:
    """The last version of what families read once and do not read now."""
    later = aliased(GuideVersion)

    def of_the_same(row: Any) -> Any:
        return and_(row.slug == GuideVersion.slug, row.language == GuideVersion.language)

    newer = select(later.id).where(of_the_same(later), later.number > GuideVersion.number)
    there = select(Guide.id).where(of_the_same(Guide))
    last = select(GuideVersion).where(GuideVersion.number.is_not(None), ~newer.exists(), ~there.exists())
    return list(session().scalars(last))


def _key(row: Any) -> Key:
    return row.slug, row.language
