"""The patient's home: how many can see, who looked last, the week, and what waits."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clinic
from portal.consent.matrix import columns
from portal.consent.picture import Standing
from portal.patient import agenda, matrix, results
from portal.patient import everybody as people
from portal.services import consents

bp = Blueprint("home", __name__)

A_WEEK = 7


@bp.get("")
def page() -> ResponseReturnValue:
    """Home."""
    everybody = people.everybody()
    seeing = [sharing for sharing in everybody if sharing.standing == Standing.ACTIVE]
    shown = [sharing for sharing in everybody if sharing.standing in (Standing.ACTIVE, Standing.PAUSED)]
    looked = [sharing for sharing in everybody if sharing.last_look is not None]
    return render_template(
        "patient/home/page.html",
        me=people.me(),
        result=results.recall(everybody),
        nobody_yet=not any(sharing.consent for sharing in everybody),
        seeing=len(seeing),
        last=max(looked, key=lambda sharing: sharing.last_look or 0) if looked else None,
        columns=columns(),
        rows=[matrix.row(sharing) | {"name": sharing.first_name} for sharing in shown],
        asked=[
            (sharing.first_name, people.ref_of(sharing)) for sharing in everybody if sharing.standing == Standing.ASKED
        ],
        reminder=_reminder(),
        days=agenda.days(A_WEEK, everybody),
        week=_week(),
    )


@bp.post("/weeks")
def weeks() -> ResponseReturnValue:
    """Show the planned weeks to people who see session times, or hide them."""
    consents.show_weeks(people.me().id, shown=request.form.get("shown") == "yes")
    return redirect(url_for("patient.home.page"), 303)


def _reminder() -> bool:
    """Whether the day has come on which the patient wanted to be reminded of the pause."""
    me = people.me()
    return me.paused_at is not None and me.remind_of_pause_on is not None and me.remind_of_pause_on <= clinic.today()


def _week() -> int | None:
    me = people.me()
    if me.started_on is None or me.weeks is None or me.discharged_at is not None:
        return None
    week = (clinic.today() - me.started_on).days // 7 + 1
    return week if 1 <= week <= me.weeks else None
