"""The privacy office's holds: stop sharing with one person or with everybody, and let it go on again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.consent import record
from portal.consent.picture import Sharing
from portal.errors import Refused
from portal.models import HoldKind, Patient
from portal.services import audience, holds, people, signed_forms, who_sees_what
from portal.services.audience import NOTHING_SIGNED
from portal.services.people import PatientLine
from portal.staff import said, standings
from portal.staff.answers import say_in, tidy

bp = Blueprint("holds", __name__, url_prefix="/holds")

KINDS: dict[str, LazyString] = {
    HoldKind.PRIVACY: _l("To keep somebody safe, or while we check something"),
    HoldKind.INCAPACITATED: _l("The person in treatment cannot decide just now"),
    HoldKind.DECEASED: _l("The person in treatment has died"),
}
EVERYBODY = "everybody"


class SearchForm(FlaskForm):
    """A name goes into the body of a request, never into an address."""

    name = StringField(_l("Find a person in treatment"), description=_l("2 or more letters of the name"))


class HoldForm(FlaskForm):
    whom = RadioField(_l("What has to stop?"), default=EVERYBODY, validate_choice=False, filters=[tidy])
    kind = RadioField(
        _l("Why?"),
        choices=[SelectChoice(*one) for one in KINDS.items()],
        default=HoldKind.PRIVACY.value,
        validate_choice=False,
    )
    reason = TextAreaField(
        _l("The reason, for the record"), description=_l("Only the privacy office reads it."), filters=[tidy]
    )


@bp.get("")
def page() -> ResponseReturnValue:
    return _list(SearchForm(), None)


@bp.post("")
def search() -> ResponseReturnValue:
    form = SearchForm()
    form.validate()
    found: list[PatientLine] = []
    try:
        found = people.search(form.name.data or "")
    except Refused as refused:
        form.name.errors = [refused.sentence]
    people.put_on_record(found)
    return _list(form, found)


@bp.get("/<ref>")
def person(ref: str) -> ResponseReturnValue:
    """One person in treatment: what is on hold, whom they share with, what they signed."""
    return _person(people.find(ref), None)


@bp.post("/<ref>")
def place(ref: str) -> ResponseReturnValue:
    patient = people.find(ref)
    form = HoldForm()
    form.validate()
    whom = form.whom.data or EVERYBODY
    related = None if whom == EVERYBODY else people.related_to(patient, whom)
    try:
        holds.place(
            patient.id,
            related.id if related else None,
            kind=form.kind.data or "",
            reason=form.reason.data or "",
            by=current_user.staff,
        )
    except Refused as refused:
        say_in(form, refused)
        return _person(patient, form)
    flash(
        gettext("On hold. %(relative)s sees nothing now, and is not told.", relative=related.name)
        if related
        else gettext("On hold. Nobody sees anything now, and nobody is told.")
    )
    return redirect(url_for("privacy_office.holds.person", ref=ref), 303)


@bp.post("/<ref>/release")
def release(ref: str) -> ResponseReturnValue:
    """End one hold, named by its own ref."""
    hold = holds.release(ref, by=current_user.staff)
    patient = people.with_id(hold.patient_id)
    still = holds.open_ones(patient.id)
    said = [gettext("Released. Another hold is still open.")] if still else []
    if hold.kind == HoldKind.DECEASED:
        said.append(gettext("What was signed before has ended. To share again, a personal representative signs."))
    flash(" ".join(said) or gettext("Released. What was signed and has not ended can be seen again."))
    return redirect(url_for("privacy_office.holds.person", ref=patient.ref), 303)


def _list(form: SearchForm, found: list[PatientLine] | None) -> ResponseReturnValue:
    open_ones, released = holds.open_ones(), holds.released()
    for line in (*open_ones, *released):
        record.look_at(line.patient_id, "hold")
    return render_template(
        "staff/holds/page.html",
        form=form,
        found=found,
        open_ones=open_ones,
        released=released,
        kinds=KINDS,
        moment_words=said.moment_words,
    )


def _person(patient: Patient, form: HoldForm | None) -> ResponseReturnValue:
    record.look_at(patient.id, "hold")
    sharings = who_sees_what.sharing_of(patient)
    signed = audience.standings_of([one.person.id for one in sharings])
    form = form or HoldForm(formdata=None)
    form.whom.choices = [
        SelectChoice(EVERYBODY, gettext("All sharing of %(name)s", name=patient.name)),
        *(SelectChoice(one.ref, gettext("Sharing with %(name)s", name=one.person.name)) for one in sharings),
    ]
    return render_template(
        "staff/holds/person.html",
        patient=patient,
        form=form,
        open_ones=holds.open_ones(patient.id),
        released=holds.released(patient.id),
        people=[_one(patient, one, signed.get(one.person.id, NOTHING_SIGNED)) for one in sharings],
        forms=[
            {"form": one, "state": standings.STATES[one.state], "lacks": standings.lacks(one)}
            for one in signed_forms.of_patient(patient.id)
        ],
        kinds=KINDS,
        moment_words=said.moment_words,
    )


def _one(patient: Patient, one: Sharing, standing: audience.Standing) -> dict[str, Any]:
    return {
        "name": one.person.name,
        "relation": one.person.relation,
        "tag": standings.tag(patient, one, standing, to_privacy_office=True),
    }
