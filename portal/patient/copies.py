"""The patient's signed copies: the text word for word, how it was signed, and every form before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from portal import refs, words
from portal.consent import text
from portal.consent.own import OwnConsent, OwnScope
from portal.consent.picture import Sharing, Standing
from portal.consent.scopes import DETAILS, WORDS, Scope, in_words
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.errors import NotShared
from portal.frame import LANGUAGES
from portal.patient import everybody as people

bp = Blueprint("copies", __name__)


@bp.get("/sharing/<ref>/copy")
def page(ref: str) -> ResponseReturnValue:
    """The newest document that was signed for one person."""
    picture = people.picture()
    one = people.find(ref, picture.everybody())
    if one.consent is None:
        raise NotShared
    return _show(ref, one, one.consent, picture.forms(one.person))


@bp.get("/sharing/<ref>/copy/<form_ref>")
def form(ref: str, form_ref: str) -> ResponseReturnValue:
    """One of the documents that were signed for this person, whatever became of it."""
    picture = people.picture()
    one = people.find(ref, picture.everybody())
    forms = picture.forms(one.person)
    signed = [each.consent for each in forms if each.consent is not None]
    return _show(ref, one, refs.find(the_viewer().account_ref, form_ref, signed), forms)


def _show(ref: str, one: Sharing, consent: OwnConsent, forms: list[Sharing]) -> str:
    paragraphs = text.paragraphs(consent.text_shown)
    its_boxes = OwnScope.consent_id == consent.id, OwnScope.scope.in_(tuple(Scope))
    boxes = session().scalars(select(OwnScope).where(*its_boxes).order_by(OwnScope.id)).all()
    return render_template(
        "patient/copies/page.html",
        one=one,
        ref=ref,
        consent=consent,
        is_earlier=consent is not one.consent,
        state=next(_state(form) for form in forms if form.consent is consent),
        # The newest has the address without a label; it is no earlier form of any other.
        earlier=[_line(ref, form) for form in forms if form.consent not in (one.consent, consent)],
        # A text without headings is no document of ours: what was on paper is told by its elements.
        paragraphs=paragraphs if any(heading for heading, _ in paragraphs) else [],
        language=LANGUAGES.get(consent.text_language, consent.text_language),
        me=people.me(),
        things=in_words(box.scope for box in boxes),
        turned_off=_turned_off(boxes),
    )


def _turned_off(boxes: Sequence[OwnScope]) -> list[tuple[LazyString, dt.datetime]]:
    """What was turned off, and when; with session times all of them, so that is said once."""
    off = {box.scope: box.off_at for box in boxes if box.off_at is not None}
    with_times = {scope for scope in DETAILS if off.get(scope) == off.get(Scope.TIMES)}
    return [(WORDS[Scope(scope)], since) for scope, since in off.items() if scope not in with_times]


def _line(ref: str, form: Sharing) -> dict[str, str]:
    consent = form.consent
    assert consent is not None
    return {
        "url": url_for("patient.copies.form", ref=ref, form_ref=refs.ref_for(the_viewer().account_ref, consent.ref)),
        "signed": words.full_day(consent.signed_on) if consent.signed_on else gettext("Not on the form"),
        "until": words.full_day(consent.signed_until) if consent.signed_until else gettext("Not on the form"),
        "state": _state(form),
    }


def _state(form: Sharing) -> str:
    """What became of one document, in a few words."""
    day = words.full_day(form.ended_on) if form.ended_on else ""
    return {
        Standing.STOPPED: gettext("Stopped on %(day)s", day=day),
        Standing.ENDED: gettext("Ended on %(day)s", day=day),
        Standing.TURNED_OFF: gettext("Everything on it is turned off"),
        Standing.ACTIVE: gettext("Counts now"),
        Standing.PAUSED: gettext("Paused"),
        Standing.INVITED: gettext("Waiting for them to accept"),
    }.get(form.standing, gettext("Does not count now"))
