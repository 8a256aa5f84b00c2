"""Availability: a therapist's hours and terms, what families will see of them, and the sessions that they leave out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal import clinic, timeouts, words
from portal.consent import record
from portal.errors import NotShared, Refused
from portal.models import StaffMember, StaffRole
from portal.services import availability
from portal.services.availability import Decision, Outcome
from portal.services.clock_changes import clock_changes
from portal.services.schedule import short_name
from portal.services.series_words import wall_clock
from portal.services.therapist_times import free_times
from portal.staff.answers import say_in
from portal.staff.availability_form import AvailabilityForm

bp = Blueprint("availability", __name__, url_prefix="/availability")

PREVIEW_DAYS = 14
DAY = dt.timedelta(days=1)


@bp.route("", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """One's own hours; who holds no sessions chooses whose."""
    mine = next((one for one in availability.therapists() if one.id == current_user.staff.id), None)
    if mine is not None:
        return _editor(mine)
    if request.method == "POST":
        raise NotShared
    return render_template("staff/availability/whose.html", therapists=availability.therapists())


@bp.route("/<ref>", methods=["GET", "POST"])
def whose(ref: str) -> ResponseReturnValue:
    """The hours of any therapist, for those who run the schedule of all."""
    member = availability.therapist(ref)
    if not (_runs_all_schedules() or member.id == current_user.staff.id):
        raise NotShared
    return _editor(member)


def _runs_all_schedules() -> bool:
    return bool(current_user.staff.has_role(StaffRole.COORDINATOR))


def _editor(member: StaffMember) -> ResponseReturnValue:
    if request.method == "GET":
        form = AvailabilityForm(formdata=timeouts.kept())
        said = availability.of(member.id)
        if timeouts.kept() is None:
            form.show(said)
        return _page(member, form, free_times(member.id), said.horizon_days or 0)
    form = AvailabilityForm()
    step = request.form.get("step", "check")
    if form.press(step) or not form.validate():
        return _page(member, form)
    said = form.said()
    decisions = {name.removeprefix("decide-"): value for name, value in request.form.items()} if step == "save" else {}
    try:
        outcome = availability.change(member.id, said, decisions, account_id=current_user.id)
    except Refused as refused:
        say_in(form, refused)
        return _page(member, form)
    if step == "save" and not outcome.undecided:
        flash(gettext("Saved. Families see the new times now."))
        return redirect(request.path, 303)
    if step == "save":
        form.form_errors.append(gettext("Decide about each booked session outside the new hours, then save"))
    return _page(member, form, outcome.starts, said.horizon_days or 0, _outside(outcome))


def _outside(outcome: Outcome) -> list[dict[str, Any]]:
    lines = []
    for one in outcome.outside:
        record.look_at(one.patient_id, "day")
        asked = request.form.get(f"decide-{one.ref}", "")
        lines.append(
            {
                "ref": one.ref,
                "when": f"{words.day(one.starts_at)}, {words.times(one.starts_at, one.ends_at)}",
                "who": short_name(one.patient.given_name, one.patient.family_name),
                "chosen": asked if asked in list(Decision) else Decision.KEEP,
            }
        )
    return lines


def _page(
    member: StaffMember,
    form: AvailabilityForm,
    starts: Sequence[dt.datetime] | None = None,
    horizon_days: int = 0,
    outside: Sequence[dict[str, Any]] = (),
) -> ResponseReturnValue:
    """The editor; without `starts`, what is wrong or unfinished comes before any preview."""
    return render_template(
        "staff/availability/page.html",
        form=form,
        member=member,
        others=[one for one in availability.therapists() if one.id != member.id] if _runs_all_schedules() else [],
        preview=None if starts is None else _by_day(starts),
        changes=_clock_changes(horizon_days),
        outside=outside,
        decisions={
            Decision.KEEP: gettext("Keep"),
            Decision.OFFER: gettext("Cancel and offer new times"),
            Decision.CANCEL: gettext("Cancel"),
        },
    )


def _by_day(starts: Sequence[dt.datetime]) -> list[tuple[dt.date, list[dt.datetime]]]:
    days = [clinic.today() + n * DAY for n in range(PREVIEW_DAYS)]
    return [(day, [start for start in starts if words.local(start).date() == day]) for day in days]


def _clock_changes(horizon_days: int) -> list[str]:
    today = clinic.today()
    said = []
    for change in clock_changes(
        clinic.zone(), [today + n * DAY for n in range(horizon_days + 1 if horizon_days else 0)]
    ):
        facts = {
            "day": words.day(change.day), "first": wall_clock(min(change.before, change.after)),
            "last": wall_clock(max(change.before, change.after)), "evening": wall_clock(dt.time(18)),
        }  # fmt: skip
        if change.before < change.after:
            said.append(
                gettext(
                    "Clocks change on %(day)s: %(first)s to %(last)s does not exist, and no times are offered in it. "
                    "%(evening)s stays %(evening)s.",
                    **facts,
                )
            )
        else:
            said.append(
                gettext(
                    "Clocks change on %(day)s: %(first)s to %(last)s comes twice. %(evening)s stays %(evening)s.",
                    **facts,
                )
            )
    return said
