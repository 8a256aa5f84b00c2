"""The language of a page: kept in a cookie when it is chosen with the button, in the address when read without one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, refresh
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal.frame import LANGUAGES
from portal.services import accounts

bp = Blueprint("language", __name__)

# Pages without a form, which give those who are not signed in no cookie.
READING = (
    "front_door.guides.", "front_door.courses.", "front_door.help.", "front_door.offline.",
    "front_door.home.signed_out",
)  # fmt: skip


@bp.post("/language")
def switch() -> ResponseReturnValue:
    """Keep the language somebody chose, and go back to the page they were on."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            accounts.choose_language(current_user.id, chosen)
    return redirect(page_to_go_back_to(request.form.get("back", "")), 303)


def take_from_address() -> None:
    """Show this page in the language after `?lang=`, and remember nothing."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        g.language = g.language_of_address = chosen
        refresh()


def keep_in_address(endpoint: str, values: dict[str, Any]) -> None:
    """Links from one reading page to the next keep the language of the address."""
    if "language_of_address" in g and endpoint.startswith(READING):
        values.setdefault("lang", g.language_of_address)


def offer_as_a_link() -> dict[str, Any]:
    """On reading pages the other language is a link for those signed out: a form would need a cookie."""
    if current_user.is_authenticated:
        return {}
    other = next(code for code in LANGUAGES if code != str(get_locale()))
    return {"other_language": {"code": other, "label": LANGUAGES[other], "url": f"{request.path}?lang={other}"}}


def page_to_go_back_to(address: str) -> str:
    """`address` when it is a page of ours that can be shown, without its language; else the front step."""
    path, _, query = address.partition("?")
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not address.isprintable():
        return "/"
    try:
        current_app.url_map.bind("", "/").match(path, method="GET")
    except RequestRedirect:
        return "/"
    except HTTPException:
        return "/"
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("lang="))
    return f"{path}?{kept}" if kept else path
