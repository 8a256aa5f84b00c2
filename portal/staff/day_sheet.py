"""The sessions of one day on a sheet of paper for the care team. Who came is written down nowhere."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.services import schedule
from portal.services.closures import closed_days
from portal.staff import today

bp = Blueprint("day_sheet", __name__, url_prefix="/day")


@bp.get("/<date>/print")
def page(date: str) -> ResponseReturnValue:
    day = today.to_day(date)
    sessions = schedule.sessions_on(day)
    today.put_on_record(sessions)
    return render_template(
        "staff/today/sheet.html",
        day=day,
        rows=[today.row(one) for one in sessions],
        closed=closed_days(day, day).get(day, ""),
    )
