"""The hidden fields of a form, for answers that no browser would send."""

from __future__ import annotations

from bs4 import BeautifulSoup
from werkzeug.test import TestResponse


def fields_of(page: TestResponse, selector: str = "main form[method=post]") -> dict[str, str]:
    """What the form that `selector` names would send if nothing were filled in."""
    form = BeautifulSoup(page.text, "html.parser").select_one(selector)
    assert form is not None, f"no {selector} on {page.request.path}"
    return {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
