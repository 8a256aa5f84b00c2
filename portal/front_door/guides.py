"""Guides for families: the library and the page. Public; nothing is kept about those who are not signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_login import current_user
from markupsafe import Markup, escape

from portal.errors import NotShared
from portal.frame import LANGUAGES
from portal.front_door import language
from portal.services import guide_files, guide_search, guides
from portal.services.guide_text import with_phone_links, with_pictures

bp = Blueprint("guides", __name__)
bp.context_processor(language.offer_as_a_link)


@bp.get("/guides")
def page() -> str:
    """Every guide under its topic, or those that answer a search, best first. What was searched is kept nowhere."""
    locale = str(get_locale())
    words = " ".join(request.args.get("q", "").split())[:100]
    hits = guide_search.search(words, locale) if words else []
    slugs = [hit.slug for hit in hits] if words else None
    rows = guides.listed(locale, account_id=_account_id(), slugs=slugs)
    by_slug = {row.slug: row for row in rows}
    return render_template(
        "front_door/guides/page.html",
        topics={} if words else guides.by_topic(rows),
        found=[(by_slug[hit.slug], hit) for hit in hits if hit.slug in by_slug],
        names=guides.TOPICS,
        words=words,
        languages=LANGUAGES,
    )


@bp.get("/guides/<slug>")
def read(slug: str) -> str:
    """One guide, in the reader's language or in English."""
    guide = guides.get(slug, str(get_locale()))
    account_id = _account_id()
    front: dict[str, Any] = guide.front
    related = guides.title_of(front["related"], guide.language) if front.get("related") else None
    return render_template(
        "front_door/guides/guide.html",
        guide=guide,
        front=front,
        body=_body(guide.html, guide.language),
        others=[code for code in guides.languages_of(slug) if code != guide.language],
        languages=LANGUAGES,
        related=related,
        is_read=account_id is not None and guides.is_read(account_id, slug),
        reviewed_on=guide_files.day(front, "reviewed_on"),
    )


@bp.post("/guides/<slug>/read")
def mark(slug: str) -> ResponseReturnValue:
    """Mark a guide as read, for oneself only."""
    account_id = _account_id()
    if account_id is None:
        raise NotShared
    guides.mark_read(account_id, slug)
    return redirect(url_for(".read", slug=slug), 303)


@bp.app_template_filter()
def phone_links(text: str) -> Markup:
    """Plain text whose help numbers can be pressed: called, or texted where that is how they work."""
    return Markup(with_phone_links(str(escape(text))))  # noqa: S704  escaped before


@bp.app_template_filter("guide_body")
def _body(html: str, language: str) -> Markup:
    """The HTML of `guide_text.render`, which is clean, with the portal's pictures in their places."""
    with force_locale(language):
        drawn = with_pictures(html, _drawn)
    return Markup(drawn)  # noqa: S704  cleaned when it was made; the pictures are the portal's own


def _drawn(picture: str, name: str) -> str:
    # A text that is still being written may name a picture that is not there.
    return render_template(f"pictures/{picture}.html", name=name) if picture in guides.PICTURES else escape(name)


def _account_id() -> int | None:
    return current_user.id if current_user.is_authenticated else None
