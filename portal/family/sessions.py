"""Family sessions of the viewer: coming up, one of them, how to join, say yes or no, cancel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from flask import Blueprint, flash, redirect, render_template, request, url_for
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
from portal.consent.shared import SharedAppointment, SharedTherapist
from portal.consent.viewer import the_account_id, the_viewer
from portal.db import session
from portal.errors import NotShared, Refused
from portal.family import filters, kept, own_time, waits
from portal.family.answers import say_in
from portal.family.planned import mode_words
from portal.refs import find, ref_for
from portal.services import choices, sessions
from portal.services.booking_rules import check_cancellable, check_movable, check_moves, check_therapist
from portal.services.session_kinds import kind_words

bp = Blueprint("sessions", __name__)

# How long before a session online the link to it is shown; the gate holds it back until then.
DOOR_OPENS = dt.timedelta(minutes=15)


class Booking:
    """A family session as its pages show it."""

    def __init__(self, row: SharedAppointment, can_book: Collection[tuple[int, int]]) -> None:
        self.id = row.id
        self.ref = ref_for(the_viewer().account_ref, row.ref)
        self.person = people.person_of(row.patient_id)
        self.staff_id = row.staff_id
        self.starts_at = row.starts_at
        self.ends_at = row.ends_at
        self.own_time = own_time.in_words(row.starts_at, row.ends_at)
        self.with_name = row.with_name
        self.mode = row.mode
        self.mode_words = mode_words(row.mode)
        self.kind = row.kind
        self.kind_words = kind_words(row.kind, self.person.known_as)
        self.place = row.place
        self.is_online = row.mode == "online"
        self.is_cancelled = row.status == "cancelled"
        self.is_pending = row.status == "pending"
        self.asks_me = row.says == "needs-action" and not self.is_cancelled
        self.by_us = row.cancelled_by != "relative"
        self.was_at = row.was_at
        self.link = row.online_link
        self.door_opens_at = row.starts_at - DOOR_OPENS
        self.cancel_until = row.starts_at - dt.timedelta(hours=row.cancel_hours or 0)
        self.too_late = _too_late(row)
        self.stays_because = _stays_because(row, can_book)

    @property
    def is_ahead(self) -> bool:
        return self.ends_at > clock.now()

    @property
    def is_coming(self) -> bool:
        """Whether the reader is meant to come."""
        return self.is_ahead and not self.is_cancelled and not self.asks_me


class CancelForm(FlaskForm):
    """Why, if they wish to say."""

    because = TextAreaField(_l("Why are you cancelling?"), [Optional(), Length(max=300)])


@bp.get("/sessions")
def page() -> ResponseReturnValue:
    """What is coming up, what waits for the reader, and what was cancelled in the last days."""
    everybody = _everybody()
    whose = filters.chosen(everybody)
    can_book = _can_book()
    bookings = [Booking(row, can_book) for row in _rows(whose)]
    offers = kept.offers(whose)
    return render_template(
        "family/sessions/page.html",
        coming=[one for one in bookings if one.is_coming],
        asking=[one for one in bookings if one.asks_me and one.starts_at > clock.now()],
        cancelled=[(one, offers.get(one.id, [])) for one in bookings if one.is_cancelled],
        opened=offers.get(None, []),
        waits=waits.all_of(whose),
        names=len(everybody) > 1,
        chips=filters.chips(everybody, "family.sessions.page"),
    )


@bp.get("/sessions/<ref>")
def details(ref: str) -> ResponseReturnValue:
    """One session."""
    return render_template("family/sessions/details.html", booking=booking_of(ref))


@bp.get("/sessions/<ref>/booked")
def booked(ref: str) -> ResponseReturnValue:
    """It is booked, and what happens next. Reloading it changes nothing."""
    booking = booking_of(ref)
    if booking.is_cancelled:
        return redirect(url_for("family.sessions.details", ref=ref))
    return render_template("family/sessions/booked.html", booking=booking, gets_email=_gets_email(booking.person))


@bp.get("/sessions/<ref>/join")
def join(ref: str) -> ResponseReturnValue:
    """How to join a session online: the link from a quarter of an hour before it, and the phone at any time."""
    booking = booking_of(ref)
    if booking.is_cancelled or booking.asks_me or not booking.is_online:
        return redirect(url_for("family.sessions.details", ref=ref))
    return render_template("family/sessions/join.html", booking=booking)


@bp.post("/sessions/<ref>/answer")
def answer(ref: str) -> ResponseReturnValue:
    """The reader's own yes or no to a session they were asked to."""
    booking = booking_of(ref)
    yes = request.form.get("answer") == "yes"
    sessions.relative_answers(booking.id, yes=yes)
    if yes:
        flash(gettext("Thank you. You said that you are coming."))
        return redirect(url_for("family.sessions.details", ref=ref), 303)
    flash(gettext("Thank you. You said that you are not coming."))
    return redirect(url_for("family.sessions.page"), 303)


@bp.route("/sessions/<ref>/cancel", methods=["GET", "POST"])
def cancel(ref: str) -> ResponseReturnValue:
    """One question: yes or no."""
    booking = booking_of(ref)
    if booking.is_cancelled or booking.asks_me:
        return redirect(url_for("family.sessions.details", ref=ref), 303)
    form = CancelForm()
    if form.validate_on_submit():
        try:
            sessions.cancel(booking.id, form.because.data or "")
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Your session is cancelled."))
            return redirect(url_for("family.sessions.details", ref=ref), 303)
    return render_template("family/sessions/cancel.html", booking=booking, form=form)


def booking_of(ref: str) -> Booking:
    """One session of the viewer by its label. Raises NotShared."""
    return Booking(find(the_viewer().account_ref, ref, _rows(_everybody())), _can_book())


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


def _too_late(row: SharedAppointment) -> str:
    try:
        check_cancellable(row.starts_at, row.cancel_hours or 0, clock.now(), clinic.facts().phone)
    except Refused as refused:
        return refused.sentence
    return ""


def _can_book() -> set[tuple[int, int]]:
    """With whom the viewer can book new times: patient and therapist."""
    rows = session().execute(select(SharedTherapist.patient_id, SharedTherapist.staff_id))
    return {(patient_id, staff_id) for patient_id, staff_id in rows}


def _stays_because(row: SharedAppointment, can_book: Collection[tuple[int, int]]) -> str:
    """Why its time cannot be changed here; nothing when it can."""
    phone = clinic.facts().phone
    try:
        check_movable(row.starts_at, row.cancel_hours or 0, clock.now(), phone)
        check_moves(row.moves, row.most_moves, phone)
        check_therapist(can_be_booked=(row.patient_id, row.staff_id) in can_book, phone=phone)
    except Refused as refused:
        return refused.sentence
    return ""


def _gets_email(person: SharedPerson) -> bool:
    return choices.gets_email(the_account_id(), person.email_level, kind="booking", patient_id=person.patient_id)
