"""Forms signed on paper: one person types a form in, a second one checks it or throws it out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField

from portal import clinic, timeouts
from portal.consent import record
from portal.errors import NotShared, Refused
from portal.models import Consent, Patient
from portal.services import form_tokens, invitation_lines, paper_form_list, paper_forms, people, scans
from portal.services.invitation_lines import Candidate
from portal.services.paper_form_elements import ELEMENTS, MISSING, Element, missing
from portal.services.paper_form_rules import refusals
from portal.staff.answers import say_in
from portal.staff.paper import answers, words
from portal.staff.paper.answers import RecordForm

bp = Blueprint("paper", __name__, url_prefix="/people/<ref>/paper")


class CheckForm(FlaskForm):
    """What the second person says."""

    matches = BooleanField(_l("I hold the form. It says what stands here."))
    asked_in_private = BooleanField()


class ScanForm(FlaskForm):
    scan = FileField(_l("File"), description=_l("PDF or photo, up to 10 MB"))


@bp.get("")
def write(ref: str) -> ResponseReturnValue:
    """An empty page to copy a form to, or the known answers of one that is signed again."""
    patient = people.find(ref)
    known: dict[str, object] = {"language": patient.language}
    if request.args.get("instead_of"):
        known = answers.of_another(paper_form_list.find(patient.id, request.args["instead_of"]))
    return _writing(patient, RecordForm(formdata=timeouts.kept(), data=known | {"token": form_tokens.new()}))


@bp.post("")
def keep(ref: str) -> ResponseReturnValue:
    """Keep the form, or say what it lacks and what cannot be right."""
    patient = people.find(ref)
    form = RecordForm()
    if not form_tokens.is_one(form.token.data):
        raise NotShared
    filled, about = answers.read(form, patient), paper_form_list.about(patient)
    if refused := refusals(filled, about):
        answers.say_all(form, refused)
        return _writing(patient, form)
    lacks = missing(filled, about)
    if lacks and "unusable" not in request.form:
        return _writing(patient, form, lacks)

    def act() -> str:
        consent = paper_forms.record_form(
            patient.id,
            filled,
            staff_id=current_user.staff.id,
            account_id=current_user.id,
            instead_of=request.args.get("instead_of"),
        )
        return url_for("staff.paper.page", ref=ref, form_ref=consent.ref)

    try:
        answer = form_tokens.once(form.token.data or "", current_user.id, act)
    except Refused as no:
        form.form_errors.append(no.sentence)
        return _writing(patient, form)
    flash(gettext("Kept. Nothing is shared yet."))
    return redirect(answer, 303)


@bp.get("/<form_ref>")
def page(ref: str, form_ref: str) -> ResponseReturnValue:
    patient = people.find(ref)
    return show(patient, paper_form_list.find(patient.id, form_ref))


@bp.post("/<form_ref>/check")
def check(ref: str, form_ref: str) -> ResponseReturnValue:
    """The second person: it matches, so from now on it shares."""
    patient = people.find(ref)
    form = CheckForm()
    form.validate()
    try:
        consent = paper_forms.verify(
            patient.id,
            form_ref,
            staff_id=current_user.staff.id,
            account_id=current_user.id,
            matches=form.matches.data,
            asked_in_private=form.asked_in_private.data,
        )
    except Refused as no:
        say_in(form, no)
        return show(patient, paper_form_list.find(patient.id, form_ref), form)
    flash(words.what_happens_now(patient, consent.related_person))
    return redirect(url_for("staff.paper.page", ref=ref, form_ref=form_ref), 303)


@bp.post("/<form_ref>/throw-out")
def throw_out(ref: str, form_ref: str) -> ResponseReturnValue:
    patient = people.find(ref)
    try:
        paper_forms.throw_out(patient.id, form_ref, account_id=current_user.id)
    except Refused as no:
        form = CheckForm(formdata=None)
        form.form_errors.append(no.sentence)
        return show(patient, paper_form_list.find(patient.id, form_ref), form)
    flash(gettext("Thrown out. It never shared anything."))
    return redirect(url_for("staff.paper.page", ref=ref, form_ref=form_ref), 303)


def show(
    patient: Patient, consent: Consent, form: FlaskForm | None = None, scan_form: FlaskForm | None = None
) -> ResponseReturnValue:
    """The page of one form: what was typed in, beside the scan, and what can be done with it now."""
    record.look_at(patient.id, "paper", consent.id)
    form = form or CheckForm(formdata=None)
    if "asked_in_private" in form:
        form.asked_in_private.label.text = gettext(
            "I asked %(name)s in private. %(name)s wants this.", name=patient.given_name
        )
    lacks = paper_form_list.lacking(consent)
    return render_template(
        "staff/paper/page.html",
        patient=patient,
        consent=consent,
        state=words.state(consent, lacks),
        elements=_elements({element: str(MISSING[element]) for element in lacks}),
        facts=words.facts(patient, consent),
        lacks=lacks,
        waits=paper_form_list.waits(consent),
        is_mine=consent.recorded_by_id == current_user.staff.id,
        scan=scans.facts_of(consent),
        candidate=_candidate(consent),
        form=form,
        scan_form=scan_form or ScanForm(formdata=None),
    )


def _candidate(consent: Consent) -> Candidate | None:
    """Whom the form lets us invite now, if they have not accepted yet."""
    found = invitation_lines.candidates(consent.patient_id)
    return next((one for one in found if one.consent.id == consent.id), None)


def _writing(patient: Patient, form: RecordForm, lacks: dict[Element, str] | None = None) -> ResponseReturnValue:
    record.look_at(patient.id, "paper")
    return render_template(
        "staff/paper/write.html",
        patient=patient,
        form=form.about(patient, clinic.facts().legal_name),
        elements=_elements(lacks) if lacks else None,
        forms=[words.line(consent) for consent in paper_form_list.forms_of(patient.id)],
        instead_of=request.args.get("instead_of"),
    )


def _elements(lacks: dict[Element, str]) -> dict[str, object]:
    rows = [{"name": name, "missing": lacks.get(element)} for element, name in ELEMENTS.items()]
    return {"rows": rows, "there": len(rows) - len(lacks), "total": len(rows)}
