"""Updates that their authors write on later. A draft is read by nobody else and tells nobody anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from portal import clock
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import UpdateDraft

# What nobody went on with for this long is forgotten.
KEPT = dt.timedelta(days=90)
MOST = 30
MOST_LETTERS = 20_000


def check_size(answers: Mapping[str, Any]) -> None:
    """Raise Refused when it is longer than any update may be."""
    if sum(len(str(value)) for value in answers.values()) > MOST_LETTERS:
        raise Refused(_l("This is too long to save. Make it shorter"), "text")


def check_how_many(kept: int) -> None:
    """Raise Refused when this author has too many already."""
    if kept >= MOST:
        raise Refused(_l("You have %(most)d drafts. Post or throw away one of them first", most=MOST), "title")


def save(author_id: int, answers: Mapping[str, Any], *, ref: str | None = None) -> UpdateDraft:
    """Keep the answers in the place of one of the author's drafts, or as a new one; also when that one is gone
    meanwhile. Raises Refused."""
    check_size(answers)
    forgotten = (UpdateDraft.changed_at < clock.now() - KEPT, UpdateDraft.ref != ref)
    session().execute(delete(UpdateDraft).where(*forgotten))
    # The same answers again: the button was pressed twice.
    draft = _find(author_id, ref) or next((one for one in of(author_id) if one.answers == answers), None)
    if draft is None:
        check_how_many(session().scalar(select(func.count(UpdateDraft.id)).where(_is_of(author_id))) or 0)
        draft = UpdateDraft(author_id=author_id)
        session().add(draft)
    draft.answers, draft.changed_at = dict(answers), clock.now()
    return draft


def throw_away(author_id: int, ref: str) -> None:
    """Forget a draft; one that is gone already is forgotten."""
    session().execute(delete(UpdateDraft).where(UpdateDraft.ref == ref, _is_of(author_id)))


def of(author_id: int) -> Sequence[UpdateDraft]:
    """An author's drafts, the latest first."""
    query = select(UpdateDraft).where(_is_of(author_id)).order_by(UpdateDraft.changed_at.desc(), UpdateDraft.id.desc())
    return session().scalars(query).all()


def find(author_id: int, ref: str) -> UpdateDraft:
    """One of an author's drafts. Raises NotShared, also for somebody else's."""
    draft = _find(author_id, ref)
    if draft is None:
        raise NotShared
    return draft


def _find(author_id: int, ref: str | None) -> UpdateDraft | None:
    return session().scalar(select(UpdateDraft).where(UpdateDraft.ref == ref, _is_of(author_id)))


def _is_of(author_id: int) -> Any:
    return UpdateDraft.author_id == author_id
