"""Correct a posted update, with the list of its readers beside it, or withdraw it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal import timeouts
from portal.consent import record
from portal.errors import Refused
from portal.models import FamilyUpdate
from portal.services import audience_seen, form_tokens, update_changes, update_hints, updates
from portal.staff import said
from portal.staff.answers import say_in
from portal.staff.posting_form import CheckedCorrectionForm, CorrectionForm, WithdrawForm, as_answers
from portal.staff.readers import panel

bp = Blueprint("update_changes", __name__, url_prefix="/updates")


@bp.get("/<ref>/correct")
def write(ref: str) -> ResponseReturnValue:
    update = _found(ref)
    return _writing(update, CorrectionForm(data=as_answers(update) | {"version": str(update.version)}))


@bp.post("/<ref>/correct")
def change(ref: str) -> ResponseReturnValue:
    return _writing(_found(ref), CorrectionForm())


@bp.get("/<ref>/correct/check")
def nothing_to_check(ref: str) -> ResponseReturnValue:
    return redirect(url_for(".write", ref=_found(ref).ref), 303)


@bp.post("/<ref>/correct/check")
@timeouts.form_at(".write")
def check(ref: str) -> ResponseReturnValue:
    update, form = _found(ref), CheckedCorrectionForm()
    if not form.validate() or not _is_changed(update, form):
        return _writing(update, form)
    form.token.data = form_tokens.new()
    return _checking(update, form)


@bp.post("/<ref>/corrected")
@timeouts.form_at(".write")
def correct(ref: str) -> ResponseReturnValue:
    update, form = _found(ref), CheckedCorrectionForm()
    if not form.validate() or not form_tokens.is_one(form.token.data):
        return _writing(update, form)
    try:
        answer = form_tokens.once(form.token.data, current_user.id, lambda: _correct(ref, form))
    except Refused as no:
        say_in(form, no)
        return _checking(update, form)
    flash(gettext("Corrected."))
    return redirect(answer, 303)


@bp.get("/<ref>/withdraw")
def why(ref: str) -> ResponseReturnValue:
    return _asking_why(_found(ref), WithdrawForm())


@bp.post("/<ref>/withdraw")
def withdraw(ref: str) -> ResponseReturnValue:
    form = WithdrawForm()
    if not form.validate() or not form_tokens.is_one(form.token.data):
        return _asking_why(_found(ref), form)
    answer = form_tokens.once(form.token.data, current_user.id, lambda: _withdraw(ref, form))
    update_changes.wait_again(ref)
    flash(gettext("Withdrawn. No relative can read it now. The person it is about still sees it."))
    return redirect(answer, 303)


def _correct(ref: str, form: CheckedCorrectionForm) -> str:
    update_changes.correct(
        ref,
        author_id=current_user.staff.id,
        account_id=current_user.id,
        version=_version(form),
        words=form.words,
        fingerprint=form.fingerprint.data or "",
        tells_again=form.tells_again.data,
    )
    return url_for("staff.updates.read", ref=ref)


def _withdraw(ref: str, form: WithdrawForm) -> str:
    update_changes.withdraw(ref, account_id=current_user.id, because=form.because.data or "")
    return url_for("staff.updates.page")


def _found(ref: str) -> FamilyUpdate:
    update = updates.find(ref)
    record.look_at(update.patient_id, update.scope or "updates", update.id, update.version)
    return update


def _is_changed(update: FamilyUpdate, form: CheckedCorrectionForm) -> bool:
    try:
        update_changes.check_changed(update_changes.words_of(update), form.words.tidied())
    except Refused as no:
        say_in(form, no)
        return False
    return True


def _version(form: CorrectionForm) -> int:
    return int(form.version.data) if (form.version.data or "").isdecimal() else 0


def _writing(update: FamilyUpdate, form: CorrectionForm) -> ResponseReturnValue:
    return render_template(
        "staff/updates/correct.html",
        update=update,
        form=form,
        panel=panel(updates.readers_of(update), if_told=True),
        hints=update_hints.hints(form.words, [update.patient]) if form.is_submitted() else None,
    )


def _asking_why(update: FamilyUpdate, form: WithdrawForm) -> ResponseReturnValue:
    form.token.data = form_tokens.new()
    return render_template("staff/updates/withdraw.html", update=update, form=form)


def _checking(update: FamilyUpdate, form: CheckedCorrectionForm) -> ResponseReturnValue:
    readers = updates.readers_of(update)
    form.fingerprint.data = audience_seen.fingerprint(readers)
    return render_template(
        "staff/updates/correct_check.html",
        update=update,
        form=form,
        language=said.LANGUAGES[form.words.language],
        panel=panel(readers, if_told=True),
        hints=update_hints.hints(form.words, [update.patient]),
    )
