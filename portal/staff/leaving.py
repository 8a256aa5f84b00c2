"""Somebody has left the program: who will see nothing then, and the one button that writes it down."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.consent import record
from portal.consent.picture import SHARING
from portal.services import after_a_stop, leaving, people, who_sees_what

bp = Blueprint("leaving", __name__, url_prefix="/people/<ref>/left")


@bp.get("")
def page(ref: str) -> ResponseReturnValue:
    """What it ends and what goes on, before it is done: it cannot be taken back by another click."""
    patient = people.find(ref)
    if leaving.has_left(patient):
        return redirect(url_for("staff.people.person", ref=ref), 303)
    record.look_at(patient.id, "person")
    ends = {one.id for one in leaving.what_it_ends(patient).all_of_it}
    sharings = [one for one in who_sees_what.sharing_of(patient) if one.standing in SHARING]
    return render_template(
        "staff/people/left.html",
        patient=patient,
        ends=[one for one in sharings if one.person.id in ends],
        goes_on=[one for one in sharings if one.person.id not in ends],
        sessions=after_a_stop.booked_with(patient.id, ends),
    )


@bp.post("")
def leave(ref: str) -> ResponseReturnValue:
    patient = people.find(ref)
    leaving.leave(patient.id, account_id=current_user.id)
    flash(
        gettext(
            "Written down: %(name)s has left the program. What was to end with it has ended.", name=patient.given_name
        )
    )
    return redirect(url_for("staff.sharing.page", ref=ref), 303)
