"""Classes for families: for every relative with an account, whatever is shared with them.

A class is the same for everybody, so its address is too.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.consent.viewer import the_account_id
from portal.errors import NotShared, Refused
from portal.family.planned import mode_words
from portal.services import classes, form_tokens
from portal.services.classes import ShownClass

bp = Blueprint("classes", __name__)


@bp.get("/classes")
def page() -> ResponseReturnValue:
    """Every class that is not over, by its next session."""
    return render_template("family/classes/page.html", classes=classes.to_come(the_account_id()), how=mode_words)


@bp.get("/classes/<ref>")
def details(ref: str) -> ResponseReturnValue:
    """One class: what it is about, when its sessions are, and whether there is a place."""
    one = _one(ref)
    return render_template(
        "family/classes/details.html", one=one, ref=ref, how=mode_words(one.mode), token=form_tokens.new()
    )


@bp.post("/classes/<ref>/sign-up")
def sign_up(ref: str) -> ResponseReturnValue:
    """Take a place. However often it is sent, it is one."""
    one, token, back = _one(ref), request.form.get("token", ""), url_for("family.classes.details", ref=ref)

    def take() -> str:
        classes.sign_up(one.id, the_account_id())
        return back

    try:
        if form_tokens.is_one(token):
            form_tokens.once(token, the_account_id(), take)
            flash(gettext("You have a place in this class."))
    except Refused as refused:
        flash(refused.sentence, "need")
        return details(ref)
    return redirect(back, 303)


@bp.post("/classes/<ref>/leave")
def leave(ref: str) -> ResponseReturnValue:
    """Give the place back, for somebody else."""
    classes.leave(_one(ref).id, the_account_id())
    flash(gettext("You have left this class. Your place is free for somebody else."))
    return redirect(url_for("family.classes.details", ref=ref), 303)


def _one(ref: str) -> ShownClass:
    one = next((one for one in classes.to_come(the_account_id()) if one.ref == ref), None)
    if one is None:
        raise NotShared
    return one
