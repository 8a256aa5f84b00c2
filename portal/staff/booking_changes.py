"""Change a family session for its family: cancel it and offer other times, move it, or book one they asked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal import clock, timeouts, words
from portal.consent import record
from portal.errors import NotShared, Refused
from portal.models import BOOKED, Appointment, Patient, StaffMember
from portal.services import bookings, bookings_list, form_tokens, offers, people
from portal.services.bookings import Wish
from portal.services.session_kinds import kind_words
from portal.services.therapist_times import free_times
from portal.staff.answers import say_in
from portal.staff.booking_forms import CancelForm, MoveForm, NewForm, as_value

bp = Blueprint("booking_changes", __name__, url_prefix="/bookings")


@bp.route("/<ref>/cancel", methods=["GET", "POST"])
def cancel(ref: str) -> ResponseReturnValue:
    """Cancel by us; the family reads that we are sorry, and the times it can have instead."""
    found = _changeable(ref)
    form = CancelForm()
    suggested = offers.suggested(found)
    form.offer(offers.could_be_offered(found), suggested)
    if request.method == "GET" and timeouts.kept() is None:
        form.times.data = [as_value(start) for start in suggested]
    if form.validate_on_submit():
        try:
            bookings.cancel(ref, form.because.data or "", form.instead, account_id=current_user.id)
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Cancelled. The family is told."))
            return redirect(url_for("staff.bookings.one", ref=ref), 303)
    return render_template("staff/bookings/cancel.html", form=form, **_about(found))


@bp.route("/<ref>/move", methods=["GET", "POST"])
def move(ref: str) -> ResponseReturnValue:
    found = _changeable(ref)
    terms = bookings_list.terms_of(found.staff_id)
    form = MoveForm()
    form.offer(free_times(found.staff_id, besides=found.id), dt.timedelta(minutes=terms.minutes))
    if form.validate_on_submit():
        try:
            bookings.move(
                ref, form.starts_at, form.because.data or "",
                said_yes=bool(form.said_yes.data), account_id=current_user.id,
            )  # fmt: skip
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Moved. The family is told."))
            return redirect(url_for("staff.bookings.one", ref=ref), 303)
    return render_template("staff/bookings/move.html", form=form, **_about(found))


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Book for a family: for whom, with whom, and then the rest on one page."""
    asked = request.args.get("person")
    if not asked:
        return render_template("staff/bookings/whose.html", people=people.in_treatment())
    patient = people.find(asked)
    record.look_at(patient.id, "person")
    therapists = bookings_list.therapists_of(patient.id)
    may_come = bookings_list.may_come(patient.id)
    with_whom = request.args.get("therapist")
    therapist = next((one for one in therapists if with_whom in (None, one.ref)), None)
    if therapist is None or not may_come:
        if with_whom:
            raise NotShared
        return render_template("staff/bookings/not_now.html", patient=patient, may_come=may_come)
    terms = bookings_list.terms_of(therapist.id)
    form = NewForm()
    form.ask(terms, patient.given_name, may_come)
    form.offer(free_times(therapist.id), dt.timedelta(minutes=terms.minutes))
    if form_tokens.is_one(form.token.data) and form.validate_on_submit():
        try:
            answer = form_tokens.once(form.token.data or "", current_user.id, lambda: _book(form, patient, therapist))
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Booked. The family is told."))
            return redirect(answer, 303)
    if not form_tokens.is_one(form.token.data):
        form.token.data = form_tokens.new()
    return render_template(
        "staff/bookings/new.html", form=form, patient=patient, choices=_with_whom(patient, therapists, therapist)
    )


def _book(form: NewForm, patient: Patient, therapist: StaffMember) -> str:
    wish = Wish(
        patient.id,
        therapist.id,
        form.related_person_ids,
        form.starts_at,
        form.mode.data or "",
        form.kind.data or "",
        form.note.data or "",
        form.because.data or "",
    )
    return url_for("staff.bookings.one", ref=bookings.book(wish, account_id=current_user.id).ref)


def _with_whom(patient: Patient, therapists: list[StaffMember], chosen: StaffMember) -> list[dict[str, Any]]:
    return [
        {
            "label": one.name,
            "url": url_for(".new", person=patient.ref, therapist=one.ref),
            "current": one is chosen,
        }
        for one in therapists
    ]


def _changeable(ref: str) -> Appointment:
    found = bookings_list.find(ref)
    if found.status not in BOOKED or found.starts_at <= clock.now():
        raise NotShared
    return found


def _about(found: Appointment) -> dict[str, Any]:
    record.look_at(found.patient_id, "session")
    return {
        "booking": found,
        "kind": kind_words(found.kind, found.patient.given_name),
        "when": f"{words.day(found.starts_at)}, {words.times(found.starts_at, found.ends_at)}",
    }
