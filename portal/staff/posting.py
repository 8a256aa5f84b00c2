"""Post an update: write it, check who will see it, post it now or plan it for later."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from portal import timeouts
from portal.consent import record
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.errors import NotShared, Refused
from portal.models import Patient
from portal.services import (
    audience,
    audience_seen,
    form_tokens,
    people,
    ready_texts,
    update_drafts,
    update_hints,
    update_names,
    updates,
)
from portal.services.audience import Audience
from portal.services.choices import LANGUAGES
from portal.services.update_checks import MOST_PEOPLE
from portal.staff import said
from portal.staff.answers import say_in
from portal.staff.posting_form import LATER, CheckedForm, UpdateForm
from portal.staff.readers import Panel, panel

bp = Blueprint("posting", __name__, url_prefix="/updates")


@bp.get("/new")
def write() -> ResponseReturnValue:
    """An empty form; or one with a ready text in it, with a draft, or with what was typed before a time-out."""
    typed = timeouts.kept()
    if typed is None and "ready" in request.args:
        typed = _ready(request.args["ready"], request.args.get("language", LANGUAGES[0]))
    if typed is None and "draft" in request.args:
        typed = _draft(request.args["draft"])
    return writing(UpdateForm(formdata=typed or request.args))


@bp.post("/new")
def change() -> ResponseReturnValue:
    return writing(UpdateForm())


@bp.get("/recipients")
def recipients() -> ResponseReturnValue:
    refs = [request.args.get("person"), *request.args.getlist("several")]
    return render_template("staff/updates/readers.html", panel=_panel(refs, request.args.get("kind")))


@bp.get("/check")
def nothing_to_check() -> ResponseReturnValue:
    return redirect(url_for(".write"), 303)


@bp.post("/check")
@timeouts.form_at(".write")
def check() -> ResponseReturnValue:
    form = CheckedForm()
    if not form.validate():
        return writing(form)
    try:
        update_names.check_left_out(form.patients(), form.words)
    except Refused as no:
        say_in(form, no)
        return writing(form)
    form.token.data = form_tokens.new()
    return _checking(form)


@bp.post("")
@timeouts.form_at(".write")
def post() -> ResponseReturnValue:
    form = CheckedForm()
    written = form.validate()
    if not form_tokens.is_one(form.token.data):
        return writing(form)
    if not written:
        return _checking(form) if form.errors.keys() <= {"day", "time"} else writing(form)
    patients = form.patients()
    try:
        answer = form_tokens.once(form.token.data, current_user.id, lambda: _post(form, patients))
    except Refused as no:
        say_in(form, no)
        return writing(form) if no.field in ("title", "text") else _checking(form)
    if form.when.data == LATER:
        flash(gettext("Planned. Nobody sees it until then."))
    elif len(patients) > 1:
        flash(gettext("Posted: %(num)d people each have an update of their own.", num=len(patients)))
    else:
        flash(gettext("Posted."))
    return redirect(answer, 303)


def _post(form: CheckedForm, patients: Sequence[Patient]) -> str:
    at = form.moment()
    written = updates.post(
        author_id=current_user.staff.id,
        account_id=current_user.id,
        patient_ids=[patient.id for patient in patients],
        scope=Scope(form.kind.data),
        words=form.words,
        fingerprint=form.fingerprint.data or "",
        at=at,
    )
    if form.draft.data:
        update_drafts.throw_away(current_user.staff.id, form.draft.data)
    if at is not None or len(written) > 1:
        return url_for("staff.updates.page")
    return url_for("staff.updates.read", ref=written[0].ref)


def writing(form: UpdateForm) -> ResponseReturnValue:
    """The page on which it is written."""
    return render_template(
        "staff/updates/new.html",
        form=form,
        panel=_panel(form.refs, form.kind.data),
        hints=update_hints.hints(form.words, _known(form.refs)) if form.is_submitted() else None,
        ready={code: ready_texts.in_language(code) for code in LANGUAGES},
        languages=said.LANGUAGES,
    )


def _checking(form: CheckedForm) -> ResponseReturnValue:
    patients = form.patients()
    readers = _readers(patients, Scope(form.kind.data))
    form.fingerprint.data = audience_seen.fingerprint(readers)
    return render_template(
        "staff/updates/check.html",
        form=form,
        patients=patients,
        kind=said.UPDATE_KINDS[form.kind.data],
        language=said.LANGUAGES[form.words.language],
        panel=panel(readers),
        hints=update_hints.hints(form.words, patients),
    )


def _ready(key: str, language: str) -> MultiDict[str, str]:
    ready = ready_texts.find(key, language)
    words = ready.words
    return MultiDict({"kind": ready.scope, "language": words.language, "title": words.title, "text": words.text})


def _draft(ref: str) -> MultiDict[str, str]:
    answers = update_drafts.find(current_user.staff.id, ref).answers
    return MultiDict(answers | {"draft": ref})


def _panel(refs: Sequence[str | None], kind: str | None) -> Panel | None:
    """The panel for what was chosen so far; None until both somebody and a kind are."""
    chosen = [ref for ref in dict.fromkeys(refs) if ref][:MOST_PEOPLE]
    if not chosen or not kind:
        return None
    if kind not in list(UPDATE_SCOPES):
        raise NotShared
    return panel(_readers([people.find(ref) for ref in chosen], Scope(kind)))


def _known(refs: Sequence[str]) -> list[Patient]:
    return [people.find(ref) for ref in refs[:MOST_PEOPLE]]


def _readers(patients: Sequence[Patient], scope: Scope) -> list[Audience]:
    # In the order in which they are locked when it is posted, so that both lists have one fingerprint.
    in_order = sorted(patients, key=lambda patient: patient.id)
    for patient in in_order:
        record.look_at(patient.id, "readers")
    return [audience.of_update(patient.id, scope) for patient in in_order]
