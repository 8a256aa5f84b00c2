"""Ask for a link to choose a new password; the answer is the same for everybody."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired, Length

from portal.extensions import limiter
from portal.services import accounts

bp = Blueprint("new_password", __name__)


class AskForm(FlaskForm):
    email = EmailField(_l("Email"), validators=[InputRequired(_l("Enter your email")), Length(max=254)])


@bp.route("/reset", methods=["GET", "POST"])
@limiter.limit("8 per 15 minutes", methods=["POST"], key_func=get_remote_address)
def ask() -> ResponseReturnValue:
    """Queue a link for a known address and nothing for another, with the same work and the same answer."""
    form = AskForm()
    if form.validate_on_submit():
        accounts.ask_for_new_password(form.email.data or "")
        return redirect(url_for(".sent"), 303)
    return render_template("front_door/new_password/ask.html", form=form, ended="ended" in request.args)


@bp.get("/reset/sent")
def sent() -> str:
    """Says what happens if there is such an account."""
    return render_template("front_door/new_password/sent.html")
