"""Booking as relatives do it: U2 with a race, a session that moves, an answer, and the way in."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, ROBIN, SAM
from portal.db import session
from portal.models import (
    Account,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    FamilySessionTerms,
    Patient,
    Relative,
    StaffMember,
)
from portal.services import kept_times
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import PHONE, any_way, both, says_what_is_wrong, within
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

JUST_TAKEN = "That time was just taken. Choose another. Your other answers are saved."


def confirmed(served: Served) -> list[tuple[str, str]]:
    """Who has which session, by sign-in name and start."""

    def ask() -> list[tuple[str, str]]:
        asked = (
            select(Account.email, Appointment.starts_at)
            .join(Relative, Relative.account_id == Account.id)
            .join(AppointmentParticipant, AppointmentParticipant.relative_id == Relative.id)
            .join(Appointment, Appointment.id == AppointmentParticipant.appointment_id)
            .where(Appointment.status == AppointmentStatus.CONFIRMED)
        )
        return [(email, start.isoformat()) for email, start in session().execute(asked.order_by(Appointment.id))]

    found: list[tuple[str, str]] = served.at_work(ask)
    return found


def rival_takes(served: Served, value: str) -> None:
    """Somebody of another family books that time from another device."""

    def take() -> None:
        ben = session().scalars(select(StaffMember.id).where(StaffMember.name == BEN.name)).one()
        robin = session().scalars(select(Patient.id).join(Account).where(Account.email == ROBIN.email)).one()
        starts_at = dt.datetime.fromisoformat(value)
        ends_at = starts_at + dt.timedelta(minutes=50)
        kept_times.make_room(ben, 0, starts_at, ends_at)
        session().add(
            Appointment(patient_id=robin, staff_id=ben, starts_at=starts_at, ends_at=ends_at, busy_until=ends_at)
        )

    served.at_work(take)


def to_check(alex: Visitor) -> str:
    """From home to the last page before it is booked; gives the time that was chosen."""
    alex.open("/home")
    alex.click("link", "Book a session")
    alex.choose("In person")
    alex.click("button", "Continue")
    value = alex.take_a_time()
    alex.click("button", "Continue")
    return value


@any_way
@pytest.mark.parametrize("screen", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desktop"])
def test_a_rival_is_faster_and_alex_books_another_time_without_writing_the_note_again(
    visit: Visit, served: Served, way: dict[str, Any], screen: dict[str, int]
) -> None:
    alex = visit(ALEX, **way, **screen)
    value = to_check(alex)
    alex.page.get_by_label("Anything Ben Osei needs to know?").fill("I come by bus")
    served.clock.forward(minutes=11)
    rival_takes(served, value)

    alex.click("button", "Book this session")

    says_what_is_wrong(alex)
    assert JUST_TAKEN in alex.main
    if way.get("script", True):
        assert alex.page.evaluate("document.activeElement.closest('.error-summary') !== null")
    alex.take_a_time()
    alex.click("button", "Continue")
    assert alex.page.get_by_label("Anything Ben Osei needs to know?").input_value() == "I come by bus"
    alex.click("button", "Book this session")

    assert "Your session is booked" in alex.main
    assert within(alex, clicks=9, entries=1, seconds=20)
    here = alex.page.url
    before = confirmed(served)
    alex.page.reload()
    assert alex.page.url == here
    assert confirmed(served) == before
    assert [email for email, _ in before].count(ALEX.email) == 2


def test_without_a_rival_it_takes_seven_clicks_and_the_calendar_entry_says_appointment(
    visit: Visit, served: Served
) -> None:
    alex = visit(ALEX, **PHONE)
    to_check(alex)
    alex.click("button", "Book this session")

    assert within(alex, clicks=7, entries=0, seconds=20)
    assert "Add to my calendar" in alex.main


@both
def test_by_keyboard_alone_a_session_is_moved(visit: Visit, served: Served, script: bool) -> None:
    dana = visit(DANA, script=script)
    dana.open("/sessions")
    before = confirmed(served)

    press(dana, "Change")
    dana.page.get_by_role("radio").first.focus()
    dana.page.keyboard.press("ArrowDown")
    press(dana, "Continue", "button")
    assert "Move this session?" in dana.main
    press(dana, "Move it", "button")

    assert "Your session has moved." in dana.main
    assert len(confirmed(served)) == len(before)
    assert confirmed(served) != before


def press(visitor: Visitor, name: str, role: str = "link") -> None:
    """Reach it with the keyboard and press Enter."""
    visitor.page.get_by_role(role, name=name, exact=True).first.focus()  # type: ignore[arg-type]
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


def test_a_day_says_its_date_and_how_many_times_are_free(visit: Visit) -> None:
    dana = visit(DANA, **PHONE)
    dana.open("/sessions/book/who")
    dana.click("radio", "Online")
    dana.click("button", "Continue")

    read = dana.page.locator("main").aria_snapshot()

    assert re.search(r'link "Tuesday, November 24, \d free"', read)
    assert 'group "Tuesday, November 24"' in read


def test_the_way_in_opens_a_quarter_of_an_hour_before(visit: Visit, served: Served) -> None:
    link = "https://meet.riverbend.example/ben"

    def give_a_link() -> None:
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.online_link = link

    served.at_work(give_a_link)
    dana = visit(DANA, **PHONE)
    dana.open("/sessions")
    dana.click("link", "How to join")
    assert "from 5:15 PM on" in dana.main
    assert link not in dana.page.content()

    served.clock.set(dt.datetime.fromisoformat("2026-11-24T17:15:00-06:00"))
    again = visit(DANA, **PHONE)
    again.open("/sessions")
    again.click("link", "How to join")

    assert again.page.get_by_role("link", name="Join the session").get_attribute("href") == link


@both
def test_sam_asks_alex_to_danas_session_and_alex_says_yes(visit: Visit, served: Served, script: bool) -> None:
    sam = visit(SAM, script=script)
    sam.open("/me/sessions")
    sam.click("button", "Ask Alex to come too")
    assert "Alex is asked to come." in sam.main

    alex = visit(ALEX, script=script, **PHONE)
    alex.open("/sessions")
    assert "Needs you" in alex.main
    assert "Dana" not in alex.page.content()
    alex.click("button", "Yes, I am coming")

    assert "You said that you are coming." in alex.main


def test_sam_is_asked_first_and_his_no_looks_like_any_no(visit: Visit, served: Served) -> None:
    sam = visit(SAM)
    sam.open("/me/sessions")
    sam.click("checkbox", "Dana Rivera")
    sam.click("button", "Save")
    dana = visit(DANA, **PHONE)
    dana.open("/sessions/book/who")
    dana.click("radio", "Online")
    dana.click("button", "Continue")
    dana.take_a_time(-1)
    dana.click("button", "Continue")
    dana.click("button", "Book this session")
    assert "We have your wish" in dana.main

    sam.open("/me")
    sam.click("link", "See and answer")
    sam.click("button", re.compile("^No:"))

    assert "Done. The family session is cancelled." in sam.main
    dana.open("/sessions")
    assert "Cancelled by us. We are sorry." in dana.main
    assert "Sam said" not in dana.main
