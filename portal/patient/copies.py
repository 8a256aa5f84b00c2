"""The patient's signed copy: the text word for word, and how it was signed."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.consent import text
from portal.consent.own import OwnConsent, OwnScope
from portal.consent.scopes import WORDS, Scope
from portal.db import session
from portal.errors import NotShared
from portal.frame import LANGUAGES
from portal.patient import everybody as people

bp = Blueprint("copies", __name__)


@bp.get("/sharing/<ref>/copy")
def page(ref: str) -> ResponseReturnValue:
    """The newest document that was signed for one person."""
    one = people.find(ref)
    if one.consent is None:
        raise NotShared
    consent = session().get_one(OwnConsent, one.consent.id)
    paragraphs = text.paragraphs(consent.text_shown)
    its_boxes = OwnScope.consent_id == consent.id, OwnScope.scope.in_(tuple(Scope))
    boxes = session().scalars(select(OwnScope).where(*its_boxes).order_by(OwnScope.id)).all()
    return render_template(
        "patient/copies/page.html",
        one=one,
        ref=ref,
        consent=consent,
        # A text without headings is no document of ours: what was on paper is told by its elements.
        paragraphs=paragraphs if any(heading for heading, _ in paragraphs) else [],
        language=LANGUAGES.get(consent.text_language, consent.text_language),
        me=people.me(),
        things=[WORDS[Scope(box.scope)] for box in boxes],
        turned_off=[(WORDS[Scope(box.scope)], box.off_at) for box in boxes if box.off_at is not None],
    )
