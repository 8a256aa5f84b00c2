"""Fills in and sends a form of a page, as a browser without JavaScript would."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def soup(response: TestResponse) -> BeautifulSoup:
    """The page of an answer."""
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def submit(client: FlaskClient, url: str, which: str | None = None, **fields: Any) -> TestResponse:
    """Open the page at `url` and send its form with `fields` filled in; see `filled`."""
    page = client.get(url)
    assert page.status_code == 200, f"{url} answered {page.status_code}"
    return send(client, page, which, **fields)


def send(client: FlaskClient, page: TestResponse, which: str | None = None, **fields: Any) -> TestResponse:
    """Send a form of a page that is already open."""
    address, values = filled(page, which, **fields)
    return client.post(address, data=values)


def filled(page: TestResponse, which: str | None = None, **fields: Any) -> tuple[str, dict[str, Any]]:
    """Where the form would be sent, and what with.

    The form is the one in `main` with a POST, or the one that the CSS selector `which` names, directly
    or by a button in it; a button's own name and value are sent with it,
    to where the button says. A field given as None is left
    out. Fails when there is no such form.
    """
    here = page.request.url
    chosen = soup(page).select_one(which or "main form[method=post]")
    assert chosen is not None, f"no {which or 'form'} on {page.request.path}"
    form = chosen if chosen.name == "form" else chosen.find_parent("form")
    assert form is not None, f"{which} is not in a form"
    values: dict[str, Any] = _values(form)
    if chosen is not form and chosen.get("name"):
        values[str(chosen["name"])] = str(chosen.get("value", ""))
    values |= fields
    address = urlsplit(urljoin(here, str(chosen.get("formaction") or form.get("action") or here)))
    return address._replace(scheme="", netloc="").geturl(), {k: v for k, v in values.items() if v is not None}


def _values(form: Tag) -> dict[str, object]:
    values: dict[str, object] = {}
    for field in form.select("input[name]"):
        if field.get("type") in ("submit", "button"):
            continue
        is_box = field.get("type") in ("checkbox", "radio")
        if not is_box or field.has_attr("checked"):
            already = values.get(str(field["name"]))
            value = str(field.get("value", "on" if is_box else ""))
            values[str(field["name"])] = value if already is None else [*_listed(already), value]
    for area in form.select("textarea[name]"):
        values[str(area["name"])] = area.text.removeprefix("\r\n").removeprefix("\n")
    for choice in form.select("select[name]"):
        option = choice.select_one("option[selected]") or choice.select_one("option")
        values[str(choice["name"])] = str(option.get("value", option.text)) if option else ""
    return values


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]
