"""The patient's family sessions: when, with whom, who sees it, and what becomes of it after a stop."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import clock, refs, words
from portal.consent.own import OwnAppointment
from portal.consent.picture import Sharing
from portal.consent.scopes import Scope
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.patient import agenda, results, seen
from portal.patient import everybody as people
from portal.services import after_a_stop

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
    )


@bp.post("/sessions/<ref>/keep")
def keep(ref: str) -> ResponseReturnValue:
    """Say that it stays booked, as it does anyway."""
    after_a_stop.keep(people.me().id, _find(ref).ref)
    results.remember("session kept")
    return redirect(url_for("patient.sharing.page"), 303)


@bp.post("/sessions/<ref>/cancel")
def cancel(ref: str) -> ResponseReturnValue:
    """Cancel it. Nobody is told why."""
    after_a_stop.cancel(people.me().id, _find(ref).ref)
    results.remember("session cancelled")
    return redirect(url_for("patient.sharing.page"), 303)


def _find(ref: str) -> OwnAppointment:
    rows = session().scalars(select(OwnAppointment).order_by(OwnAppointment.id)).all()
    return refs.find(the_viewer().account_ref, ref, rows)


def _shown(rows: list[OwnAppointment], everybody: list[Sharing]) -> dict[str, Any]:
    first = rows[0]
    in_it = {row.related_person_id for row in rows}
    seeing = {sharing.person.id for sharing in everybody if seen.sees(Scope.FAMILY, sharing)}
    return {
        "ref": refs.ref_for(the_viewer().account_ref, first.ref),
        "day": words.day(first.starts_at),
        "times": words.times(first.starts_at, first.ends_at),
        "relatives": words.listed([row.relative_name for row in rows]),
        "therapist": first.with_name,
        "is_online": first.mode == "online",
        "is_cancelled": first.status == "cancelled",
        "can_cancel": not in_it <= seeing and first.status != "cancelled" and first.starts_at > clock.now(),
        "note": first.note,
        "seers": seen.by_those_in_it(rows, everybody),
    }
