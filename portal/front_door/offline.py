"""Crisis help without a connection: the service worker that keeps that one page, and the page as it is kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template, url_for
from flask_babel import get_locale

from portal import assets
from portal.frame import LANGUAGES

bp = Blueprint("offline", __name__)

# What the page needs to look like itself.
FILES = ("portal.css", "sans.woff2", "serif.woff2", "icons.svg", "mark.svg", "portal.js")


@bp.get("/help/kept.js")
def worker() -> Response:
    """The service worker. It stands below /help, so that no other page ever passes through it.

    Its language is the one in which a page without `?lang=` is given when there is no connection.
    """
    script = render_template(
        "front_door/help/kept.js",
        files=[assets.url(name) for name in FILES],
        copies={code: url_for("front_door.help.now", lang=code, kept=1) for code in LANGUAGES},
        language=str(get_locale()),
    )
    return current_app.response_class(script, mimetype="text/javascript")


def keep() -> dict[str, Any]:
    """For pages that somebody may read without a connection one day, or come from on the way there."""
    return {"kept_help": url_for("front_door.offline.worker", lang=str(get_locale()))}
