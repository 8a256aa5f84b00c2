"""The reader's private calendar address: made, shown once, replaced and switched off."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.consent.viewer import the_account_id
from portal.services import feeds, form_tokens

bp = Blueprint("feed", __name__)

JUST_MADE = "calendar"


@bp.get("/settings/calendar")
def page() -> ResponseReturnValue:
    """Whether there is an address, and right after it was made the address itself."""
    made_by = session.pop(JUST_MADE, None)
    return render_template(
        "family/settings/calendar.html",
        made_at=feeds.made_at(),
        address=feeds.address_made_by(made_by) if made_by else None,
        token=form_tokens.new(),
    )


@bp.post("/settings/calendar/new")
def make() -> ResponseReturnValue:
    """A new address, in place of the one before. A form sent twice is answered twice with the same one."""
    token = request.form.get("token", "")
    if form_tokens.is_one(token):
        form_tokens.once(token, the_account_id(), lambda: feeds.make(token) or "made")  # type: ignore[func-returns-value]
        session[JUST_MADE] = token
    return redirect(url_for("family.feed.page"), 303)


@bp.post("/settings/calendar/end")
def end() -> ResponseReturnValue:
    """The address leads nowhere any more."""
    feeds.end()
    flash(gettext("The calendar link is off."))
    return redirect(url_for("family.feed.page"), 303)
