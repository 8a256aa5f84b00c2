"""Home: when is the next thing, and is there anything to do."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import clinic, clock, words
from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.consent.viewer import the_viewer
from portal.family import days, facts, filters, planned, reading, updates, weeks
from portal.family.planned import Planned
from portal.services.closures import closed_days

bp = Blueprint("home", __name__)

# As far as a therapist's calendar may reach: the card shows the next session, however far away.
FAR_AHEAD = dt.timedelta(days=366)


@bp.get("/home")
def page() -> ResponseReturnValue:
    """The next seven days, then what may need the reader."""
    if not people.people():
        return render_template("family/home/nothing_shared.html", to_read=reading.suggested())
    plans = people.who_shares(Scope.TIMES, Scope.FAMILY)
    whose = filters.chosen(plans)
    today = clinic.today()
    last = today + dt.timedelta(days=6)
    coming = planned.between(today, last, whose)
    my_session = _my_next_session(whose)
    shares_times = bool(people.who_shares(Scope.TIMES))
    return render_template(
        "family/home/page.html",
        given_name=the_viewer().given_name,
        sentence=facts.sentence(coming),
        has_plans=bool(plans),
        shares_times=shares_times,
        week=days.week(today, coming, closed_days(today, last) if shares_times else {}, names=len(plans) > 1),
        is_empty=not coming,
        chips=filters.chips(plans, "family.home.page"),
        books=bool(people.who_shares(Scope.FAMILY)),
        my_session=my_session,
        my_session_when=_when(my_session) if my_session else "",
        new_update=updates.newest_unread(),
        ways=weeks.planned_weeks(whose),
        to_read=reading.suggested(),
    )


def _my_next_session(whose: list[SharedPerson]) -> Planned | None:
    now, today = clock.now(), clinic.today()
    mine = planned.family_sessions(today, today + FAR_AHEAD, whose)
    return next((one for one in mine if not one.is_cancelled and one.ends_at > now), None)


def _when(one: Planned) -> str:
    soon = {0: gettext("Today"), 1: gettext("Tomorrow")}
    day = soon.get((words.local(one.starts_at).date() - clinic.today()).days) or words.day(one.starts_at)
    return gettext("%(day)s, %(times)s", day=day, times=words.times(one.starts_at, one.ends_at))
