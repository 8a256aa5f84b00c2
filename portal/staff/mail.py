"""Email status: what waits, what was sent, what was withheld and why, what could not be delivered and goes again."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.consent import record
from portal.errors import Refused
from portal.services import mail_again, mail_status
from portal.services.mail_status import MailState
from portal.staff import pages, said

bp = Blueprint("mail", __name__, url_prefix="/mail")

PAGE = 50


@bp.get("")
def page() -> ResponseReturnValue:
    asked = request.args.get("show", "")
    state = MailState(asked) if asked in list(MailState) else None
    counts = mail_status.counts()
    here = pages.asked_for(counts[state] if state else sum(counts.values()), PAGE)
    lines = mail_status.lines(state, offset=here.offset, most=PAGE)
    for line in lines:
        if line.patient_id is not None:
            record.look_at(line.patient_id, "mail")
    choices = [{"label": gettext("All"), "url": url_for(".page"), "current": state is None}]
    choices += [
        {
            "label": gettext("%(state)s: %(count)d", state=said.MAIL_STATES[one].words, count=counts[one]),
            "url": url_for(".page", show=one),
            "current": one == state,
        }
        for one in MailState
    ]
    return render_template(
        "staff/mail/page.html",
        lines=lines,
        here=here,
        state=state,
        choices=choices,
        states=said.MAIL_STATES,
        email_words=said.email_words,
        reason_words=said.reason_words,
        run=mail_again.run(),
        only_to=current_app.config["SETTINGS"].only_to,
    )


@bp.post("/again")
def again() -> ResponseReturnValue:
    """Send an email again that was given up."""
    try:
        mail_again.send(request.form.get("email", ""))
    except Refused as refused:
        flash(refused.sentence, "need")
    else:
        flash(gettext("It leaves again now, if it may still be read."))
    return redirect(url_for(".page", show=MailState.FAILED), 303)
