"""The patient's door: one lock, the frame of its pages, the list of rooms."""

from flask import Blueprint, g
from flask_babel import gettext
from sqlalchemy import select

from portal.consent.own import OwnSelf
from portal.db import session
from portal.frame import AWAY, MenuItem, menu_item
from portal.locks import must_be_a_patient
from portal.patient import (
    copies,
    emails,
    home,
    less,
    looks,
    people,
    preview,
    questions,
    requests,
    safety,
    schedule,
    sessions,
    sharing,
    signing,
    updates,
)

door = Blueprint("patient", __name__, url_prefix="/me")
door.before_request(must_be_a_patient)


@door.before_request
def set_the_frame() -> None:
    """What stands around every page of this door."""
    g.door = "patient"
    g.leave_url = AWAY
    g.me = session().scalars(select(OwnSelf)).one()
    g.menu = [
        menu_item(gettext("Home"), "patient.home.page", "house"),
        menu_item(
            gettext("My sharing"), "patient.sharing.page", "eye",
            "patient.people.", "patient.less.", "patient.questions.", "patient.signing.", "patient.copies.",
            "patient.requests.", "patient.looks.", "patient.updates.", short=gettext("I share"),
        ),
        menu_item(gettext("My schedule"), "patient.schedule.page", "calendar3", short=gettext("Schedule")),
        menu_item(gettext("Family sessions"), "patient.sessions.page", "people", short=gettext("Sessions")),
        MenuItem(gettext("Guides"), "/guides", "book"),
    ]  # fmt: skip


for room in (
    home, sharing, questions, signing, people, less, copies, preview, looks, schedule, sessions, updates, requests,
    safety, emails,
):  # fmt: skip
    door.register_blueprint(room.bp)
