"""All guides for the care team: what families read, what is being written, what is due."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_login import current_user

from portal.frame import LANGUAGES
from portal.services import guide_publishing, guide_shelf, guides
from portal.services.guide_shelf import Shelved

bp = Blueprint("guides", __name__, url_prefix="/guides")

# What the list can be narrowed to: its name in the address, how it is called, and what belongs to it.
SHOWS: dict[str, tuple[LazyString, Callable[[Shelved], bool]]] = {
    "due": (_l("Review is due"), lambda one: one.is_due),
    "offers": (_l("Newer text came"), lambda one: one.has_offer),
    "older": (_l("English is newer"), lambda one: one.is_older),
    "drafts": (_l("Drafts"), lambda one: one.draft is not None),
    "down": (_l("Taken down"), lambda one: one.is_down),
}


@bp.get("")
def page() -> str:
    """Every guide under its topic, or those alone that `?show=` names."""
    rows = guide_shelf.shelf()
    show = request.args.get("show", "")
    choices = [{"label": gettext("All"), "url": url_for(".page"), "current": show not in SHOWS}]
    for name, (label, fits) in SHOWS.items():
        count = sum(fits(one) for row in rows for one in row)
        if count or name == show:
            said = gettext("%(state)s: %(count)d", state=label, count=count)
            choices.append({"label": said, "url": url_for(".page", show=name), "current": name == show})
    if show in SHOWS:
        rows = [row for row in rows if any(map(SHOWS[show][1], row))]
    topics: dict[str, list[list[Shelved]]] = {topic: [] for topic in guides.TOPICS}
    for row in rows:
        topics.setdefault(row[0].topic, []).append(row)
    return render_template(
        "staff/guides/page.html",
        topics={topic: rows for topic, rows in topics.items() if rows},
        names=guides.TOPICS,
        choices=choices,
        languages=LANGUAGES,
    )


@bp.post("/<slug>/<lang>/reviewed")
def reviewed(slug: str, lang: str) -> ResponseReturnValue:
    """Somebody read it and found nothing to change."""
    version = request.form.get("version", 0, type=int)
    guide_shelf.review(slug, lang, version=version, staff=current_user.staff)
    flash(gettext("Reviewed. It is due again in twelve months."))
    return _back(slug, lang)


@bp.post("/<slug>/<lang>/take-down")
def take_down(slug: str, lang: str) -> ResponseReturnValue:
    """Let no family read it any more."""
    guide_publishing.take_down(slug, lang)
    flash(gettext("Taken down. No family reads it now. You can put it back."))
    return _back(slug, lang)


@bp.post("/<slug>/<lang>/put-back")
def put_back(slug: str, lang: str) -> ResponseReturnValue:
    """Let families read its last version again."""
    guide_publishing.put_back(slug, lang)
    flash(gettext("It is back. Families read it now."))
    return _back(slug, lang)


def _back(slug: str, lang: str) -> ResponseReturnValue:
    return redirect(url_for("staff.guide_versions.page", slug=slug, lang=lang), 303)
