"""Load a folder of guides: what is new is published, what the clinic wrote itself stays, the rest is offered."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from sqlalchemy import select

from portal import clock
from portal.db import session
from portal.models import Guide, GuideVersion
from portal.services import guide_files, guide_index
from portal.services.guide_files import BadGuide, GuideFile, Watch
from portal.services.guide_publishing import publish, review
from portal.services.guide_text import pictures_in, render
from portal.services.guides import PICTURES

Key = tuple[str, str]


def load(folder: Path, watch: Watch = lambda items, _: items) -> dict[str, int]:
    """Read every `LANGUAGE/slug.md` below `folder` into the library. Safe to repeat.

    Counts `created`, `updated`, `unchanged`, and `kept`: the clinic has words of its own or took the guide down, and
    a text it does not know waits to be looked at. Raises BadGuide before anything is stored.
    """
    files = sorted(folder.glob("*/*.md"))
    came = [_checked(file) for file in watch(files, len(files))]
    there = {(guide.slug, guide.language): guide for guide in session().scalars(select(Guide))}
    known: defaultdict[Key, list[GuideVersion]] = defaultdict(list)
    for version in session().scalars(select(GuideVersion).order_by(GuideVersion.id)):
        known[version.slug, version.language].append(version)
    counts = Counter(created=0, updated=0, unchanged=0, kept=0)
    for file in came:
        key = (file.slug, file.language)
        counts[_take_in(file, there.get(key), known[key])] += 1
    session().flush()
    guide_index.refresh()
    return dict(counts)


def _checked(path: Path) -> GuideFile:
    file = guide_files.read(path)
    unknown = [picture for picture in pictures_in(render(file.markdown)[0]) if picture not in PICTURES]
    if unknown:
        raise BadGuide(f"{file.language}/{path.name}: there is no picture named {', '.join(unknown)}")
    return file


def _take_in(file: GuideFile, guide: Guide | None, known: list[GuideVersion]) -> str:
    if guide is None and not known:
        publish(file, staff_id=None, came_with_portal=True)
        return "created"
    if guide is None or guide.edited:
        if guide is not None and guide_files.of(guide).has_the_words_of(file):
            return "unchanged"
        if not any(guide_files.of(version).has_the_words_of(file) for version in known):
            _offer(file, known)
        return "kept"
    if not guide_files.of(guide).has_the_words_of(file):
        publish(file, staff_id=None, came_with_portal=True)
        return "updated"
    # The same words may be shown better by a newer portal, or be looked at again by those who wrote them.
    review(guide, guide.front if guide.front.get("reviewed_on") else file.front)
    return "unchanged"


def _offer(file: GuideFile, known: list[GuideVersion]) -> None:
    for version in known:
        version.declined = version.declined or version.number is None  # an older one that nobody took
    session().add(
        GuideVersion(
            slug=file.slug,
            language=file.language,
            front=file.front,
            markdown=file.markdown,
            at=clock.now(),
            came_with_portal=True,
        )
    )
