"""Dana takes the family course on her phone, stops in the middle, and finds her place again."""

from __future__ import annotations

import re

import pytest

from portal.cast import DANA, PRIYA
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import PHONE, any_way
from tests.services.reading import account

pytestmark = pytest.mark.browser

COURSE = "/courses/the-family-course"


@any_way
def test_dana_begins_the_course_and_carries_on_where_she_stopped(visit: Visit, way: dict[str, bool]) -> None:
    dana = visit(DANA, **PHONE, **way)
    dana.open("/guides")
    dana.click("link", "The family course", exact=True)
    dana.click("link", "Begin", exact=True)
    assert "Part 1 of 30" in dana.main
    dana.click("button", "Done, next part")
    dana.click("button", "Done, next part")
    assert "Part 3 of 30" in dana.main

    dana.open("/home")
    assert "Part 3 of “The family course”." in dana.main
    dana.click("link", re.compile("^What an intensive outpatient program is"))
    assert dana.page.url.endswith(f"{COURSE}/3")
    assert dana.clicks <= 6


@any_way
def test_dana_keeps_her_place_in_a_guide_and_what_she_wrote(visit: Visit, way: dict[str, bool]) -> None:
    dana = visit(DANA, **PHONE, **way)
    dana.open("/guides/listening-well")
    dana.pick("Stopping here?", "Listen in three steps")
    dana.click("button", "Keep my place")
    dana.click("link", "Carry on at “Listen in three steps”") if not way.get("keyboard") else None
    dana.open("/guides/listening-well/answers")
    dana.page.locator("textarea").first.fill("I would ask him first.")
    dana.click("button", "Save for me")
    assert "Saved. Only you can read this." in dana.main

    dana.open("/guides/listening-well/answers")
    assert dana.page.locator("textarea").first.input_value() == "I would ask him first."


def test_the_team_hears_that_dana_finished_only_when_she_says_so(visit: Visit, served: Served) -> None:
    served.at_work(lambda: read_all(served))
    priya = visit(PRIYA)
    priya.open("/staff/courses")
    assert "Dana" not in priya.main

    dana = visit(DANA, **PHONE)
    dana.open(COURSE)
    assert "30 of 30 parts read, 100 %" in dana.main
    dana.click("button", "Tell the care team that I finished")
    priya.open("/staff/courses")
    assert "Dana Rivera" in priya.main


def read_all(served: Served) -> None:
    from portal.services import courses

    reader = account(served.portal, DANA)
    way = courses.way("the-family-course", "en", reader)
    for part in way.parts:
        courses.finish_part(reader, way, part.number, "en")
