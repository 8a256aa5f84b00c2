"""Stop one kind of email from the link at its foot, signed in or not."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.db import commit
from portal.emails.unsubscribe import read
from portal.extensions import csrf
from portal.models import StopHow
from portal.services import accounts

bp = Blueprint("unsubscribe", __name__)

# Neutral on purpose: this page is open to whoever holds the mailbox.
KINDS: dict[str, LazyString] = {
    "update_posted": _l("emails that there is something new to read"),
    "schedule_changed": _l("emails that say a time has changed"),
    "booking": _l("emails about what you booked or are asked to"),
    "reminder": _l("emails that remind you of something planned"),
    "time_opened": _l("emails that say a time has opened"),
    "question_asked": _l("emails that say you have a question to look at"),
    "weekly_list": _l("weekly lists"),
    "sharing_changed": _l("emails that say you saved a choice"),
    "sharing_ends": _l("emails that say a date is coming up"),
}


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
@csrf.exempt
def page(token: str) -> ResponseReturnValue:
    """GET asks, POST acts. Raises NotShared for a token that is none of ours."""
    account_ref, kind = read(token)
    accounts.account_of_ref(account_ref, kind)
    if request.method != "POST":
        kind_words = KINDS.get(kind, _l("emails like this one"))
        return render_template("front_door/unsubscribe/page.html", kind=kind_words)
    # A mail program's one press (RFC 8058) brings no cookie and no form token, and follows no redirect.
    by_mail_program = request.form.get("List-Unsubscribe") == "One-Click"
    if not by_mail_program:
        csrf.protect()
    accounts.stop_email(account_ref, kind, how=StopHow.ONE_CLICK if by_mail_program else StopHow.LINK)
    if by_mail_program:
        commit()
        return "", 200
    return redirect(url_for(".done"), 303)


@bp.get("/unsubscribe")
def done() -> str:
    """Says that those emails have stopped."""
    return render_template("front_door/unsubscribe/done.html")
