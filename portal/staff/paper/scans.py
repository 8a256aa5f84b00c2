"""The scan of a form on paper: add it, open it. Only the care team does, and every opening is on record."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from portal import timeouts
from portal.errors import Refused
from portal.services import paper_form_list, people, scans
from portal.staff.answers import say_in
from portal.staff.paper.forms import ScanForm, show

bp = Blueprint("scans", __name__, url_prefix="/people/<ref>/paper/<form_ref>/scan")

# A phone's photo that is too large is still read, so that its owner gets an answer and not a broken line.
MOST_READ = 4 * scans.MOST_BYTES


@bp.url_value_preprocessor
def read_more_than_elsewhere(endpoint: str | None, values: object) -> None:
    """Before anything reads the form. Strangers stay with what every other page reads."""
    if request.method == "POST" and "_user_id" in session:
        request.max_content_length = MOST_READ


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Nothing was read, so nothing is known of who asks: the page itself keeps its lock."""
    flash(str(scans.TOO_LARGE_OR_ODD), "error")
    return redirect(url_for("staff.paper.page", **(request.view_args or {})), 303)


@bp.get("")
def read(ref: str, form_ref: str) -> ResponseReturnValue:
    scan = scans.open_scan(paper_form_list.find(people.find(ref).id, form_ref))
    answer = Response(scan.content, mimetype=scan.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=scan.file_name)
    return answer


@bp.post("")
@timeouts.form_at("staff.paper.page")
def keep(ref: str, form_ref: str) -> ResponseReturnValue:
    patient = people.find(ref)
    consent = paper_form_list.find(patient.id, form_ref)
    form = ScanForm()
    form.validate()
    try:
        content = form.scan.data.stream.read() if form.scan.data else b""
        scans.keep(consent, content, staff_id=current_user.staff.id, account_id=current_user.id)
    except Refused as no:
        say_in(form, no)
        return show(patient, consent, scan_form=form)
    flash(gettext("The scan is kept."))
    return redirect(url_for("staff.paper.page", ref=ref, form_ref=form_ref), 303)
