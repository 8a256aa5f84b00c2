"""The patient's own schedule."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.consent.scopes import Scope
from portal.patient import agenda, seen
from portal.patient import everybody as people

bp = Blueprint("schedule", __name__)

DAYS = 28


@bp.get("/schedule")
def page() -> ResponseReturnValue:
    """What is planned in the next four weeks."""
    everybody = people.everybody()
    return render_template(
        "patient/schedule/page.html",
        days=agenda.days(DAYS),
        see_times=seen.by(Scope.TIMES, everybody),
        see_family=seen.by(Scope.FAMILY, everybody),
    )
