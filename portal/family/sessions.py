"""Family sessions of the viewer: coming up, one of them, cancel."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from portal import clinic, clock
from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.consent.shared import SharedAppointment
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.errors import NotShared, Refused
from portal.family import filters
from portal.family.answers import say_in
from portal.family.planned import mode_words
from portal.refs import find, ref_for
from portal.services import choices, family_therapy

bp = Blueprint("sessions", __name__)


class Booking:
    """A family session as its pages show it."""

    def __init__(self, row: SharedAppointment) -> None:
        self.id = row.id
        self.ref = ref_for(the_viewer().account_ref, row.ref)
        self.person = people.person_of(row.patient_id)
        self.starts_at = row.starts_at
        self.ends_at = row.ends_at
        self.with_name = row.with_name
        self.mode_words = mode_words(row.mode)
        self.is_online = row.mode == "online"
        self.is_cancelled = row.status == "cancelled"
        self.by_us = row.cancelled_by != "relative"
        self.cancel_until = row.starts_at - dt.timedelta(hours=row.cancel_hours or 0)
        self.too_late = _too_late(row)

    @property
    def is_ahead(self) -> bool:
        return self.ends_at > clock.now()


class CancelForm(FlaskForm):
    """Why, if they wish to say."""

    because = TextAreaField(_l("Why are you cancelling?"), [Optional(), Length(max=300)])


@bp.get("/sessions")
def page() -> ResponseReturnValue:
    """What is coming up, and what was cancelled in the last days."""
    everybody = _everybody()
    bookings = [Booking(row) for row in _rows(filters.chosen(everybody))]
    return render_template(
        "family/sessions/page.html",
        coming=[one for one in bookings if one.is_ahead and not one.is_cancelled],
        cancelled=[one for one in bookings if one.is_cancelled],
        names=len(everybody) > 1,
        chips=filters.chips(everybody, "family.sessions.page"),
    )


@bp.get("/sessions/<ref>")
def details(ref: str) -> ResponseReturnValue:
    """One session."""
    return render_template("family/sessions/details.html", booking=_booking(ref))


@bp.get("/sessions/<ref>/booked")
def booked(ref: str) -> ResponseReturnValue:
    """It is booked, and what happens next. Reloading it changes nothing."""
    booking = _booking(ref)
    if booking.is_cancelled:
        return redirect(url_for("family.sessions.details", ref=ref))
    return render_template("family/sessions/booked.html", booking=booking, gets_email=_gets_email(booking.person))


@bp.route("/sessions/<ref>/cancel", methods=["GET", "POST"])
def cancel(ref: str) -> ResponseReturnValue:
    """One question: yes or no."""
    booking = _booking(ref)
    if booking.is_cancelled:
        return redirect(url_for("family.sessions.details", ref=ref), 303)
    form = CancelForm()
    if form.validate_on_submit():
        try:
            family_therapy.cancel(booking.id, form.because.data or "")
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Your session is cancelled."))
            return redirect(url_for("family.sessions.details", ref=ref), 303)
    return render_template("family/sessions/cancel.html", booking=booking, form=form)


def _everybody() -> list[SharedPerson]:
    everybody = people.who_shares(Scope.FAMILY)
    if not everybody:
        raise NotShared
    return everybody


def _rows(whose: list[SharedPerson]) -> list[SharedAppointment]:
    return list(
        session().scalars(
            select(SharedAppointment)
            .where(SharedAppointment.patient_id.in_([person.patient_id for person in whose]))
            .order_by(SharedAppointment.starts_at, SharedAppointment.ref)
        )
    )


def _booking(ref: str) -> Booking:
    return Booking(find(the_viewer().account_ref, ref, _rows(_everybody())))


def _too_late(row: SharedAppointment) -> str:
    try:
        family_therapy.check_cancellable(row.starts_at, row.cancel_hours or 0, clock.now(), clinic.facts().phone)
    except Refused as refused:
        return refused.sentence
    return ""


def _gets_email(person: SharedPerson) -> bool:
    account_id = the_viewer().account_id
    assert account_id is not None
    return person.email_level != "none" and choices.of(account_id).wants_email != "none"
