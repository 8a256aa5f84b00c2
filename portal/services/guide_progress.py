"""How far a reader is in each guide, as they say it themselves. Nobody else has a page for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.errors import Refused
from portal.models import Guide, GuideProgress


@dataclass(frozen=True)
class Place:
    """Where to go on: a heading of the guide, and its anchor. `anchor` is "" where an edit took the heading away."""

    anchor: str
    words: str


class Text(Protocol):
    """A guide, or a row that tells which text of it there is."""

    language: Any
    version: Any


# Questions


def of(account_id: int | None) -> dict[str, GuideProgress]:
    """What somebody said of every guide, by slug; nothing for those who are not signed in."""
    if account_id is None:
        return {}
    rows = session().scalars(select(GuideProgress).where(GuideProgress.account_id == account_id))
    return {row.slug: row for row in rows}


def of_guide(account_id: int | None, slug: str) -> GuideProgress | None:
    """What somebody said of one guide."""
    return None if account_id is None else session().get(GuideProgress, (account_id, slug))


def place_in(guide: Guide, progress: GuideProgress | None) -> Place | None:
    """Where this reader wants to go on in this guide; None when they did not say, or are through."""
    if progress is None or not progress.place or progress.language != guide.language:
        return None
    anchors = {words: anchor for anchor, words in guide.front.get("headings", ())}
    return Place(anchors.get(progress.place, ""), progress.place)


def is_changed(guide: Text, progress: GuideProgress | None) -> bool:
    """Whether the text was edited since this reader had it before them."""
    return progress is not None and progress.language == guide.language and progress.version < guide.version


def last_kept(progress: Iterable[GuideProgress]) -> GuideProgress | None:
    """The guide that somebody is in the middle of, the last one where there are several."""
    begun = [one for one in progress if one.place]
    return max(begun, key=lambda one: (one.kept_at, one.slug), default=None)


# Acts


def keep_place(account_id: int, guide: Guide, anchor: str) -> None:
    """Remember the heading at which somebody wants to go on. Raises Refused when the guide has none there now."""
    headings = dict(guide.front.get("headings", ()))
    if anchor not in headings:
        raise Refused(gettext("Choose where you want to go on."), "place")
    row = _row(account_id, guide)
    row.place = headings[anchor][:200]


def finish(account_id: int, guide: Guide) -> None:
    """Remember that somebody read the guide; twice is once, and the first time stays."""
    row = _row(account_id, guide)
    row.place = ""
    row.read_at = row.read_at or clock.now()


def begin_again(account_id: int, guide: Guide) -> None:
    """Forget all that somebody said of the guide."""
    row = session().get(GuideProgress, (account_id, guide.slug))
    if row is not None:
        session().delete(row)


def _row(account_id: int, guide: Guide) -> GuideProgress:
    now: dt.datetime = clock.now()
    row = session().get(GuideProgress, (account_id, guide.slug))
    if row is None:
        row = GuideProgress(account_id=account_id, slug=guide.slug, place="", kept_at=now)
        try:
            with session().begin_nested():
                session().add(row)
        except IntegrityError:  # the same button, pressed twice: the other one was faster
            row = session().get_one(GuideProgress, (account_id, guide.slug))
    row.language, row.version, row.kept_at = guide.language, guide.version, now
    return row
