"""The session editor: add a session or a series, see in words what will happen, publish it or keep it as a draft."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal import clinic, timeouts, words
from portal.errors import NotShared, Refused
from portal.models import Frequency, Series
from portal.services import clashes, series, timetables
from portal.services.closures import closed_days
from portal.services.series_edits import plan_of
from portal.services.series_rules import Plan, check_plan
from portal.services.series_words import InWords, in_words
from portal.staff import effects
from portal.staff.answers import say_in
from portal.staff.effects import Did
from portal.staff.session_forms import SeriesForm

bp = Blueprint("session_editor", __name__, url_prefix="/sessions")


@bp.get("/new")
def new() -> ResponseReturnValue:
    form = _form(timeouts.kept(), None)
    if timeouts.kept() is None:
        form.starts_on.data = clinic.today() + dt.timedelta(days=1)
    return _writing(form, None)


@bp.post("/new")
def add() -> ResponseReturnValue:
    return _sent(_form(request.form, None), None)


@bp.get("/drafts/<ref>")
def draft(ref: str) -> ResponseReturnValue:
    found = _draft(ref)
    form = _form(timeouts.kept(), found)
    if timeouts.kept() is None:
        form.show(plan_of(found))
        whose = timetables.by_id(found.timetable_id)
        form.whose.data = whose.patient_ref or whose.ref
    return _writing(form, found)


@bp.post("/drafts/<ref>")
def go_on(ref: str) -> ResponseReturnValue:
    """What was written of a draft: look at it, publish it, or keep it for later."""
    found = _draft(ref)
    return _sent(_form(request.form, found), found)


@bp.post("/drafts/<ref>/throw-away")
def throw_away(ref: str) -> ResponseReturnValue:
    series.throw_away(ref)
    flash(gettext("The draft is gone. Nobody saw it."))
    return redirect(url_for("staff.timetable.page"), 303)


@bp.post("/in-words")
def say() -> ResponseReturnValue:
    """The box that says what the answers so far come to; for the page that is still being written."""
    return render_template("staff/schedule/in_words.html", **_words(_form(request.form, None)))


def _form(typed: Any, found: Series | None) -> SeriesForm:
    form = SeriesForm(formdata=typed, base=plan_of(found) if found else None)
    form.ask_whose()
    return form


def _draft(ref: str) -> Series:
    found = series.find(ref)
    if found.published_at is not None:
        raise NotShared
    return found


def _sent(form: SeriesForm, found: Series | None) -> ResponseReturnValue:
    step = request.form.get("step")
    if step == "change":
        return _writing(form, found)
    if step == "draft":
        return _keep(form, found)
    return effects.check_or_do(
        form,
        lambda: _publish(form.plan(), found),
        lambda did: _checking(form, did) if did else _writing(form, found),
        gettext("Published."),
    )


def _publish(plan: Plan, found: Series | None) -> Did:
    if found is None:
        done = series.publish(plan, account_id=current_user.id)
    else:
        done = series.publish_draft(found.ref, plan, account_id=current_user.id)
    return Did(
        done.effect,
        url_for("staff.series.page", ref=done.series.ref),
        tuple(clashes.of_plan(plan, series=done.series)),
        about(plan),
    )


def _keep(form: SeriesForm, found: Series | None) -> ResponseReturnValue:
    if not form.validate():
        return _writing(form, found)
    try:
        series.save_draft(form.plan(), found.ref if found else None)
    except Refused as refused:
        refused.field = effects.FIELDS.get(refused.field, refused.field)
        say_in(form, refused)
        return _writing(form, found)
    flash(gettext("Kept as a draft. Nobody sees it."))
    return redirect(url_for("staff.timetable.page"), 303)


def _writing(form: SeriesForm, found: Series | None) -> ResponseReturnValue:
    box = _words(form) if request.method == "POST" and not form.errors else {}
    return render_template("staff/schedule/new.html", form=form, draft=found, **box)


def _checking(form: SeriesForm, did: Did) -> ResponseReturnValue:
    return effects.page(form, did, gettext("Check before you publish"), gettext("Publish"), can_be_draft=True)


def _words(form: SeriesForm) -> dict[str, Any]:
    """What the box says; nothing while the answers make no plan."""
    try:
        if not form.validate():
            return {}
        plan = form.plan()
        check_plan(plan)
        taken = effects.clash_words(clashes.of_plan(plan))
        return about(plan) | {"taken": taken, "most_clashes": effects.NAMED_CLASHES}
    except (Refused, NotShared):
        return {}


def about(plan: Plan) -> dict[str, Any]:
    """A plan in words, with the names of the closed days that it skips."""
    said: InWords = in_words(plan)
    names: dict[dt.date, str] = {}
    if said.skipped:
        whose = timetables.by_id(plan.timetable_id)
        names = closed_days(said.skipped[0], said.skipped[-1], whose.program_id)
    return {
        "said": said,
        "skipped": [(day, names.get(day, "")) for day in said.skipped],
        "next": [f"{words.weekday(one.wall.date())} {words.short_day(one.wall.date())}" for one in said.next],
        "is_once": plan.frequency == Frequency.ONCE,
    }
