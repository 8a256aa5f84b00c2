"""Pages for someone who is not signed in. They know no patient and no relative."""

from flask import Blueprint, g, request
from flask_babel import gettext
from flask_login import current_user

from portal.frame import MenuItem, menu_item
from portal.front_door import (
    calendar,
    courses,
    email_address,
    email_works,
    guide_answers,
    guides,
    home,
    invitation,
    language,
    leave,
    new_password,
    offline,
    robots,
    stay,
    unsubscribe,
)
from portal.front_door import help as help_pages

door = Blueprint("front_door", __name__)
door.url_defaults(language.keep_in_address)

for room in (home, invitation, language, leave, new_password, email_address, email_works):
    door.register_blueprint(room.bp)
for room in (unsubscribe, robots, stay, calendar):
    door.register_blueprint(room.bp)
for room in (guides, guide_answers, courses, help_pages, offline):
    door.register_blueprint(room.bp)


@door.before_app_request
def say_where_we_are() -> None:
    """The sign-in pages of Flask-Security stand at this door too."""
    if "front_door" in request.blueprints:
        language.take_from_address()  # before the menu, which is words and addresses too
    if request.blueprint == "security" or "front_door" in request.blueprints:
        g.door = "front"
        g.menu = _menu()


def _menu() -> list[MenuItem]:
    items = [
        menu_item(
            gettext("Guides"), "front_door.guides.page", "book", "front_door.courses.", "front_door.guide_answers."
        ),
        menu_item(gettext("Help"), "front_door.help.page", "question-circle"),
    ]
    if current_user.is_authenticated:
        items.insert(0, menu_item(gettext("Home"), "front_door.home.go", "house"))
    return items
