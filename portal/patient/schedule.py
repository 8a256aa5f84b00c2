"""The patient's own schedule."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.patient import agenda
from portal.patient import everybody as people

bp = Blueprint("schedule", __name__)

DAYS = 28


@bp.get("/schedule")
def page() -> ResponseReturnValue:
    """What is planned in the next four weeks, and who can see each of it."""
    return render_template("patient/schedule/page.html", days=agenda.days(DAYS, people.everybody()))
