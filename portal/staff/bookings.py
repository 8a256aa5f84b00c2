"""Family sessions: all that are to come, one of them with who comes, a yes or no to it, its room."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import clock, timeouts, words
from portal.consent import record
from portal.errors import NotShared, Refused
from portal.models import BOOKED, Appointment, AppointmentStatus, Says
from portal.services import availability, bookings, bookings_list, people, sessions
from portal.services.bookings_list import ONLINE, Guest, Line
from portal.services.session_kinds import kind_words
from portal.staff import pages, said
from portal.staff.answers import say_in
from portal.staff.booking_forms import PlaceForm, mode_words
from portal.staff.said import Sign

bp = Blueprint("bookings", __name__, url_prefix="/bookings")

COMES: dict[str, Sign] = {
    Says.ACCEPTED: Sign(_l("Comes"), "pine"),
    Says.NEEDS_ACTION: Sign(_l("Was asked"), "ochre"),
    Says.DECLINED: Sign(_l("Said no"), "clay"),
}
YESES = {
    Says.ACCEPTED: _l("Yes"),
    Says.NEEDS_ACTION: _l("Not yet"),
    Says.DECLINED: _l("No"),
}
LEFT = Sign(_l("Left it"), "plain")


@dataclass(frozen=True)
class Row:
    """One session as a line of the list."""

    line: Line
    kind: str
    how: str
    state: Sign
    can_answer: bool


@bp.get("")
def page() -> ResponseReturnValue:
    """Every session to come, or those of one therapist."""
    holding = availability.therapists()
    asked = request.args.get("therapist")
    whose = next((one for one in holding if one.ref == asked), None)
    staff_id = whose.id if whose else None
    here = pages.asked_for(bookings_list.how_many(staff_id), bookings_list.PAGE)
    rows = [_row(line) for line in bookings_list.to_come(staff_id, offset=here.offset)]
    everybody = {"label": gettext("Everyone"), "url": url_for(".page"), "current": whose is None}
    choices = [
        {"label": one.name, "url": url_for(".page", therapist=one.ref), "current": one is whose} for one in holding
    ]
    return render_template(
        "staff/bookings/page.html", rows=rows, choices=[everybody, *choices], here=here, asked=asked if whose else None
    )


@bp.get("/<ref>")
def one(ref: str) -> ResponseReturnValue:
    found = bookings_list.find(ref)
    return _one(found, _place_form(found, formdata=timeouts.kept()))


@bp.post("/<ref>/answer")
def answer(ref: str) -> ResponseReturnValue:
    """The therapist's yes or no, or the care team's for them."""
    says = request.form.get("answer")
    if says not in ("yes", "no"):
        raise NotShared
    sessions.staff_answers(bookings_list.find(ref).ref, yes=says == "yes", account_id=current_user.id)
    said_yes, said_no = gettext("You said yes."), gettext("You said no. The family reads that we cancelled it.")
    flash(said_yes if says == "yes" else said_no)
    return redirect(url_for(".one", ref=ref), 303)


@bp.post("/<ref>/place")
@timeouts.form_at("staff.bookings.one")
def place(ref: str) -> ResponseReturnValue:
    """Another room, or a link of its own."""
    found = bookings_list.find(ref)
    form = PlaceForm()
    if form.validate():
        link = form.online_link.data or "" if "online_link" in form else ""
        try:
            bookings.put_in(ref, form.place.data or "", link, account_id=current_user.id)
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Saved."))
            return redirect(url_for(".one", ref=ref), 303)
    return _one(found, form)


def _row(line: Line) -> Row:
    record.look_at(line.who.patient_id, "day")
    return Row(
        line,
        kind_words(line.kind, line.who.short),
        mode_words(line.mode),
        said.STATES[line.status],
        line.waits_for_us and line.starts_at > clock.now(),
    )


def _place_form(found: Appointment, formdata: object = None) -> PlaceForm:
    form = PlaceForm(formdata=formdata)
    if formdata is None:
        form.place.data, form.online_link.data = found.place, found.online_link or ""
    return form


def _one(found: Appointment, form: PlaceForm) -> ResponseReturnValue:
    record.look_at(found.patient_id, "session")
    is_booked = found.status in BOOKED
    waits = is_booked and found.status == AppointmentStatus.PENDING and found.staff_says == Says.NEEDS_ACTION
    is_to_come = found.starts_at > clock.now()
    return render_template(
        "staff/bookings/booking.html",
        booking=found,
        form=form,
        patient=people.with_id(found.patient_id),
        kind=kind_words(found.kind, found.patient.given_name),
        how=mode_words(found.mode),
        state=said.STATES[found.status],
        yeses=[(gettext("The person in treatment"), YESES[Says(found.patient_says)]),
               (gettext("The therapist"), YESES[Says(found.staff_says)])],
        guests=[(guest, _sign(guest)) for guest in bookings_list.guests(found)],
        can_answer=waits and is_to_come,
        can_change=is_booked and is_to_come,
        needs_room=is_booked and found.mode != ONLINE and not found.place,
        is_online=found.mode == ONLINE,
        rows=_rows(found),
    )  # fmt: skip


def _rows(found: Appointment) -> list[dict[str, object]]:
    when = [words.day(found.starts_at), words.times(found.starts_at, found.ends_at)]
    rows: list[dict[str, object]] = [{"name": gettext("When"), "words": when}]
    if found.was_at:
        rows.append({"name": gettext("It was"), "words": [words.day(found.was_at), words.time(found.was_at)]})
    rows.append({"name": gettext("Therapist"), "words": found.staff.name})
    rows.append({"name": gettext("How"), "words": [one for one in (mode_words(found.mode), found.place) if one]})
    if found.note:
        rows.append({"name": gettext("Note for the therapist"), "words": found.note})
    for name, because in (
        (gettext("Why outside the free times"), found.overridden_because),
        (gettext("Reason, for the care team"), found.cancelled_because),
    ):
        if because:
            rows.append({"name": name, "words": because})
    return rows


def _sign(guest: Guest) -> Sign:
    return LEFT if guest.has_left else COMES[Says(guest.says)]
