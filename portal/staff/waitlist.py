"""The waiting list: who waits for a time with whom, in their order. Times that open are offered by themselves."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.consent import record
from portal.services import waiting_list, waiting_list_words

bp = Blueprint("waitlist", __name__, url_prefix="/waitlist")


@bp.get("")
def page() -> ResponseReturnValue:
    lines = waiting_list.lines()
    for line in lines:
        record.look_at(line.patient_id, "waitlist")
    return render_template(
        "staff/waitlist/page.html",
        therapists=[(name, list(waiting)) for name, waiting in groupby(lines, key=lambda line: line.with_name)],
        times_of_day=waiting_list_words.times_of_day,
        days=waiting_list_words.days,
    )
