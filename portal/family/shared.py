"""What is shared with the viewer: what each person agreed to, until when, and the law's own words."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.consent import people
from portal.consent.notice import LONG_NOTICE
from portal.consent.scopes import in_words
from portal.errors import NotShared

bp = Blueprint("shared", __name__)


@bp.get("/shared")
def everyone() -> ResponseReturnValue:
    """Everybody who shares something."""
    sharing = people.people()
    if not sharing:
        raise NotShared
    return render_template("family/shared/page.html", agreed=sharing, scope_words=in_words, long_notice=LONG_NOTICE)


@bp.get("/shared/<ref>")
def page(ref: str) -> ResponseReturnValue:
    """What one person agreed to."""
    agreed = [person for person in people.people() if person.ref == ref]
    if not agreed:
        raise NotShared
    return render_template("family/shared/page.html", agreed=agreed, scope_words=in_words, long_notice=LONG_NOTICE)
