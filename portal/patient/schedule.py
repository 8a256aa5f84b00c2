"""The patient's own schedule, and which of its sessions they keep to themselves."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import refs
from portal.consent.own import OwnScheduleEntry
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.patient import agenda
from portal.patient import everybody as people
from portal.services import hidden_sessions

bp = Blueprint("schedule", __name__)

DAYS = 28


@bp.get("/schedule")
def page() -> ResponseReturnValue:
    """What is planned in the next four weeks, and who can see each of it."""
    return render_template("patient/schedule/page.html", days=agenda.days(DAYS, people.everybody()))


@bp.post("/schedule/<ref>/hide")
def hide(ref: str) -> ResponseReturnValue:
    """Keep one session from one person, or from everybody."""
    hidden_sessions.hide(people.me().id, _session(ref).id, _from_whom())
    return _back_to(ref)


@bp.post("/schedule/<ref>/show")
def show(ref: str) -> ResponseReturnValue:
    """Let one person, or everybody, see it again."""
    hidden_sessions.show(people.me().id, _session(ref).id, _from_whom())
    return _back_to(ref)


def _session(ref: str) -> OwnScheduleEntry:
    found: OwnScheduleEntry = refs.find(the_viewer().account_ref, ref, session().scalars(select(OwnScheduleEntry)))
    return found


def _from_whom() -> int | None:
    whom = request.form.get("whom", "")
    return people.find(whom).person.id if whom else None


def _back_to(ref: str) -> ResponseReturnValue:
    return redirect(url_for("patient.schedule.page") + f"#{ref}", 303)
