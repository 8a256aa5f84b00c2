"""A planned update: who would see it now, other words or another moment, post it now, do not post it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal import words
from portal.consent import record
from portal.errors import Refused
from portal.models import FamilyUpdate
from portal.services import audience_seen, form_tokens, update_hints, update_plans, updates
from portal.staff import said
from portal.staff.answers import say_in
from portal.staff.posting_form import PlanForm, as_answers
from portal.staff.readers import panel

bp = Blueprint("update_plans", __name__, url_prefix="/updates/planned")


class PlannedForm(FlaskForm):
    """What the buttons of a planned update send."""

    fingerprint = HiddenField()
    token = HiddenField()


@bp.get("/<ref>")
def read(ref: str) -> ResponseReturnValue:
    return _page(_found(ref), PlannedForm())


@bp.post("/<ref>/now")
def post_now(ref: str) -> ResponseReturnValue:
    form = PlannedForm()
    if not form_tokens.is_one(form.token.data):
        return _page(_found(ref), form)
    try:
        answer = form_tokens.once(form.token.data, current_user.id, lambda: _post_now(ref, form))
    except Refused as no:
        form.form_errors.append(no.sentence)
        return _page(_found(ref), form)
    flash(gettext("Posted."))
    return redirect(answer, 303)


@bp.post("/<ref>/drop")
def drop(ref: str) -> ResponseReturnValue:
    form = PlannedForm()
    if not form_tokens.is_one(form.token.data):
        return _page(_found(ref), form)
    answer = form_tokens.once(form.token.data, current_user.id, lambda: _drop(ref))
    flash(gettext("It will not be posted. Nobody has seen it."))
    return redirect(answer, 303)


@bp.get("/<ref>/change")
def write(ref: str) -> ResponseReturnValue:
    update = _found(ref)
    at = words.local(update.published_at)
    return _writing(update, PlanForm(data=as_answers(update) | {"day": at.date(), "time": at.time()}))


@bp.post("/<ref>/change")
def change(ref: str) -> ResponseReturnValue:
    update, form = _found(ref), PlanForm()
    if not form.validate():
        return _writing(update, form)
    try:
        at = update_plans.check_moment(form.day.data, form.time.data)
        update_plans.change(ref, account_id=current_user.id, words=form.words, at=at)
    except Refused as no:
        say_in(form, no)
        return _writing(update, form)
    flash(gettext("Saved."))
    return redirect(url_for(".read", ref=ref), 303)


def _post_now(ref: str, form: PlannedForm) -> str:
    update_plans.post_now(ref, account_id=current_user.id, fingerprint=form.fingerprint.data or "")
    return url_for("staff.updates.read", ref=ref)


def _drop(ref: str) -> str:
    update_plans.drop(ref, account_id=current_user.id)
    return url_for("staff.updates.page")


def _found(ref: str) -> FamilyUpdate:
    update = update_plans.find(ref)
    record.look_at(update.patient_id, update.scope or "updates", update.id, update.version)
    return update


def _page(update: FamilyUpdate, form: PlannedForm) -> ResponseReturnValue:
    readers = updates.readers_of(update)
    form.fingerprint.data, form.token.data = audience_seen.fingerprint(readers), form_tokens.new()
    return render_template(
        "staff/updates/planned.html",
        update=update,
        form=form,
        kind=said.UPDATE_KINDS[update.scope or ""],
        panel=panel(readers),
    )


def _writing(update: FamilyUpdate, form: PlanForm) -> ResponseReturnValue:
    return render_template(
        "staff/updates/plan_change.html",
        update=update,
        form=form,
        panel=panel(updates.readers_of(update)),
        hints=update_hints.hints(form.words, [update.patient]) if form.is_submitted() else None,
    )
