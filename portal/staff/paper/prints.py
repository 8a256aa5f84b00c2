"""What is printed of a form on paper: the copy the patient gets, and a corrected form to sign again."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from markupsafe import Markup

from portal import clinic
from portal.consent import record, text
from portal.consent.scopes import WORDS
from portal.errors import NotShared
from portal.models import Consent
from portal.services import paper_form_list, people

bp = Blueprint("paper_prints", __name__, url_prefix="/people/<ref>/paper/<form_ref>")


@bp.get("/copy")
def copy(ref: str, form_ref: str) -> ResponseReturnValue:
    """Every element, in the language of the form."""
    patient = people.find(ref)
    consent = paper_form_list.find(patient.id, form_ref)
    if not consent.text_shown:
        raise NotShared
    return _printed("copy", consent, paragraphs=text.paragraphs(consent.text_shown))


@bp.get("/corrected")
def corrected(ref: str, form_ref: str) -> ResponseReturnValue:
    """The form as it should have been: what is known filled in, what is missing as a line to write on."""
    patient = people.find(ref)
    consent = paper_form_list.find(patient.id, form_ref)
    about = paper_form_list.about(patient)
    return _printed("corrected", consent, about=about, scopes={one.scope for one in consent.scopes}, all_scopes=WORDS)


def _printed(page: str, consent: Consent, **facts: object) -> ResponseReturnValue:
    record.look_at(consent.patient_id, "paper", consent.id)
    facts |= {"consent": consent, "patient": consent.patient, "discloser": clinic.facts().legal_name}
    with force_locale(consent.text_language):
        document = Markup(render_template(f"staff/paper/{page}_document.html", **facts))  # noqa: S704 our own template
    return render_template("staff/paper/print.html", page=page, document=document, **facts)
