"""The schedule of the clinic: a week of sessions, and the series that they come from."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import groupby

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal import clinic
from portal.models import Series, SessionType
from portal.services import schedule, timetables
from portal.services.closures import closed_days
from portal.services.deriving import rule_of
from portal.services.series_words import TYPES, how_often, wall_clock
from portal.services.timetables import Whose
from portal.staff import today

bp = Blueprint("timetable", __name__, url_prefix="/schedule")

WEEK = dt.timedelta(days=7)


@bp.get("")
def page() -> ResponseReturnValue:
    first = _monday()
    last = first + dt.timedelta(days=6)
    sessions = schedule.sessions_between(first, last)
    today.put_on_record(sessions)
    rows = [today.row(one) for one in sessions]
    by_day = {day: list(some) for day, some in groupby(rows, key=lambda row: row.day)}
    return render_template(
        "staff/schedule/page.html",
        days=[(first + dt.timedelta(days=n), by_day.get(first + dt.timedelta(days=n), [])) for n in range(7)],
        closed=closed_days(first, last),
        first=first,
        before=first - WEEK,
        after=first + WEEK,
        groups=_groups(),
    )


def _monday() -> dt.date:
    asked = request.args.get("week")
    day = today.to_day(asked) if asked else clinic.today()
    return day - dt.timedelta(days=day.weekday())


def _groups() -> list[tuple[Whose, list[dict[str, object]]]]:
    """The series of each timetable that has some, drafts among them."""
    found: dict[int, list[Series]] = defaultdict(list)
    for one in timetables.series_to_come():
        found[one.timetable_id].append(one)
    return [
        (whose, [_line(one) for one in found[whose.timetable_id]])
        for whose in timetables.everybodys()
        if found[whose.timetable_id]
    ]


def _line(one: Series) -> dict[str, object]:
    rule = rule_of(one)
    return {
        "ref": one.ref,
        "name": one.name,
        "kind": TYPES[SessionType(one.type)],
        "often": how_often(rule),
        "at": wall_clock(one.wall_time),
        "place": one.place,
        "leader": one.leader.name if one.leader else "",
        "is_draft": one.published_at is None,
    }
