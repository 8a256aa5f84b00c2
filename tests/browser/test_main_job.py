"""The main job, as people do it: see, book, share, stop."""

from __future__ import annotations

import re

import pytest

from portal.cast import DANA, PAT, ROBIN, SAM
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import says_too_much
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_dana_sees_the_next_session_and_books_in_seven_clicks(visit: Visit, served: Served, script: bool) -> None:
    dana = visit(DANA, width=390, height=844, script=script)

    # Without another click she sees when Sam's next session is, in the first 700 pixels.
    tonight = dana.page.get_by_text("6:00 PM").first
    assert tonight.is_visible()
    box = tonight.bounding_box()
    assert box is not None
    assert box["y"] < 700

    book_a_session(dana)

    assert dana.clicks <= 7
    assert dana.seconds <= 20
    assert "Your session is booked" in dana.main
    here = dana.page.url
    dana.page.reload()
    assert dana.page.url == here
    dana.open("/sessions")
    assert dana.main.count("Family session with Sam. Therapist: Ben Osei") == 2  # the one of tomorrow, and this one


def test_the_email_about_a_booking_names_nobody_but_dana(visit: Visit, served: Served) -> None:
    book_a_session(visit(DANA))

    said = served.deliver()

    assert '"sent": 1' in said
    (mail,) = served.mail()
    assert mail["To"] == DANA.email
    assert mail["Subject"] == "You are booked"
    assert says_too_much(mail, served) == []
    assert len(list(mail.walk())) == 3  # the envelope, the text and the same in HTML: no attachment


def test_when_everybody_stopped_dana_sees_the_one_neutral_page(visit: Visit) -> None:
    sam, robin, dana, pat = visit(SAM), visit(ROBIN), visit(DANA), visit(PAT)
    for patient in (sam, robin):
        patient.open("/me/sharing")
        patient.click("button", "Stop sharing with Dana Rivera")

    dana.open("/home")
    pat.open("/home")

    assert "Nothing is shared with you right now" in dana.main
    assert dana.main == pat.main


def test_sam_shares_again_with_his_father_who_sees_it_at_once(visit: Visit) -> None:
    sam, pat = visit(SAM), visit(PAT)
    assert "Nothing is shared with you right now" in pat.main

    sam.open("/me/sharing")
    sam.page.locator("tr", has_text="Pat Rivera").get_by_role("link", name=re.compile("Share again")).click()
    share_times(sam)

    assert "Sharing with Pat" in sam.main
    pat.open("/schedule")
    assert "6:00 PM to 9:00 PM" in pat.main
    pat.open("/updates")
    assert "We cannot find that page" in pat.main


def book_a_session(dana: Visitor) -> None:
    dana.count_from_here()
    dana.click("link", re.compile("^(Family sessions|Sessions)"))
    dana.click("link", "Book a session")
    dana.choose(re.compile("Online"))
    dana.click("button", "Continue")
    dana.take_a_time()
    dana.click("button", "Continue")
    dana.click("button", "Book this session")


def share_times(sam: Visitor) -> None:
    page = sam.page
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("checkbox", name=re.compile("Session times")).check()
    page.get_by_role("checkbox", name=re.compile("How it is going")).uncheck()  # ticked the last time
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("radio", name=re.compile("something new")).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("radio", name=re.compile("Until I leave")).check()
    page.get_by_role("radio", name=re.compile("support me")).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(re.compile("Type your full name")).fill(SAM.name)
    page.get_by_role("checkbox", name=re.compile("because I want to")).check()
    page.get_by_role("button", name="Sign and share").click()
