"""The history of a guide: its versions, what differs in them, the text that came with the portal, the way back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.errors import NotShared, Refused
from portal.frame import LANGUAGES
from portal.services import guide_editing, guide_publishing, guide_shelf, guide_versions
from portal.services.guide_differences import differences
from portal.services.guide_files import of as file_of

bp = Blueprint("guide_versions", __name__, url_prefix="/guides")


@bp.get("/<slug>/<lang>")
def page(slug: str, lang: str) -> str:
    """Every version of one guide, and what differs between two of them: `?older=1&newer=2`."""
    versions = guide_versions.listed(slug, lang)
    guide = guide_publishing.published(slug, lang)
    offer = guide_versions.offered(slug, lang)
    newest = versions[0].number or 1
    older = request.args.get("older", max(newest - 1, 1), type=int)
    newer = request.args.get("newer", newest, type=int)
    old, new = (guide_versions.numbered(slug, lang, number) for number in (older, newer))
    return render_template(
        "staff/guides/versions.html",
        slug=slug,
        language=lang,
        languages=LANGUAGES,
        versions=versions,
        guide=guide,
        is_due=guide is not None and guide_shelf.is_due(guide),
        reviewed_on=guide_shelf.reviewed_on(guide) if guide else None,
        has_draft=guide_editing.has_draft(slug, lang),
        older=older,
        newer=newer,
        changed=differences(file_of(old), file_of(new)),
        offer=offer,
        offered=differences(file_of(guide or versions[0]), file_of(offer)) if offer else [],
    )


@bp.post("/<slug>/<lang>/bring-back")
def bring_back(slug: str, lang: str) -> ResponseReturnValue:
    """Go on from an old version, as a draft."""
    try:
        guide_versions.bring_back(slug, lang, _number("number"), staff_id=current_user.staff.id)
    except Refused as refused:
        flash(refused.sentence, "need")
    else:
        flash(gettext("Here is the old text, as a draft. No family sees it until you publish it."))
    return redirect(url_for("staff.guide_editor.edit", slug=slug, lang=lang), 303)


@bp.post("/<slug>/<lang>/take-over")
def take_over(slug: str, lang: str) -> ResponseReturnValue:
    """Let families read the text that came with the portal."""
    guide_versions.take_over(slug, lang, offer_id=_number("offer"), staff_id=current_user.staff.id)
    flash(gettext("Families read the newer text now. Your own words are kept as a version."))
    return _back(slug, lang)


@bp.post("/<slug>/<lang>/leave")
def leave(slug: str, lang: str) -> ResponseReturnValue:
    """Keep the clinic's own words."""
    guide_versions.leave(slug, lang, offer_id=_number("offer"))
    flash(gettext("Your own words stay."))
    return _back(slug, lang)


def _number(name: str) -> int:
    number: Any = request.form.get(name, type=int)
    if number is None:
        raise NotShared
    return int(number)


def _back(slug: str, lang: str) -> ResponseReturnValue:
    return redirect(url_for(".page", slug=slug, lang=lang), 303)
