"""One press, and half an hour begins anew."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

bp = Blueprint("stay", __name__)


@bp.post("/stay")
def stay() -> ResponseReturnValue:
    """Every answer renews the session, so there is nothing to say: 204 leaves the page and what is typed in it."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login"), 303)
    return "", 204
