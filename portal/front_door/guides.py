"""Guides for families: the library and the page. Public; nothing is kept about those who are not signed in."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale, gettext
from flask_login import current_user
from markupsafe import Markup, escape

from portal.errors import NotShared, Refused
from portal.frame import LANGUAGES
from portal.front_door import language, offline
from portal.models import Guide
from portal.services import courses, guide_answers, guide_files, guide_progress, guide_search, guides
from portal.services.guide_text import with_phone_links, with_pictures

bp = Blueprint("guides", __name__)

TO_A_GUIDE = re.compile(r'href="/guides/([a-z0-9-]+)"')
bp.context_processor(language.offer_as_a_link)
bp.context_processor(offline.keep)


@bp.get("/guides")
def page() -> str:
    """Every guide under its topic, or those that answer a search, best first. What was searched is kept nowhere."""
    locale = str(get_locale())
    words = " ".join(request.args.get("q", "").split())[:100]
    hits = guide_search.search(words, locale) if words else []
    slugs = [hit.slug for hit in hits] if words else None
    rows = guides.listed(locale, account_id=account_id(), slugs=slugs)
    by_slug = {row.slug: row for row in rows}
    return render_template(
        "front_door/guides/page.html",
        topics={} if words else guides.by_topic(rows),
        found=[(by_slug[hit.slug], hit) for hit in hits if hit.slug in by_slug],
        names=guides.TOPICS,
        words=words,
        languages=LANGUAGES,
        courses=[] if words else courses.ways(locale, account_id()),
    )


@bp.get("/guides/<slug>")
def read(slug: str) -> str:
    """One guide, in the reader's language or in English."""
    guide = guides.get(slug, str(get_locale()))
    related = guides.title_of(guide.front["related"], guide.language) if guide.front.get("related") else None
    return render_template("front_door/guides/guide.html", related=related, **around(guide))


@bp.post("/guides/<slug>/read")
def mark(slug: str) -> ResponseReturnValue:
    """Mark a guide as read, for oneself only."""
    guide_progress.finish(must_have_an_account(), guides.get(slug, str(get_locale())))
    return redirect(url_for(".read", slug=slug), 303)


@bp.post("/guides/<slug>/place")
def keep_place(slug: str) -> ResponseReturnValue:
    """Keep the heading at which to go on, for oneself only."""
    try:
        guide_progress.keep_place(
            must_have_an_account(), guides.get(slug, str(get_locale())), request.form.get("place", "")
        )
        flash(gettext("Your place is kept. Only you can see it."))
    except Refused as refused:
        flash(refused.sentence, "error")
    return redirect(url_for(".read", slug=slug), 303)


@bp.post("/guides/<slug>/again")
def begin_again(slug: str) -> ResponseReturnValue:
    """Forget that one read a guide, or where one was."""
    guide_progress.begin_again(must_have_an_account(), guides.get(slug, str(get_locale())))
    return redirect(url_for(".read", slug=slug), 303)


@bp.app_template_filter()
def phone_links(text: str) -> Markup:
    """Plain text whose help numbers can be pressed: called, or texted where that is how they work."""
    return Markup(with_phone_links(str(escape(text))))  # noqa: S704  escaped before


def around(guide: Guide) -> dict[str, Any]:
    """What a page needs that shows this guide: its text, its languages, and how far the reader is."""
    progress = guide_progress.of_guide(account_id(), guide.slug)
    return {
        "guide": guide,
        "front": guide.front,
        "body": _body(guide.html, guide.language),
        "others": [code for code in guides.languages_of(guide.slug) if code != guide.language],
        "languages": LANGUAGES,
        "reviewed_on": guide_files.day(guide.front, "reviewed_on"),
        "questions": guide_answers.questions_of(guide),
        "is_read": progress is not None and progress.read_at is not None,
        "is_changed": guide_progress.is_changed(guide, progress),
        "place": guide_progress.place_in(guide, progress),
    }


def account_id() -> int | None:
    """Whose marks are shown; None for those who only read."""
    return current_user.id if current_user.is_authenticated else None


def must_have_an_account() -> int:
    """Whose marks are kept. Raises NotShared for those who only read."""
    account = account_id()
    if account is None:
        raise NotShared
    return account


@bp.app_template_filter("guide_body")
def _body(html: str, language: str) -> Markup:
    """The HTML of `guide_text.render`, which is clean, with the portal's pictures in their places."""
    with force_locale(language):
        drawn = with_pictures(_in_the_language_of_the_address(html), _drawn)
    return Markup(drawn)  # noqa: S704  cleaned when it was made; the pictures are the portal's own


def _in_the_language_of_the_address(html: str) -> str:
    """Links from guide to guide, which are written without a language, go on in the one that the address asks for."""
    return TO_A_GUIDE.sub(lambda found: f'href="{url_for("front_door.guides.read", slug=found[1])}"', html)


def _drawn(picture: str, name: str) -> str:
    # A text that is still being written may name a picture that is not there.
    return render_template(f"pictures/{picture}.html", name=name) if picture in guides.PICTURES else escape(name)
