"""The privacy office's list of wishes that something be kept from somebody, and its answers."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal import clock
from portal.consent import record
from portal.errors import Refused
from portal.models import HowAgreementEnded
from portal.services import restrictions
from portal.staff import said
from portal.staff.answers import MomentField, say_in, tidy

bp = Blueprint("restrictions", __name__, url_prefix="/restrictions")

ANSWERS = {"yes": True, "no": False}

HOW_ENDED = {
    HowAgreementEnded.IN_WRITING: _l("They asked for it or agreed, in writing"),
    HowAgreementEnded.SPOKEN: _l("They asked for it or agreed, by phone or in person"),
    HowAgreementEnded.TOLD: _l("We told them that it ends"),
}


class DecideForm(FlaskForm):
    agreed = RadioField(
        _l("Do we agree?"),
        choices=[SelectChoice("yes", _l("Yes, we agree")), SelectChoice("no", _l("No, we do not agree"))],
        validate_choice=False,
    )
    answer = TextAreaField(
        _l("The answer"), description=_l("The person in treatment reads it. At most 300 letters."), filters=[tidy]
    )


class EndForm(FlaskForm):
    """What 45 CFR 164.522(a)(2) asks to have on paper."""

    how = RadioField(_l("How does it end?"), choices=[SelectChoice(*one) for one in HOW_ENDED.items()],
                     validate_choice=False)  # fmt: skip
    asked_at = MomentField(
        _l("When did they say so, or when were they told?"),
        description=_l("Leave it empty if it was just now"),
        validators=[Optional()],
    )
    note = TextAreaField(
        _l("What was said"), description=_l("The person in treatment reads it. At most 300 letters."), filters=[tidy]
    )


@bp.get("")
def page() -> ResponseReturnValue:
    """What waits for an answer, the oldest first, and what was answered."""
    waiting, decided = restrictions.waiting(), restrictions.decided()
    for wish in (*waiting, *decided):
        record.look_at(wish.patient_id, "restriction")
    return render_template(
        "staff/restrictions/page.html",
        waiting=waiting,
        decided=decided,
        now=clock.now(),
        moment_words=said.moment_words,
    )


@bp.get("/<ref>")
def wish(ref: str) -> ResponseReturnValue:
    return _page(ref, EndForm(formdata=None) if restrictions.find(ref).is_kept else DecideForm(formdata=None))


@bp.post("/<ref>")
def decide(ref: str) -> ResponseReturnValue:
    """Agree or not, in words that the patient reads."""
    form = DecideForm()
    form.validate()
    try:
        restrictions.decide(
            ref, agreed=ANSWERS.get(form.agreed.data or ""), answer=form.answer.data or "", by=current_user.staff
        )
    except Refused as refused:
        say_in(form, refused)
        return _page(ref, form)
    flash(gettext("Answered. The person in treatment can read it."))
    return redirect(url_for("privacy_office.restrictions.page"), 303)


@bp.post("/<ref>/end")
def end(ref: str) -> ResponseReturnValue:
    """End what was agreed, with who, when and how on record."""
    form = EndForm()
    if not form.validate():
        return _page(ref, form)
    try:
        restrictions.end(
            ref, how=form.how.data or "", note=form.note.data or "", at=form.asked_at.moment, by=current_user.staff
        )
    except Refused as refused:
        say_in(form, refused)
        return _page(ref, form)
    flash(gettext("Ended. The person in treatment can read it."))
    return redirect(url_for("privacy_office.restrictions.wish", ref=ref), 303)


def _page(ref: str, form: FlaskForm) -> ResponseReturnValue:
    one = restrictions.find(ref)
    record.look_at(one.patient_id, "restriction")
    return render_template(
        "staff/restrictions/wish.html", wish=one, form=form, moment_words=said.moment_words, how_ended=HOW_ENDED
    )
