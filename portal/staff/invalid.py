"""Consents that never counted: mark one, and review what was shown and sent under it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from portal import clock
from portal.consent import record
from portal.errors import Refused
from portal.models import Consent
from portal.services import invalid_consents, signed_forms
from portal.services.invalid_consents import Disclosure
from portal.staff import said, standings
from portal.staff.answers import say_in, tidy

bp = Blueprint("invalid", __name__, url_prefix="/invalid")


class InvalidForm(FlaskForm):
    reason = TextAreaField(
        _l("Why did it never count?"), description=_l("Only staff read it. At most 300 letters."), filters=[tidy]
    )


@bp.get("")
def page() -> ResponseReturnValue:
    """What was marked as invalid, and what cannot be used because an element is missing."""
    marked, incomplete = invalid_consents.marked(), signed_forms.incomplete()
    for consent in (*marked, *(form.consent for form in incomplete)):
        record.look_at(consent.patient_id, "form", consent.id)
    return render_template(
        "staff/invalid/page.html",
        marked=marked,
        incomplete=[{"form": form, "lacks": standings.lacks(form)} for form in incomplete],
        moment_words=said.moment_words,
    )


@bp.get("/<ref>")
def consent(ref: str) -> ResponseReturnValue:
    """Before it is marked, what that would mean; afterwards, everything made under it."""
    return _page(invalid_consents.find(ref), InvalidForm(formdata=None))


@bp.post("/<ref>")
def mark(ref: str) -> ResponseReturnValue:
    form = InvalidForm()
    form.validate()
    try:
        invalid_consents.mark(ref, reason=form.reason.data or "", by=current_user.staff)
    except Refused as refused:
        say_in(form, refused)
        return _page(invalid_consents.find(ref), form)
    flash(gettext("Marked as invalid. Nothing is shown or sent under it any more."))
    return redirect(url_for("privacy_office.invalid.consent", ref=ref), 303)


def _page(one: Consent, form: InvalidForm) -> ResponseReturnValue:
    record.look_at(one.patient_id, "form", one.id)
    review = invalid_consents.made_under(one)
    signed = signed_forms.find(one.patient_id, one.ref)
    return render_template(
        "staff/invalid/review.html" if one.invalid_since else "staff/invalid/mark.html",
        consent=one,
        form=form,
        facts=standings.facts(signed),
        state=standings.STATES[signed.state],
        looks=[_line(look) for look in review.looks],
        emails=[_line(email) for email in review.emails],
        moment_words=said.moment_words,
        now=clock.now(),
    )


def _line(one: Disclosure) -> dict[str, Any]:
    return {
        "when": said.moment_words(one.at),
        "what": said.thing_words(one.what),
        "title": one.title,
        "notice_shown": one.notice_shown,
    }
