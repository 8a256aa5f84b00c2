"""The room of the clinic's IT: is everything in order. Counts, and nothing about anybody."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.health import what_is_wrong
from portal.services import mail_status
from portal.services.mail_status import MailState
from portal.staff import said

bp = Blueprint("health", __name__)


@bp.get("")
def page() -> ResponseReturnValue:
    counts = mail_status.counts()
    return render_template(
        "staff/health/page.html",
        wrong=what_is_wrong(),
        mail=[(said.MAIL_STATES[state].words, counts[state]) for state in MailState if state != MailState.SENT],
        now=clock.now(),
    )
