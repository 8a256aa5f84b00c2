"""One person: what they see, until when, and every way to change it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import words
from portal.consent.picture import Sharing, Standing
from portal.consent.scopes import DETAILS, ICONS, WORDS, Scope
from portal.errors import NotShared
from portal.patient import drafts, matrix, results, whom
from portal.patient import everybody as people
from portal.services import sharing_drafts

bp = Blueprint("people", __name__)

# From saying most to saying nothing.
EMAILS = ("times", "notice", "none")


@bp.get("/sharing/<ref>")
def page(ref: str) -> ResponseReturnValue:
    """What one person sees, until when, and every way to make it less."""
    one = people.find(ref)
    return render_template(
        "patient/people/page.html",
        one=one,
        ref=ref,
        result=results.recall([one]),
        heading=_heading(one),
        standing=matrix.standing_words(one),
        has_scopes=bool(one.scopes),
        scopes=_scopes(one),
        less_email=EMAILS[EMAILS.index(one.consent.email_level) + 1 :] if one.consent else (),
        last_look=words.relative_day(one.last_look) + ", " + words.time(one.last_look) if one.last_look else None,
        sessions=people.sessions_to_come(one.person.id),
        can_preview=one.standing in (Standing.ACTIVE, Standing.PAUSED, Standing.INVITED),
    )


@bp.post("/sharing/<ref>/more")
def more(ref: str) -> ResponseReturnValue:
    """Share more or for longer: what was agreed comes along, what is to change is asked, and it is signed anew."""
    one = people.find(ref)
    if not one.scopes:
        raise NotShared
    agreed = whom.agreed_with(one)
    scope = request.form.get("scope", "")
    if scope in tuple(Scope):
        # What says nothing without session times brings them along.
        wanted = {scope, Scope.TIMES} if scope in DETAILS else {scope}
        agreed["scopes"] = sorted({*agreed["scopes"], *wanted})
    sharing_drafts.begin(people.me().id, **agreed)
    page = request.form.get("change", "")
    if page in drafts.QUESTIONS:
        return redirect(url_for(f"patient.questions.{page}"), 303)
    return redirect(url_for("patient.signing.check"), 303)


def _heading(one: Sharing) -> str:
    relation = one.person.relation
    return f"{one.person.name}, {relation[:1].lower()}{relation[1:]}" if relation else one.person.name


def _scopes(one: Sharing) -> list[dict[str, object]]:
    shown = "paused" if one.standing == Standing.PAUSED else "on" if one.standing == Standing.ACTIVE else "wait"
    return [
        {"code": scope.value, "label": WORDS[scope], "icon": ICONS[scope], "is_on": scope in one.scopes,
         "is_detail": scope in DETAILS, "dot": shown if scope in one.scopes else "off"}
        for scope in Scope
    ]  # fmt: skip
