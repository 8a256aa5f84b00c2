"""The relatives' door: one lock, the list of rooms."""

from flask import Blueprint, Response, g
from flask_babel import gettext

from portal.consent import people, record
from portal.consent.scopes import Scope
from portal.consent.viewer import the_viewer
from portal.db import at_the_end
from portal.family import (
    ask,
    booking,
    calendar,
    classes,
    feed,
    home,
    moving,
    schedule,
    sessions,
    settings,
    shared,
    sheet,
    updates,
    waiting,
)
from portal.frame import MenuItem, menu_item
from portal.locks import must_be_a_relative, rotate_cookie_when_sharing_changed

door = Blueprint("family", __name__)
door.before_request(must_be_a_relative)

for room in (
    home,
    schedule,
    sheet,
    calendar,
    feed,
    sessions,
    moving,
    booking,
    waiting,
    classes,
    updates,
    shared,
    ask,
    settings,
):
    door.register_blueprint(room.bp)


@door.before_request
def say_where_we_are() -> None:
    """The menu has only what is there for this viewer."""
    g.door = "family"
    g.menu = _menu()


def _menu() -> list[MenuItem]:
    home_item = menu_item(gettext("Home"), "family.home.page", "house")
    guides = MenuItem(gettext("Guides"), "/guides", "book")
    items = [home_item]
    if people.who_shares(Scope.TIMES):
        items.append(menu_item(gettext("Schedule"), "family.schedule.page", "calendar3"))
    if people.who_shares(Scope.FAMILY):
        sessions_page = (
            gettext("Family sessions"),
            "family.sessions.page",
            "people",
            "family.booking.",
            "family.waiting.",
        )
        items.append(menu_item(*sessions_page, short=gettext("Sessions")))
    items.append(guides)
    if not people.people():  # for everybody else it would be a sixth word; Home and the guides lead there
        items.append(menu_item(gettext("Classes"), "family.classes.page", "mortarboard-fill"))
    if people.shares_updates():
        items.append(menu_item(gettext("Updates"), "family.updates.page", "chat-left-text"))
    return items


@door.after_request
def put_looks_on_record(response: Response) -> Response:
    """Before the answer leaves: who saw what, under which consent."""
    if "viewer" not in g:
        return response  # the lock refused
    account_id, grants = the_viewer().account_id, people.grants()
    if 300 <= response.status_code < 400:
        g.pop("looks", None)  # nothing was shown
    elif grants and account_id is not None:
        at_the_end(lambda: record.write_looks(account_id, "family", grants))
    rotate_cookie_when_sharing_changed([(one.ref, sorted(one.scopes)) for one in people.people()])
    return response
