"""One series: how it repeats, every session that is still to come, one date more, and its end."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import InputRequired

from portal import clock, timeouts
from portal.consent import record
from portal.errors import NotShared
from portal.models import Series, SessionType
from portal.services import clashes, series, timetables
from portal.services.series_edits import plan_of
from portal.services.series_words import TYPES
from portal.staff import effects, said
from portal.staff.effects import CheckedForm, Did
from portal.staff.fields import ClockField, DayField
from portal.staff.session_editor import about

bp = Blueprint("series", __name__, url_prefix="/series")


class MoreForm(CheckedForm):
    day = DayField(_l("Day"), validators=[InputRequired(_l("Enter the day"))])
    wall_time = ClockField(_l("From"), validators=[InputRequired(_l("Enter the time at which it begins"))])


class EndForm(CheckedForm):
    until = DayField(
        _l("Last day"), description=_l("Later sessions are shown as cancelled."),
        validators=[InputRequired(_l("Enter the last day"))],
    )  # fmt: skip


@bp.get("/<ref>")
def page(ref: str) -> ResponseReturnValue:
    return _page(_published(ref), MoreForm(formdata=None), EndForm(formdata=None))


@bp.post("/<ref>/more")
@timeouts.form_at("staff.series.page")
def more(ref: str) -> ResponseReturnValue:
    """One date more."""
    form = MoreForm()
    _published(ref)

    def act() -> Did:
        wall = dt.datetime.combine(form.day.data, form.wall_time.data)
        done = series.add_date(ref, wall, account_id=current_user.id)
        return Did(done.effect, _back(ref), tuple(clashes.of_plan(plan_of(done.series), series=done.series)))

    return effects.check_or_do(
        form,
        act,
        lambda did: (
            _checking(form, did, gettext("Add it"), ref)
            if did
            else _page(_published(ref), form, EndForm(formdata=None))
        ),
        gettext("Added."),
    )


@bp.post("/<ref>/end")
@timeouts.form_at("staff.series.page")
def end(ref: str) -> ResponseReturnValue:
    """No session after a last day."""
    form = EndForm()
    _published(ref)
    return effects.check_or_do(
        form,
        lambda: Did(series.end(ref, form.until.data, account_id=current_user.id).effect, _back(ref)),
        lambda did: (
            _checking(form, did, gettext("End it"), ref)
            if did
            else _page(_published(ref), MoreForm(formdata=None), form)
        ),
        gettext("Ended. Later sessions are shown as cancelled."),
    )


def _published(ref: str) -> Series:
    found = series.find(ref)
    if found.published_at is None:
        raise NotShared
    return found


def _back(ref: str) -> str:
    return url_for("staff.series.page", ref=ref)


def _checking(form: CheckedForm, did: Did, button: str, ref: str) -> ResponseReturnValue:
    return effects.page(form, did, gettext("Check before you publish"), button, back=_back(ref))


def _page(found: Series, more_form: MoreForm, end_form: EndForm) -> ResponseReturnValue:
    whose = timetables.by_id(found.timetable_id)
    if whose.patient_id is not None:
        record.look_at(whose.patient_id, "day")
    sessions = timetables.sessions_of(found)
    return render_template(
        "staff/schedule/series.html",
        series=found,
        whose=whose,
        kind=TYPES[SessionType(found.type)],
        sessions=sessions,
        first_to_come=next((one for one in sessions if one.starts_at > clock.now() and one.recurrence_id), None),
        states=said.STATES,
        more_form=more_form,
        end_form=end_form,
        **about(plan_of(found)),
    )
