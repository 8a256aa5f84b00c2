"""Sessions for the reader's own calendar: one as a file, four weeks as a file, or a private address."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clinic, clock, words
from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.consent.viewer import the_account_id
from portal.errors import NotShared
from portal.exchange import calendar_file
from portal.family import filters, planned, slots
from portal.family.planned import Planned
from portal.services import calendar, choices, feeds

bp = Blueprint("calendar", __name__)


@bp.get("/schedule/calendar")
def page() -> ResponseReturnValue:
    """The three ways. Raises NotShared for readers with whom no times of any kind are shared."""
    everybody = _all()
    whose = filters.chosen(everybody)
    kept: dict[str, Any] = {name: request.args[name] for name in ("for",) if name in request.args}
    today = clinic.today()
    found = planned.between(today, today + calendar.FILE - dt.timedelta(days=1), whose)
    return render_template(
        "family/schedule/calendar.html",
        chips=filters.chips(everybody, "family.calendar.page"),
        sessions=[_choice(one, names=len(everybody) > 1) for one in found if one.kind != "closed"],
        weeks_url=url_for("family.calendar.weeks", **kept),
        feed_made_at=feeds.made_at(),
        shares_times=bool(people.who_shares(Scope.TIMES)),
    )


@bp.get("/schedule/calendar/appointments.ics")
def weeks() -> ResponseReturnValue:
    """The next four weeks."""
    whose = filters.chosen(_all())
    found = calendar.entries(calendar.FILE, [person.patient_id for person in whose])
    return _file(calendar_file.published(found, clock.now()), "appointments.ics")


@bp.get("/schedule/calendar/<ref>.ics")
def one(ref: str) -> ResponseReturnValue:
    """One session. Raises NotShared."""
    _all()
    entry = calendar.entry_of(ref)
    file = calendar_file.sent(
        entry,
        clock.now(),
        sender=current_app.config["MAIL_DEFAULT_SENDER"][1],
        reader=choices.of(the_account_id()).email,
    )
    return _file(file, "appointment.ics", method=calendar_file.method_of(entry))


def _all() -> list[SharedPerson]:
    everybody = people.who_shares(Scope.TIMES, Scope.FAMILY)
    if not everybody:
        raise NotShared
    return everybody


def _choice(one: Planned, *, names: bool) -> dict[str, str]:
    """A session to choose: when it is, what it is and whose, and where its file is."""
    return {
        "url": url_for("family.calendar.one", ref=one.label),
        "when": f"{words.day(one.starts_at)}, {words.times(one.starts_at, one.ends_at)}",
        "what": slots.short(one, names).label,
        "note": slots.full(one, names).note,
    }


def _file(body: bytes, name: str, *, method: str = "") -> Response:
    kind = f"text/calendar; method={method}; charset=utf-8" if method else "text/calendar; charset=utf-8"
    return Response(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
