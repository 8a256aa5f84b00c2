"""Share less with one person: stop, turn one thing off, end sooner, let emails say less. At once, no signature."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FormField

from portal.consent.scopes import Scope
from portal.errors import NotShared, Refused
from portal.patient import drafts, results, sharing
from portal.patient import everybody as people
from portal.patient.dates import DateBoxes, written
from portal.services import consents

bp = Blueprint("less", __name__)


class SoonerForm(FlaskForm):
    """An earlier last day."""

    ends_on = FormField(DateBoxes, _l("Which is the last day?"))


@bp.post("/sharing/<ref>/stop")
def stop(ref: str) -> ResponseReturnValue:
    """End all sharing with one person, at once."""
    one = people.find(ref)
    try:
        consents.stop(people.me().id, one.person.id)
    except Refused as refused:
        return sharing.show(refused.sentence)
    results.remember("stopped", ref)
    return redirect(url_for("patient.sharing.page"), 303)


@bp.post("/sharing/<ref>/off/<scope>")
def turn_off(ref: str, scope: str) -> ResponseReturnValue:
    """Turn one thing off for one person, at once."""
    if scope not in tuple(Scope):
        raise NotShared
    one = people.find(ref)
    try:
        consents.narrow(people.me().id, one.person.id, Scope(scope))
    except Refused as refused:
        return sharing.show(refused.sentence)
    results.remember("narrowed", ref, scope)
    return redirect(url_for("patient.people.page", ref=ref), 303)


@bp.route("/sharing/<ref>/sooner", methods=["GET", "POST"])
def sooner(ref: str) -> ResponseReturnValue:
    """Choose an earlier last day."""
    one = people.find(ref)
    if not one.scopes or one.consent is None:
        raise NotShared
    form = SoonerForm()
    if request.method == "POST":
        try:
            consents.end_sooner(people.me().id, one.person.id, written(form.ends_on.form))
            results.remember("sooner", ref)
            return redirect(url_for("patient.people.page", ref=ref), 303)
        except Refused as refused:
            drafts.show_refusal(form, refused)
    return render_template("patient/less/sooner.html", one=one, ref=ref, form=form)


@bp.post("/sharing/<ref>/emails/<level>")
def say_less(ref: str, level: str) -> ResponseReturnValue:
    """Let emails to one person say less, at once."""
    one = people.find(ref)
    try:
        consents.say_less(people.me().id, one.person.id, level)
    except Refused as refused:
        return sharing.show(refused.sentence)
    results.remember("says less", ref, level)
    return redirect(url_for("patient.people.page", ref=ref), 303)
