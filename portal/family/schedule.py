"""The schedule: the days to come one under another, and a month."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clinic, words
from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.errors import NotShared
from portal.family import days, filters, own_time, planned, weeks
from portal.services.closures import closed_days

bp = Blueprint("schedule", __name__)

MONTHS_AHEAD = 12
A_WEEK = dt.timedelta(days=7)


@bp.get("/schedule")
def page() -> ResponseReturnValue:
    """Seven days in full, and the month in which the week after them ends."""
    everybody, whose = whose_times()
    first = _first_day()
    is_now = first == clinic.today()
    last = first + dt.timedelta(days=6)
    shown_month = (last + A_WEEK).replace(day=1)
    # Of what is past only cancelled sessions are shared, so nobody wonders where they went.
    found = planned.between(first - A_WEEK if is_now else first, last, whose)
    coming = [one for one in found if words.local(one.starts_at).date() >= first]
    called_off = [one for one in found if one not in coming]
    return render_template(
        "family/schedule/page.html",
        agenda=days.agenda(first, coming, closed_days(first, last), names=_many()),
        called_off=days.busy_days(first - A_WEEK, first - dt.timedelta(days=1), called_off, {}, names=_many()),
        is_empty=not coming,
        ways=weeks.planned_weeks(whose),
        own_zone=own_time.zone_words(),
        print_url=_url("family.sheet.page"),
        calendar_url=_url("family.calendar.page"),
        is_now=is_now,
        first=first,
        last=last,
        later_url=_url("family.schedule.page", **{"from": (first + A_WEEK).isoformat()}),
        clock_change=days.clock_change(first, last),
        chips=filters.chips(everybody, "family.schedule.page", **_kept("from")),
        **_month(shown_month, whose),
    )


@bp.get("/schedule/<month>")
def month(month: str) -> ResponseReturnValue:
    """One month. Raises NotShared for one in the past or far ahead, where nothing is planned."""
    everybody, whose = whose_times()
    first = _month_of(month)
    return render_template(
        "family/schedule/month.html",
        clock_change=days.clock_change(first, _last_of(first)),
        chips=filters.chips(everybody, "family.schedule.month", month=month),
        own_zone=own_time.zone_words(),
        back_url=_url("family.schedule.page"),
        **_month(first, whose),
    )


def whose_times() -> tuple[list[SharedPerson], list[SharedPerson]]:
    """Everybody who shares session times, and those of them the address asks for. Raises NotShared."""
    everybody = people.who_shares(Scope.TIMES)
    if not everybody:
        raise NotShared
    return everybody, filters.chosen(everybody)


def _many() -> bool:
    return len(people.who_shares(Scope.TIMES)) > 1


def _first_day() -> dt.date:
    asked = request.args.get("from")
    if not asked:
        return clinic.today()
    try:
        day = dt.date.fromisoformat(asked)
    except ValueError:
        raise NotShared from None
    if day > _months_later(clinic.today().replace(day=1), MONTHS_AHEAD):
        raise NotShared
    return max(day, clinic.today())


def _month_of(text: str) -> dt.date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) or text.startswith("0000"):
        raise NotShared
    first = dt.date.fromisoformat(f"{text}-01")
    this = clinic.today().replace(day=1)
    if not this <= first <= _months_later(this, MONTHS_AHEAD):
        raise NotShared
    return first


def _month(first: dt.date, whose: list[SharedPerson]) -> dict[str, Any]:
    last = _last_of(first)
    this = clinic.today().replace(day=1)
    before, after = _months_later(first, -1), _months_later(first, 1)
    found = planned.between(first, last, whose)
    closed = closed_days(max(first, clinic.today()), last)
    return {
        "month": days.month(first, found, closed, names=_many()),
        "month_list": days.busy_days(first, last, found, closed, names=_many()),
        "month_url": _url("family.schedule.month", month=f"{first:%Y-%m}"),
        "month_before": _link(before) if before >= this else None,
        "month_after": _link(after) if after <= _months_later(this, MONTHS_AHEAD) else None,
    }


def _link(first: dt.date) -> dict[str, str]:
    return {"name": words.month(first), "url": _url("family.schedule.month", month=f"{first:%Y-%m}")}


def _url(endpoint: str, **more: Any) -> str:
    return url_for(endpoint, **_kept("for"), **more)


def _kept(name: str) -> dict[str, Any]:
    return {name: request.args[name]} if name in request.args else {}


def _last_of(first: dt.date) -> dt.date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _months_later(first: dt.date, months: int) -> dt.date:
    years, month = divmod(first.month - 1 + months, 12)
    return dt.date(first.year + years, month + 1, 1)
