"""Somebody asked to see something: choose, say no in silence, or decide later."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import words
from portal.consent.picture import Sharing, Standing
from portal.errors import NotShared
from portal.patient import everybody as people
from portal.patient import results
from portal.services import answers

bp = Blueprint("requests", __name__)


@bp.get("/requests/<ref>")
def page(ref: str) -> ResponseReturnValue:
    """A request that waits for an answer."""
    one = people.find(ref)
    if one.standing != Standing.ASKED:
        raise NotShared
    return render_template("patient/requests/page.html", one=one, ref=ref, met=_met(one))


@bp.post("/requests/<ref>/no")
def say_no(ref: str) -> ResponseReturnValue:
    """Say no; it needs no reason, and they are not told."""
    answers.decline(people.me().id, people.find(ref).person.id)
    results.remember("declined", ref)
    return redirect(url_for("patient.sharing.page"), 303)


@bp.post("/requests/<ref>/never")
def never_again(ref: str) -> ResponseReturnValue:
    """Say no, and hear of no later request either; they are told neither."""
    answers.decline(people.me().id, people.find(ref).person.id, for_good=True)
    results.remember("declined", ref)
    return redirect(url_for("patient.sharing.page"), 303)


@bp.post("/requests/<ref>/let-ask")
def let_ask(ref: str) -> ResponseReturnValue:
    """Let them ask again."""
    answers.let_ask(people.me().id, people.find(ref).person.id)
    results.remember("may ask", ref)
    return redirect(url_for("patient.people.page", ref=ref), 303)


def _met(one: Sharing) -> str:
    """That somebody of the care team knows them in person, where that is so."""
    if one.person.met_on is None:
        return ""
    facts = {"name": one.first_name, "day": words.day(one.person.met_on)}
    if one.person.met_by:
        return gettext("%(staff)s met %(name)s on %(day)s.", staff=one.person.met_by, **facts)
    return gettext("We met %(name)s on %(day)s.", **facts)
