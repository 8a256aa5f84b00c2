"""How to leave quickly, what a browser remembers all the same, and what the clinic was asked to keep private."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.consent.own import OwnRestrictionRequest
from portal.db import session

bp = Blueprint("safety", __name__)


@bp.get("/safety")
def page() -> ResponseReturnValue:
    """Staying private."""
    wishes = session().scalars(
        select(OwnRestrictionRequest).order_by(OwnRestrictionRequest.asked_at.desc(), OwnRestrictionRequest.id.desc())
    )
    return render_template("patient/safety/page.html", wishes=wishes.all())
