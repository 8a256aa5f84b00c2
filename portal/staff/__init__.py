"""The clinic's three doors: the care team, the privacy office and the clinic's IT. A lock each, and the rooms."""

from __future__ import annotations

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.consent import record
from portal.db import at_the_end
from portal.frame import menu_item
from portal.locks import must_work_as
from portal.models import StaffRole
from portal.staff import (
    activity,
    availability,
    booking_changes,
    bookings,
    classes,
    closures,
    courses,
    day_sheet,
    guide_editor,
    guide_versions,
    guides,
    health,
    holds,
    invalid,
    invitations,
    leaving,
    mail,
    one_session,
    people,
    posting,
    restrictions,
    series,
    session_editor,
    sharing,
    timetable,
    today,
    update_changes,
    update_drafts,
    update_plans,
    updates,
    waitlist,
)
from portal.staff.paper import forms, prints, scans

door = Blueprint("staff", __name__, url_prefix="/staff")
door.before_request(lambda: must_work_as(StaffRole.COORDINATOR, StaffRole.THERAPIST))
for room in (today, people, sharing, leaving, forms, prints, scans, invitations, posting, updates, mail):
    door.register_blueprint(room.bp)
for room in (update_changes, update_plans, update_drafts):
    door.register_blueprint(room.bp)
for room in (timetable, session_editor, one_session, series, closures, day_sheet, waitlist):
    door.register_blueprint(room.bp)
for room in (bookings, booking_changes, availability, classes, courses):
    door.register_blueprint(room.bp)
for room in (guides, guide_editor, guide_versions):
    door.register_blueprint(room.bp)

privacy_office = Blueprint("privacy_office", __name__, url_prefix="/privacy-office")
privacy_office.before_request(lambda: must_work_as(StaffRole.PRIVACY_OFFICER))
for room in (activity, holds, invalid, restrictions):
    privacy_office.register_blueprint(room.bp)

it = Blueprint("it", __name__, url_prefix="/admin")
it.before_request(lambda: must_work_as(StaffRole.ADMIN))
it.register_blueprint(health.bp)

doors = (door, privacy_office, it)

UPDATES = ("staff.posting.", "staff.update_", "staff.mail.")
OF_A_PERSON = ("staff.sharing.", "staff.leaving.", "staff.paper", "staff.scans.")
SCHEDULE = (
    "staff.session_editor.", "staff.one_session.", "staff.series.", "staff.closures.",
    "staff.bookings.", "staff.booking_changes.", "staff.availability.", "staff.waitlist.", "staff.classes.",
)  # fmt: skip


@door.before_request
def lay_out_the_care_teams_menu() -> ResponseReturnValue | None:
    g.door = "staff"
    g.menu = [
        menu_item(gettext("Today"), "staff.today.page", "house", "staff.day_sheet."),
        menu_item(gettext("Schedule"), "staff.timetable.page", "calendar3", *SCHEDULE),
        menu_item(gettext("People"), "staff.people.page", "people", *OF_A_PERSON),
        menu_item(
            gettext("Updates"), "staff.updates.page", "chat-left-text", "staff.posting.", "staff.update_", "staff.mail."
        ),
        menu_item(gettext("Guides"), "staff.guides.page", "book", "staff.guide_", "staff.courses."),
        menu_item(gettext("Invitations"), "staff.invitations.page", "person-plus", short=gettext("Invite")),
    ]
    return None


@privacy_office.before_request
def lay_out_the_privacy_offices_menu() -> ResponseReturnValue | None:
    g.door = "staff"
    g.menu = [
        menu_item(gettext("Activity"), "privacy_office.activity.page", "search"),
        menu_item(gettext("Holds"), "privacy_office.holds.page", "pause-fill"),
        menu_item(gettext("Invalid forms"), "privacy_office.invalid.page", "slash-circle", short=gettext("Invalid")),
        menu_item(gettext("Wishes"), "privacy_office.restrictions.page", "chat-left-text"),
    ]
    return None


@it.before_request
def lay_out_the_its_menu() -> ResponseReturnValue | None:
    g.door = "staff"
    g.menu = [menu_item(gettext("Health"), "it.health.page", "check-lg")]
    return None


@door.after_request
def put_the_care_teams_looks_on_record(response: Response) -> Response:
    """Before the answer leaves: whose facts were shown to whom."""
    return _put_looks_on_record(response, "staff")


@privacy_office.after_request
def put_the_privacy_offices_looks_on_record(response: Response) -> Response:
    return _put_looks_on_record(response, "privacy")


def _put_looks_on_record(response: Response, as_whom: str) -> Response:
    if 300 <= response.status_code < 400:
        g.pop("looks", None)  # nothing was shown; what was done is on record by itself
    elif g.get("looks"):
        account_id = current_user.id
        at_the_end(lambda: record.write_looks(account_id, as_whom))
    return response
