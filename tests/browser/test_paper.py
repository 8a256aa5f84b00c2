"""A form on paper is copied, mended and held against the paper by a second pair of eyes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.cast import BEN, PAT, PRIYA, SAM
from tests.browser.conftest import Visit
from tests.browser.scenarios import NEUTRAL, both
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@both
def test_priya_copies_a_form_without_an_end_mends_it_and_ben_checks_it(visit: Visit, script: bool) -> None:
    priya, ben, pat = visit(PRIYA, script=script), visit(BEN, script=script), visit(PAT)
    assert priya.page.url.endswith("/staff")
    priya.write("Find a person in treatment", "Sam")
    priya.click("button", "Find")
    priya.click("link", re.compile("Forms on paper.*Sam Rivera"))
    copy_a_form_without_an_end(priya)

    assert "Elements: 8 of 9" in priya.main
    assert "It has no end date or event." in priya.main
    sees_nothing(pat)

    type_a_date(priya, "Which date?", "12", "15", "2026")
    priya.click("button", "Check and keep")
    assert "Waits for a second person. It shares nothing." in priya.main
    sees_nothing(pat)

    ben.page.reload()
    ben.click("link", re.compile("waits for a second person"))
    assert "December 15, 2026" in ben.main
    ben.tick(re.compile("I hold the form"))
    ben.click("button", "It matches. Start sharing")

    assert "Pat can see what Sam agreed to." in ben.main
    assert priya.clicks + ben.clicks <= 14
    pat.open("/schedule")
    assert "6:00 PM" in pat.main


def copy_a_form_without_an_end(priya: Visitor) -> None:
    priya.write("Who it is about", SAM.name)
    priya.answer(re.compile("may share"), "Yes")
    priya.pick("Who gets it", "Pat Rivera (My dad)")
    priya.tick("Session times")
    priya.answer(re.compile("alcohol"), "Yes")
    priya.write("Why", "So that he can drive me")
    priya.answer(re.compile("how to stop"), "Yes")
    priya.tick(SAM.name)
    type_a_date(priya, re.compile("Date beside"), "11", "23", "2026")
    priya.answer(re.compile("alone"), "Yes")
    priya.click("button", "Check and keep")


def type_a_date(priya: Visitor, question: Any, *typed: str) -> None:
    for box, number in zip(("Month", "Day", "Year"), typed, strict=True):
        priya.entries += 1
        priya.page.get_by_role("group", name=question).get_by_label(box).fill(number)


def sees_nothing(pat: Visitor) -> None:
    pat.open("/home")
    assert NEUTRAL in pat.main
