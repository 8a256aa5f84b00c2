"""The patient's family sessions: when, with whom, who sees it, their yes or no, and what becomes of it after a stop."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from portal import clock, refs, words
from portal.consent.own import OwnAppointment, OwnWaitingListEntry
from portal.consent.picture import Sharing
from portal.consent.scopes import Scope
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.patient import agenda, results, seen
from portal.patient import everybody as people
from portal.services import after_a_stop, sessions
from portal.services.session_kinds import is_with_patient, kind_words

bp = Blueprint("sessions", __name__)


@bp.get("/sessions")
def page() -> ResponseReturnValue:
    """Family sessions to come, soonest first."""
    everybody = people.everybody()
    to_come = session().scalars(select(OwnAppointment).where(OwnAppointment.ends_at > clock.now()))
    return render_template(
        "patient/sessions/page.html",
        result=results.recall(everybody),
        sessions=[_shown(rows, everybody) for rows in agenda.by_session(to_come)],
        waits=session().scalars(select(OwnWaitingListEntry).order_by(OwnWaitingListEntry.joined_at)).all(),
        bookers=[
            (people.ref_of(one), one.person.name, one.person.asks_before_sessions)
            for one in everybody
            if seen.sees(Scope.FAMILY, one)
        ],
    )


@bp.post("/sessions/<ref>/answer")
def answer(ref: str) -> ResponseReturnValue:
    """Yes or no to a session somebody would like to have. Nobody is told that a no was the patient's."""
    yes = request.form.get("answer") == "yes"
    sessions.patient_answers(people.me().id, _find(ref).ref, yes=yes)
    results.remember("session agreed" if yes else "session cancelled")
    return redirect(url_for("patient.sessions.page"), 303)


@bp.post("/sessions/<ref>/ask")
def ask(ref: str) -> ResponseReturnValue:
    """Ask another of one's people to come too."""
    sharing = people.find(request.form.get("who", ""))
    me = people.me()
    sessions.ask_to_come(me.id, _find(ref).ref, sharing.person.id, door="patient", account_id=the_viewer().account_id)
    results.remember("session asked", people.ref_of(sharing))
    return redirect(url_for("patient.sessions.page"), 303)


@bp.post("/sessions/asks-first")
def asks_first() -> ResponseReturnValue:
    """Whose sessions wait for the patient's yes from now on."""
    everybody = people.everybody()
    chosen = [people.find(ref, everybody).person.id for ref in request.form.getlist("who")]
    sessions.ask_the_patient_first(people.me().id, chosen)
    results.remember("asks first")
    return redirect(url_for("patient.sessions.page"), 303)


@bp.post("/sessions/<ref>/keep")
def keep(ref: str) -> ResponseReturnValue:
    """Say that it stays booked, as it does anyway."""
    after_a_stop.keep(people.me().id, _find(ref).ref)
    results.remember("session kept")
    return redirect(url_for("patient.sharing.page"), 303)


@bp.route("/sessions/<ref>/cancel", methods=["GET", "POST"])
def cancel(ref: str) -> ResponseReturnValue:
    """Cancel it. Nobody is told why."""
    found = _find(ref)
    if request.method == "GET":
        if found.status == "cancelled":
            return redirect(url_for("patient.sessions.page"))
        rows = session().scalars(select(OwnAppointment).where(OwnAppointment.id == found.id)).all()
        return render_template("patient/sessions/cancel.html", session=_shown(list(rows), people.everybody()))
    after_a_stop.cancel(people.me().id, found.ref)
    results.remember("session cancelled")
    return redirect(url_for("patient.sessions.page" if request.form.get("back") else "patient.sharing.page"), 303)


def _find(ref: str) -> OwnAppointment:
    rows = session().scalars(select(OwnAppointment).order_by(OwnAppointment.id)).all()
    return refs.find(the_viewer().account_ref, ref, rows)


def _shown(rows: list[OwnAppointment], everybody: list[Sharing]) -> dict[str, Any]:
    first = rows[0]
    in_it = {row.related_person_id for row in rows}
    seeing = {sharing.person.id for sharing in everybody if seen.sees(Scope.FAMILY, sharing)}
    is_ahead = first.status != "cancelled" and first.starts_at > clock.now()
    return {
        "ref": refs.ref_for(the_viewer().account_ref, first.ref),
        "day": words.day(first.starts_at),
        "times": words.times(first.starts_at, first.ends_at),
        "relatives": words.listed([_comes(row) for row in rows]),
        "therapist": first.with_name,
        "kind": kind_words(first.kind, gettext("you")) if is_with_patient(first.kind) else _without_you(first.kind),
        "is_online": first.mode == "online",
        "place": first.place,
        "is_cancelled": first.status == "cancelled",
        "asks_me": first.status == "pending" and first.patient_says == "needs-action" and is_ahead,
        "is_pending": first.status == "pending",
        "answer_by": first.answer_by,
        "can_cancel": is_ahead,
        "somebody_sees_nothing": not in_it <= seeing and is_ahead,
        "others": [
            (people.ref_of(one), one.first_name)
            for one in everybody
            if is_ahead and one.person.id in seeing - in_it and one.person.relative_id is not None
        ],
        "note": first.note,
        "seers": seen.by_those_in_it(rows, everybody),
    }


def _comes(row: OwnAppointment) -> str:
    if row.says == "needs-action":
        return gettext("%(name)s (has not answered yet)", name=row.relative_name)
    return row.relative_name


def _without_you(kind: str) -> str:
    return gettext("Parent session, without you") if kind == "parents" else gettext("Family session without you")
