"""Drafts of updates: save what is written so far, throw it away."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal import timeouts
from portal.errors import Refused
from portal.services import update_drafts
from portal.staff.answers import say_in
from portal.staff.posting import writing
from portal.staff.posting_form import UpdateForm

bp = Blueprint("update_drafts", __name__, url_prefix="/updates/drafts")


@bp.post("")
@timeouts.form_at("staff.posting.write")
def save() -> ResponseReturnValue:
    """Keep what is written so far. Nothing needs to be right yet."""
    form = UpdateForm()
    try:
        update_drafts.save(current_user.staff.id, form.answers(), ref=form.draft.data or None)
    except Refused as no:
        say_in(form, no)
        return writing(form)
    flash(gettext("Saved. Only you see it, in the list of updates."))
    return redirect(url_for("staff.updates.page"), 303)


@bp.post("/<ref>/throw-away")
def throw_away(ref: str) -> ResponseReturnValue:
    update_drafts.throw_away(current_user.staff.id, ref)
    flash(gettext("Thrown away."))
    return redirect(url_for("staff.updates.page"), 303)
