"""Post an update: write it, check who will see it, post it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired

from portal import timeouts
from portal.consent import record
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.errors import NotShared, Refused
from portal.models import Patient
from portal.services import audience, form_tokens, people, updates, word_list
from portal.services.audience import Audience
from portal.staff import said
from portal.staff.readers import panel

bp = Blueprint("posting", __name__, url_prefix="/updates")


def _obeys(rule: Callable[[str], None]) -> Callable[[FlaskForm, Field], None]:
    def validate(form: FlaskForm, field: Field) -> None:
        try:
            rule(field.data or "")
        except Refused as no:
            raise ValidationError(no.sentence) from None

    return validate


def _storable(text: str | None) -> str | None:
    return text.replace("\x00", "") if text else text


class UpdateForm(FlaskForm):
    person = SelectField(
        _l("Who is it about?"), validate_choice=False, validators=[InputRequired(_l("Choose who it is about"))]
    )
    kind = RadioField(
        _l("What kind of update?"),
        choices=[SelectChoice(*one) for one in said.UPDATE_KINDS.items()],
        validate_choice=False,
        validators=[InputRequired(_l("Choose what kind of update it is")), AnyOf(UPDATE_SCOPES)],
    )
    title = StringField(
        _l("Title"), description=_l("People see this only after they sign in"), filters=[_storable],
        validators=[_obeys(updates.check_title)],
    )  # fmt: skip
    text = TextAreaField(
        _l("Update"), description=_l("Use short words. Do not include notes from therapy."), filters=[_storable],
        validators=[_obeys(updates.check_words)],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person.choices = [SelectChoice(*one) for one in [("", gettext("Choose")), *people.in_treatment()]]


class CheckedForm(UpdateForm):
    """What was written, with the list of readers that its author saw."""

    fingerprint = HiddenField()
    token = HiddenField()


@bp.get("/new")
def write() -> ResponseReturnValue:
    return _writing(UpdateForm(formdata=timeouts.kept() or request.args))


@bp.post("/new")
def change() -> ResponseReturnValue:
    return _writing(UpdateForm())


@bp.get("/recipients")
def recipients() -> ResponseReturnValue:
    return render_template(
        "staff/updates/readers.html", panel=_panel(request.args.get("person"), request.args.get("kind"))
    )


@bp.get("/check")
def nothing_to_check() -> ResponseReturnValue:
    return redirect(url_for(".write"), 303)


@bp.post("/check")
@timeouts.form_at(".write")
def check() -> ResponseReturnValue:
    form = CheckedForm()
    if not form.validate():
        return _writing(form)
    form.token.data = form_tokens.new()
    return _checking(form)


@bp.post("")
@timeouts.form_at(".write")
def post() -> ResponseReturnValue:
    form = CheckedForm()
    if not form.validate() or not form_tokens.is_one(form.token.data):
        return _writing(form)
    patient = people.find(form.person.data)
    try:
        answer = form_tokens.once(form.token.data, current_user.id, lambda: _post(form, patient))
    except Refused as no:
        form.form_errors.append(no.sentence)
        return _checking(form)
    flash(gettext("Posted."))
    return redirect(answer, 303)


def _post(form: CheckedForm, patient: Patient) -> str:
    update = updates.post(
        author_id=current_user.staff.id,
        account_id=current_user.id,
        patient_id=patient.id,
        scope=Scope(form.kind.data),
        title=form.title.data,
        text=form.text.data,
        fingerprint=form.fingerprint.data,
    )
    return url_for("staff.updates.read", ref=update.ref)


def _writing(form: UpdateForm) -> ResponseReturnValue:
    return render_template(
        "staff/updates/new.html",
        form=form,
        panel=_panel(form.person.data, form.kind.data),
        hints=word_list.hints(form.title.data or "", form.text.data or ""),
    )


def _checking(form: CheckedForm) -> ResponseReturnValue:
    patient = people.find(form.person.data)
    readers = _readers(patient, Scope(form.kind.data))
    form.fingerprint.data = readers.fingerprint
    return render_template(
        "staff/updates/check.html",
        form=form,
        patient=patient,
        kind=said.UPDATE_KINDS[form.kind.data],
        panel=panel(readers),
        hints=word_list.hints(form.title.data or "", form.text.data or ""),
    )


def _panel(ref: str | None, kind: str | None) -> Any:
    """The panel for what was chosen so far; None until both person and kind are."""
    if not ref or not kind:
        return None
    if kind not in list(UPDATE_SCOPES):
        raise NotShared
    return panel(_readers(people.find(ref), Scope(kind)))


def _readers(patient: Patient, scope: Scope) -> Audience:
    record.look_at(patient.id, "readers")
    return audience.of_update(patient.id, scope)
