"""One session: move it or change it, alone or with those after it; call it off, bring it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import TextAreaField
from wtforms.validators import Optional

from portal import clock, timeouts, words
from portal.errors import NotShared, Refused
from portal.models import CancelledBy, ScheduleEntry, Status
from portal.services import clashes, occurrences, series
from portal.services.clashes import ONLINE, Taken
from portal.services.series_edits import Which, begin_of, changed_by_themselves, plan_of
from portal.staff import effects, said
from portal.staff.answers import tidy
from portal.staff.effects import CheckedForm, Did
from portal.staff.session_editor import about
from portal.staff.session_forms import MODES, OneForm, SeriesForm
from portal.staff.session_words import ONE, choices_of, name_of, rows_of, whose_is

bp = Blueprint("one_session", __name__, url_prefix="/sessions")


class CallOffForm(CheckedForm):
    because = TextAreaField(
        _l("Reason, for the care team"), description=_l("Families never see it."), filters=[tidy],
        validators=[Optional()],
    )  # fmt: skip


@bp.get("/<ref>/edit")
def page(ref: str) -> ResponseReturnValue:
    return _page(occurrences.find(ref), CallOffForm(formdata=timeouts.kept()))


@bp.get("/<ref>/change")
def change(ref: str) -> ResponseReturnValue:
    """The form for what was chosen: this session, this and later ones, or all that are still to come."""
    entry = occurrences.find(ref)
    try:
        form = _form(entry, timeouts.kept())
    except Refused:  # nothing of it is still to come, and the page of the session says so
        return redirect(url_for(".page", ref=ref), 303)
    return _writing(entry, form)


@bp.post("/<ref>/change")
def send_change(ref: str) -> ResponseReturnValue:
    entry = occurrences.find(ref)
    try:
        form = _form(entry, request.form)
    except Refused:
        return redirect(url_for(".page", ref=ref), 303)
    if request.form.get("step") == "change":
        return _writing(entry, form)
    return effects.check_or_do(
        form,
        lambda: _change_one(entry, form) if isinstance(form, OneForm) else _change_series(entry, form),
        lambda did: _checking(form, did, gettext("Make this change")) if did else _writing(entry, form),
        gettext("Changed."),
    )


@bp.post("/<ref>/call-off")
@timeouts.form_at("staff.one_session.page")
def call_off(ref: str) -> ResponseReturnValue:
    form = CallOffForm()
    back = url_for(".page", ref=ref)

    def act() -> Did:
        done = occurrences.call_off(ref, form.because.data or "", account_id=current_user.id)
        return Did(done.effect, back, more={"rows": rows_of(done.entry)})

    return effects.check_or_do(
        form,
        act,
        lambda did: _checking(form, did, gettext("Call it off"), back) if did else _page(occurrences.find(ref), form),
        gettext("Called off. Families read “Cancelled”."),
    )


@bp.post("/<ref>/bring-back")
@timeouts.form_at("staff.one_session.page")
def bring_back(ref: str) -> ResponseReturnValue:
    form = CallOffForm()
    back = url_for(".page", ref=ref)

    def act() -> Did:
        done = occurrences.bring_back(ref, account_id=current_user.id)
        return Did(done.effect, back, _clashes(done.entry), {"rows": rows_of(done.entry)})

    return effects.check_or_do(
        form,
        act,
        lambda did: _checking(form, did, gettext("Bring it back"), back) if did else _page(occurrences.find(ref), form),
        gettext("It takes place again."),
    )


def _which() -> str:
    which = request.args.get("which", ONE)
    if which not in (ONE, *Which):
        raise NotShared
    return which


def _form(entry: ScheduleEntry, typed: Any) -> OneForm | SeriesForm:
    """The form that was asked for, as it is sent or as things are now. Raises Refused when all of it is over."""
    if _which() == ONE:
        one = OneForm(formdata=typed)
        if typed is None:
            one.show(occurrences.details_of(entry))
        return one
    if entry.series is None:
        raise NotShared
    begin = begin_of(entry, Which(_which()))
    plan = plan_of(entry.series, begin)
    form = SeriesForm(formdata=typed, base=plan)
    del form.whose
    if not changed_by_themselves(entry.series, begin):
        del form.overwrite
    if typed is None:
        form.show(plan)
        form.sequence.data = str(entry.series.sequence)
    return form


def _change_one(entry: ScheduleEntry, form: OneForm) -> Did:
    before = words.times(entry.starts_at, entry.ends_at)
    was = {"name": gettext("Was"), "words": f"{words.day(entry.starts_at)}, {before}"}
    details = form.details(occurrences.details_of(entry))
    done = occurrences.change(entry.ref, details, account_id=current_user.id)
    session, *others = rows_of(done.entry)
    rows = [session, was, *others]
    return Did(done.effect, url_for(".page", ref=entry.ref), _clashes(done.entry), {"rows": rows})


def _change_series(entry: ScheduleEntry, form: SeriesForm) -> Did:
    plan = form.plan()
    seen = form.sequence.data or ""
    done = series.change(
        entry,
        plan,
        Which(_which()),
        account_id=current_user.id,
        overwrite="overwrite" in form and form.overwrite.data,
        sequence=int(seen) if seen.isdecimal() else -1,
    )
    found = tuple(clashes.of_plan(plan, series=done.series))
    return Did(done.effect, url_for("staff.series.page", ref=done.series.ref), found, about(plan))


def _clashes(entry: ScheduleEntry) -> tuple[clashes.Clash, ...]:
    place = entry.place if entry.mode != ONLINE else ""
    return tuple(clashes.of_session(entry, Taken(entry.starts_at, entry.ends_at, place, entry.leader_id)))


def _writing(entry: ScheduleEntry, form: OneForm | SeriesForm) -> ResponseReturnValue:
    whose = whose_is(entry)
    by_themselves = []
    if entry.series is not None and "overwrite" in form:
        by_themselves = changed_by_themselves(entry.series, begin_of(entry, Which(_which())))
    return render_template(
        "staff/schedule/change.html",
        entry=entry,
        form=form,
        which=_which(),
        name=name_of(entry, whose),
        by_themselves=by_themselves,
        states=said.STATES,
    )


def _checking(form: CheckedForm, did: Did, button: str, back: str = "") -> ResponseReturnValue:
    return effects.page(form, did, gettext("Check before you publish"), button, back=back)


def _page(entry: ScheduleEntry, form: CallOffForm) -> ResponseReturnValue:
    whose = whose_is(entry)
    return render_template(
        "staff/schedule/session.html",
        entry=entry,
        form=form,
        whose=whose,
        name=name_of(entry, whose),
        state=said.STATES[entry.status],
        choices=choices_of(entry),
        modes=MODES,
        is_over=entry.starts_at <= clock.now(),
        is_elsewhere=entry.external_id is not None and entry.series_id is None,
        can_come_back=entry.status == Status.CANCELLED and entry.cancelled_by != CancelledBy.SERIES,
        zone=occurrences.zone_of(entry),
    )
