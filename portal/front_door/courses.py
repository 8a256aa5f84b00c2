"""Courses: the way, one part of it, and the page at the end. Public; how far somebody is, only they see."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user

from portal.errors import NotShared, Refused
from portal.front_door import guides as guide_pages
from portal.front_door import language, offline
from portal.services import courses, guides

bp = Blueprint("courses", __name__, url_prefix="/courses/<course>")
bp.context_processor(language.offer_as_a_link)
bp.context_processor(offline.keep)


@bp.get("")
def page(course: str) -> str:
    """All parts in their stages, and where to go on."""
    account_id = guide_pages.account_id()
    way = courses.way(course, str(get_locale()), account_id)
    return render_template(
        "front_door/courses/page.html",
        way=way,
        part=way.to_go_on(),
        may_tell=_may_tell(way),
        has_told=account_id is not None and courses.has_told(account_id, course),
    )


@bp.get("/<int:number>")
def read(course: str, number: int) -> str:
    """One part: a guide, with the way beside it."""
    way = courses.way(course, str(get_locale()), guide_pages.account_id())
    part = way.part(number)
    guide = guides.get(part.guide.slug, str(get_locale()))
    return render_template(
        "front_door/courses/part.html",
        way=way,
        part=part,
        stage=way.stage_of(part),
        following=way.parts[number] if number < way.total else None,
        **guide_pages.around(guide),
    )


@bp.post("/<int:number>")
def done(course: str, number: int) -> ResponseReturnValue:
    """This part is read: on to the next that is not, or to the end."""
    account_id = guide_pages.must_have_an_account()
    locale = str(get_locale())
    courses.finish_part(account_id, courses.way(course, locale, account_id), number, locale)
    following = courses.way(course, locale, account_id).to_go_on(number)
    if following is None:
        return redirect(url_for(".page", course=course), 303)
    return redirect(url_for(".read", course=course, number=following.number), 303)


@bp.post("/tell")
def tell(course: str) -> ResponseReturnValue:
    """Let the care team know that one finished; nobody has to."""
    account_id = guide_pages.must_have_an_account()
    way = courses.way(course, str(get_locale()), account_id)
    if not _may_tell(way) and way.is_finished:
        raise NotShared
    try:
        courses.tell(account_id, way)
        flash(gettext("The care team can see that you finished this course. They see nothing else of what you read."))
    except Refused as refused:
        flash(refused.sentence, "error")
    return redirect(url_for(".page", course=course), 303)


def _may_tell(way: courses.Way) -> bool:
    return bool(current_user.is_authenticated and current_user.relative is not None and way.is_finished)
