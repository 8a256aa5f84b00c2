"""Somebody with whom nothing is shared learns, asks, and meets no closed door."""

from __future__ import annotations

import re

import pytest

from portal.cast import JO, SAM
from tests.browser.conftest import Visit
from tests.browser.scenarios import NEUTRAL, NOT_FOUND, PHONE, both

pytestmark = pytest.mark.browser


@both
def test_jo_learns_and_asks_and_meets_no_closed_door(visit: Visit, script: bool) -> None:
    jo = visit(JO, script=script, **PHONE)
    seen = [jo.text]
    for role, name in (
        ("link", "Keep learning"), ("link", "Listening well"), ("button", "Mark as read"),
    ):  # fmt: skip
        jo.click(role, re.compile(name))
        seen.append(jo.text)
    jo.click("link", "Home")
    answers = []
    for whom in (SAM.email, "nobody@example.com"):
        jo.click("link", re.compile("^Ask someone"))
        jo.write("Their name", "Sam Rivera")
        jo.write("Their email or phone number", whom)
        jo.choose("I am their son or daughter")
        jo.click("button", "Send my request")
        answers.append(jo.text)
        jo.click("link", "Go to your home page")
        seen.append(jo.text)

    assert answers[0] == answers[1]
    assert jo.clicks <= 12
    assert NEUTRAL in jo.main
    assert not re.search(r"\bSam\b|lock", "".join(seen + answers))
    for closed in ("/schedule", "/updates", "/sessions"):
        jo.open(closed)
        assert NOT_FOUND in jo.main
