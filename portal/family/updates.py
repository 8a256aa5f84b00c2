"""Updates: the list, and one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy import select

from portal import clinic
from portal.consent import people, record
from portal.consent.people import SharedPerson
from portal.consent.scopes import ICONS, UPDATE_SCOPES, WORDS, Scope
from portal.consent.shared import SharedUpdate
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.errors import NotShared
from portal.family import filters
from portal.refs import find, ref_for
from portal.services import reading

bp = Blueprint("updates", __name__)

ON_A_PAGE = 20


@dataclass(frozen=True)
class Headline:
    """An update as a list shows it: who, what kind and when, not its text."""

    id: int
    url: str
    title: str
    language: str
    kind: str
    author: str | None
    published_at: dt.datetime
    changed_at: dt.datetime | None
    person: SharedPerson
    is_new: bool


@bp.get("/updates")
def page() -> ResponseReturnValue:
    """The newest first, twenty at a time."""
    everybody = _everybody()
    whose = filters.chosen(everybody)
    number = max(request.args.get("page", 1, type=int), 1)
    rows = session().execute(_headlines(whose).limit(ON_A_PAGE + 1).offset((number - 1) * ON_A_PAGE)).all()
    headlines = _shown(rows[:ON_A_PAGE], _opened(rows))
    kept: dict[str, Any] = {"for": request.args["for"]} if "for" in request.args else {}
    return render_template(
        "family/updates/page.html",
        headlines=headlines,
        count_new=sum(one.is_new for one in headlines),
        names=len(everybody) > 1,
        everybody=everybody,
        chips=filters.chips(everybody, "family.updates.page"),
        older_url=url_for("family.updates.page", page=number + 1, **kept) if len(rows) > ON_A_PAGE else None,
        newer_url=url_for("family.updates.page", page=number - 1, **kept) if number > 1 else None,
    )


@bp.get("/updates/<ref>")
def read(ref: str) -> ResponseReturnValue:
    """One update. Opening it is a look that its person can see."""
    everybody = _everybody()
    seen = find(the_viewer().account_ref, ref, session().execute(select(SharedUpdate.id, SharedUpdate.ref)))
    update = session().get_one(SharedUpdate, seen.id)
    scope = Scope(update.scope)
    return render_template(
        "family/updates/read.html",
        update=update,
        kind=WORDS[scope],
        icon_name=ICONS[scope],
        help_line=_help_with(update.language),
        person=people.person_of(update.patient_id),
        names=len(everybody) > 1,
    )


def newest_unread() -> Headline | None:
    """The newest update of the last seven days that the viewer has not opened."""
    if not people.shares_updates():
        return None
    recent = _headlines(_everybody()).where(SharedUpdate.published_at >= clinic.week_ago()).limit(ON_A_PAGE)
    rows = session().execute(recent).all()
    opened = _opened(rows)
    unread = [row for row in rows if row.id not in opened]
    return _shown(unread[:1], opened)[0] if unread else None


def _help_with(language: str) -> str:
    """Where to turn for who reads another language than the update is written in."""
    if language == str(get_locale()):
        return ""
    phone = clinic.facts().phone
    if language == "es":
        return gettext("This is written in Spanish. Call %(phone)s if you want it read to you.", phone=phone)
    return gettext("This is written in English. Call %(phone)s if you want it read to you.", phone=phone)


def _everybody() -> list[SharedPerson]:
    everybody = people.who_shares(*UPDATE_SCOPES)
    if not everybody:
        raise NotShared
    return everybody


def _headlines(whose: Iterable[SharedPerson]) -> Any:
    # Columns, not entities: a list shows titles, and only what is opened goes on record by itself.
    return (
        select(
            SharedUpdate.id,
            SharedUpdate.ref,
            SharedUpdate.patient_id,
            SharedUpdate.scope,
            SharedUpdate.title,
            SharedUpdate.language,
            SharedUpdate.author,
            SharedUpdate.published_at,
            SharedUpdate.changed_at,
        )
        .where(SharedUpdate.patient_id.in_([person.patient_id for person in whose]))
        .order_by(SharedUpdate.published_at.desc(), SharedUpdate.ref)
    )


def _shown(rows: Sequence[Any], opened: set[int]) -> list[Headline]:
    viewer = the_viewer()
    if viewer.is_counted:
        for patient_id in {row.patient_id for row in rows}:
            record.look_at(patient_id, "updates")
    return [
        Headline(
            id=row.id,
            url=url_for("family.updates.read", ref=ref_for(viewer.account_ref, row.ref)),
            title=row.title,
            language=row.language,
            kind=str(WORDS[Scope(row.scope)]),
            author=row.author,
            published_at=row.published_at,
            changed_at=row.changed_at,
            person=people.person_of(row.patient_id),
            is_new=row.published_at >= clinic.week_ago() and row.id not in opened,
        )
        for row in rows
    ]


def _opened(rows: Sequence[Any]) -> set[int]:
    viewer = the_viewer()
    if viewer.account_id is None or viewer.is_preview:
        return set()
    return reading.opened(viewer.account_id, [row.id for row in rows])
