"""Move a booked family session: choose another time, look again, done. The old time is free only then."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from portal import words
from portal.errors import Refused
from portal.family import free_days, kept, own_time
from portal.family.answers import say_in
from portal.family.sessions import Booking, booking_of
from portal.services import booking as bookings
from portal.services.booking_rules import check_time

bp = Blueprint("moving", __name__)


class TimeForm(FlaskForm):
    """Another time for the same session."""

    time = StringField(_l("Choose a day and time"), [InputRequired(_l("Choose a day and time"))])


class CheckForm(FlaskForm):
    """The last page before it is moved."""


@bp.route("/sessions/<ref>/change", methods=["GET", "POST"])
def time(ref: str) -> ResponseReturnValue:
    """Choose another time; the present one can be chosen too, and then nothing changes."""
    booking = booking_of(ref)
    if not booking.is_coming or booking.stays_because:
        return redirect(url_for("family.sessions.details", ref=ref), 303)
    form = TimeForm(time=request.args.get("time"))
    if form.validate_on_submit():
        starts_at = free_days.from_value(form.time.data)
        try:
            check_time(starts_at, () if starts_at is None else (starts_at,))
            assert starts_at is not None
            bookings.keep(_choice(booking, starts_at), besides=booking.id)
        except Refused as refused:
            say_in(form, refused)
        else:
            return redirect(url_for("family.moving.check", ref=ref, time=form.time.data), 303)
    return _time_page(booking, form)


@bp.route("/sessions/<ref>/change/check", methods=["GET", "POST"])
def check(ref: str) -> ResponseReturnValue:
    """Look again, then move it. However often it is sent, it is moved once."""
    booking = booking_of(ref)
    if not booking.is_coming or booking.stays_because:
        return redirect(url_for("family.sessions.details", ref=ref), 303)
    starts_at, form = free_days.from_value(request.args.get("time")), CheckForm()
    try:
        if kept.until(booking.person.patient_id, booking.staff_id, starts_at) is None:
            check_time(starts_at, bookings.offered_to_the_viewer(booking.staff_id, besides=booking.id))
        assert starts_at is not None
        if form.validate_on_submit():
            bookings.move(booking.id, starts_at)
            flash(gettext("Your session has moved."))
            return redirect(url_for("family.sessions.details", ref=ref), 303)
    except Refused as refused:
        again = TimeForm(formdata=None)
        say_in(again, refused)
        return _time_page(booking, again)
    ends_at = starts_at + bookings.length(booking.person.patient_id, booking.staff_id)
    return render_template(
        "family/sessions/move_check.html",
        booking=booking,
        form=form,
        value=free_days.as_value(starts_at),
        old=_when(booking.starts_at, booking.ends_at),
        new=_when(starts_at, ends_at),
        own_time=own_time.in_words(starts_at, ends_at),
        kept_until=kept.until(booking.person.patient_id, booking.staff_id, starts_at),
    )


def _choice(booking: Booking, starts_at: dt.datetime) -> bookings.Choice:
    return bookings.Choice(booking.person.patient_id, booking.staff_id, starts_at, booking.mode, kind=booking.kind)


def _time_page(booking: Booking, form: TimeForm) -> ResponseReturnValue:
    starts = bookings.offered_to_the_viewer(booking.staff_id, besides=booking.id)
    return render_template(
        "family/sessions/move.html",
        booking=booking,
        form=form,
        old=_when(booking.starts_at, booking.ends_at),
        calendar=free_days.picture(starts, bookings.length(booking.person.patient_id, booking.staff_id)),
    )


def _when(starts_at: dt.datetime, ends_at: dt.datetime) -> list[str]:
    return [words.day(starts_at), words.times(starts_at, ends_at)]
