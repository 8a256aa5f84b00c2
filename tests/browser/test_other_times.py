"""Other times than the family had, or could have: U10, a session cancelled by us, and U11, the waiting list."""

from __future__ import annotations

import re
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import delete

from portal.cast import ALEX, BEN, DANA
from portal.db import session
from portal.models import FreeHours, FreeHoursOverride
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import PHONE, any_way, says_too_much, within
from tests.browser.visitor import Visitor

Way = dict[str, Any]

pytestmark = pytest.mark.browser


def calendar_of(visitor: Visitor, path: str) -> dict[str, Any]:
    """What the calendar file at that address says, and the method that its type names."""
    answer = visitor.page.request.get(visitor.url + path)
    [method] = re.findall(r"method=(\w+)", answer.headers["content-type"])
    calendar = Calendar.from_ical(answer.body())
    [event] = calendar.walk("VEVENT")
    said = {name: str(event[name]) for name in ("UID", "SUMMARY", "STATUS")}
    return said | {"SEQUENCE": int(event["SEQUENCE"]), "METHOD": str(calendar["METHOD"]), "in the type": method}


@any_way
def test_ben_cancels_alexs_session_and_alex_takes_one_of_the_times_that_are_offered_instead(
    visit: Visit, served: Served, way: Way
) -> None:
    alex, ben = visit(ALEX, **PHONE, **way), visit(BEN, **way)
    alex.open("/sessions")
    alex.click("link", "Details")
    file = str(alex.page.get_by_role("link", name="Add to my calendar").first.get_attribute("href"))
    asked = calendar_of(alex, file)

    ben.open("/staff/bookings")
    ben.click("link", re.compile("Dec 3"))
    ben.click("link", "Cancel this session")
    ben.click("button", "Cancel it")

    assert "Cancelled. The family is told." in ben.main
    assert ben.clicks <= 4
    assert '"sent": 1' in served.deliver()
    [mail] = served.mail()
    assert (mail["To"], mail["Subject"]) == (ALEX.email, "We had to cancel a booking")
    assert says_too_much(mail, served) == []
    cancelled = calendar_of(alex, file)
    assert (asked["METHOD"], asked["in the type"]) == ("REQUEST", "REQUEST")
    assert (cancelled["METHOD"], cancelled["in the type"], cancelled["STATUS"]) == ("CANCEL", "CANCEL", "CANCELLED")
    assert (cancelled["UID"], cancelled["SEQUENCE"]) == (asked["UID"], asked["SEQUENCE"] + 1)

    alex.open("/sessions")
    alex.count_from_here()
    assert "Cancelled by us. We are sorry." in alex.main
    alex.click("link", re.compile("^Tuesday, November 24|^Wednesday|^Thursday|^Wednesday|^Monday"))
    alex.click("button", "Book this session")

    assert "Your session is booked" in alex.main
    assert within(alex, clicks=3, entries=0, seconds=20)


@any_way
def test_when_no_time_is_free_dana_waits_is_told_first_and_books_while_alex_finds_it_taken(
    visit: Visit, served: Served, way: Way
) -> None:
    served.at_work(lambda: [session().execute(delete(table)) for table in (FreeHours, FreeHoursOverride)])
    dana, alex = visit(DANA, **PHONE, **way), visit(ALEX, **PHONE, **way)
    for relative in (dana, alex):
        join(relative)
        served.clock.forward(minutes=1)

    give_ben_one_hour(visit(BEN, **way))

    assert '"sent": 1' in served.deliver()
    [mail] = served.mail()
    assert mail["To"] == DANA.email
    assert says_too_much(mail, served) == []
    alex.open("/sessions/book/time?how=online")
    assert "No times are free right now" in alex.main
    alex.open("/sessions/book/check?time=2026-11-25T16:00Z&how=online")
    assert "That time was just taken." in alex.main

    dana.open("/sessions")
    assert "Wednesday, November 25" in dana.main
    dana.click("link", "Look at this time")
    dana.click("button", "Book this session")
    assert "Your session is booked" in dana.main

    alex.open("/sessions")
    alex.count_from_here()
    alex.click("button", re.compile("^Leave the list"))
    assert "You are not on the list any more." in alex.main
    assert alex.clicks == 1


def join(relative: Visitor) -> None:
    """From home to a place on the list; there is no empty calendar on the way."""
    relative.open("/home")
    relative.count_from_here()
    relative.click("link", "Book a session")
    relative.choose(re.compile("Online"))
    relative.click("button", "Continue")
    assert "No times are free right now. We can tell you when one opens." in relative.main
    assert relative.page.get_by_role("table").count() == 0
    relative.click("link", "Tell me when times open")
    relative.tick("Wednesday")
    relative.tick(re.compile("^Morning"))
    relative.click("button", "Put me on the list")
    assert "You are on the list." in relative.main
    assert relative.clicks <= 8


def give_ben_one_hour(ben: Visitor) -> None:
    ben.open("/staff/availability")
    ben.page.get_by_role("button", name=re.compile("^Add hours: Wednesday")).click()
    ben.page.get_by_label("Wednesday, row 1, from").fill("10:00")
    ben.page.get_by_label("Wednesday, row 1, to").fill("11:00")
    ben.page.get_by_label(re.compile("Families can book ahead")).fill("4")
    ben.click("button", "Save")
    # The sessions of tomorrow and December are outside that hour: they stay, once Ben has seen them.
    assert "Decide about each booked session outside the new hours, then save" in ben.main
    ben.click("button", "Save")
    assert "Saved. Families see the new times now." in ben.main
