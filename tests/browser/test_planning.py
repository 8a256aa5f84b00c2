"""A timetable over the clock change, one session moved, and who hears of it."""

from __future__ import annotations

import re

import pytest

from portal.cast import DANA, PRIYA
from tests.browser.conftest import Served, Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_priya_plans_march_moves_one_evening_and_dana_gets_one_email(visit: Visit, served: Served) -> None:
    priya, dana = visit(PRIYA), visit(DANA)
    priya.open("/staff/closures")
    close_a_day_in_march(priya)
    priya.click("link", "Back to the schedule")
    plan_march(priya)
    assert "3 get an email" in priya.main
    priya.click("button", "Publish")
    served.deliver()
    assert [mail["To"] for mail in served.mail()].count(DANA.email) == 1
    assert len(served.mail()) == 3

    priya.click("link", "Wednesday, March 24")
    priya.click("button", "Continue")
    priya.write("From", "18:30")
    priya.write(re.compile("^To$"), "21:30")
    priya.click("button", "Check before you publish")
    assert "1 session is new or changes." in priya.main
    assert "3 relatives will see it. 3 get an email" in priya.main
    priya.click("button", "Make this change")
    assert "was Wednesday, March 24, 6:00 PM" in priya.main
    assert priya.clicks <= 14
    served.deliver()

    assert [mail["To"] for mail in served.mail()].count(DANA.email) == 2
    assert len(served.mail()) == 6
    dana.open("/schedule/2027-03")
    assert dana.main.count("6:00 PM to 9:00 PM") == 8
    assert dana.main.count("6:30 PM to 9:30 PM") == dana.main.count("Changed. It was 6:00 PM.") == 1


def close_a_day_in_march(priya: Visitor) -> None:
    priya.write("First day", "2027-03-17")
    priya.write("Last day", "2027-03-17")
    priya.write("Name", "Staff day")
    priya.click("button", "Check before you close")
    priya.click("button", "Close these days")


def plan_march(priya: Visitor) -> None:
    """Mondays and Wednesdays at six; the page that says what that comes to."""
    priya.click("link", "Add a session")
    choice = priya.page.locator("select[name=whose] option", has_text="Evening A").get_attribute("value")
    priya.page.get_by_label("Who is it for?").select_option(choice)
    priya.clicks += 1
    priya.write("First day", "2027-03-01")
    priya.write("From", "18:00")
    priya.write(re.compile("^To$"), "21:00")
    priya.tick("Monday")
    priya.tick("Wednesday")
    priya.write("Last day", "2027-03-31")
    priya.page.get_by_label("Where").focus()
    priya.page.get_by_text("9 sessions. Skips 1 closed day.").wait_for()
    priya.click("button", "Check before you publish")
    for words in (
        "9 sessions.",
        "Skips 1 closed day.",
        "Skipped: Wednesday, March 17, Staff day.",
        "6:00 PM stays 6:00",
    ):
        assert words in priya.main
