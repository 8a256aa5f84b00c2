"""Updates about the patient: all of them, also those nobody else can see, with who can and who has read them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from portal import refs
from portal.consent.own import OwnRecordEntry, OwnUpdate
from portal.consent.picture import Sharing
from portal.consent.scopes import UPDATE_SCOPES, WORDS, Scope
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.patient import everybody as people
from portal.patient import seen

bp = Blueprint("updates", __name__)

A_PAGE = 20


@dataclass(frozen=True)
class Reading:
    """Who looked at an update, and when last."""

    name: str
    at: dt.datetime


@dataclass(frozen=True)
class Shown:
    """One update with what the patient may know of its readers."""

    update: OwnUpdate
    ref: str
    kind: str
    seers: list[seen.Seer]
    readings: list[Reading]


@bp.get("/updates")
def page() -> ResponseReturnValue:
    """The list, newest first."""
    number = max(request.args.get("page", 1, type=int), 1)
    rows = (
        session()
        .scalars(
            select(OwnUpdate)
            .order_by(OwnUpdate.published_at.desc(), OwnUpdate.id.desc())
            .limit(A_PAGE + 1)
            .offset((number - 1) * A_PAGE)
        )
        .all()
    )
    return render_template(
        "patient/updates/page.html",
        updates=_shown(rows[:A_PAGE], people.everybody()),
        older=number + 1 if len(rows) > A_PAGE else None,
    )


@bp.get("/updates/<ref>")
def read(ref: str) -> ResponseReturnValue:
    """One update, word for word."""
    update = refs.find(the_viewer().account_ref, ref, session().scalars(select(OwnUpdate)).all())
    return render_template("patient/updates/read.html", one=_shown([update], people.everybody())[0])


def _shown(updates: Sequence[OwnUpdate], everybody: list[Sharing]) -> list[Shown]:
    readings = _readings([update.id for update in updates])
    return [
        Shown(
            update,
            refs.ref_for(the_viewer().account_ref, update.ref),
            str(WORDS[Scope(update.scope)]) if update.scope in UPDATE_SCOPES else "",
            [] if update.withdrawn_at else seen.by(update.scope, everybody),
            readings[update.id],
        )
        for update in updates
    ]


def _readings(update_ids: Sequence[int]) -> dict[int, list[Reading]]:
    """Who of the patient's people looked at each update, the last to look first. One question."""
    rows = session().execute(
        select(OwnRecordEntry.thing_id, OwnRecordEntry.related_person_name, func.max(OwnRecordEntry.at))
        .where(
            OwnRecordEntry.act == "looked",
            OwnRecordEntry.what.in_(UPDATE_SCOPES),
            OwnRecordEntry.related_person_id.is_not(None),
            OwnRecordEntry.thing_id.in_(update_ids),
        )
        .group_by(OwnRecordEntry.thing_id, OwnRecordEntry.related_person_id, OwnRecordEntry.related_person_name)
        .order_by(func.max(OwnRecordEntry.at).desc())
    )
    found: dict[int, list[Reading]] = defaultdict(list)
    for update_id, name, at in rows:
        found[update_id or 0].append(Reading((name or "").split(" ")[0], at))
    return found
