"""Mistakes, Back, Reload and half an hour away: no answer is lost."""

from __future__ import annotations

import re

import pytest

from portal.cast import ALEX, PAT, PRIYA, SAM
from tests.browser.conftest import Visit, sign_in
from tests.browser.scenarios import KAY, NEUTRAL, PHONE, both, says_what_is_wrong
from tests.later import leave_chromium_for

pytestmark = pytest.mark.browser


@both
def test_sam_loses_no_answer_to_mistakes_back_reload_or_half_an_hour_away(visit: Visit, script: bool) -> None:
    sam = visit(SAM, script=script)
    sam.page.clock.install()
    sam.open("/me/sharing")
    sam.click("link", re.compile("Share with someone"))
    sam.choose("Someone new")
    sam.write("Their name", KAY.name)
    sam.click("button", "Continue")
    says_what_is_wrong(sam)
    assert sam.page.get_by_label("Their name").input_value() == KAY.name
    sam.choose(re.compile("letter"))
    sam.write("How do you know them?", "My sister")
    sam.click("button", "Continue")
    sam.click("button", "Continue")
    says_what_is_wrong(sam)
    sam.tick(re.compile("Session times"))
    sam.click("button", "Continue")
    sam.choose("No emails")
    sam.click("button", "Continue")
    sam.click("button", "Continue")
    says_what_is_wrong(sam)

    sam.page.go_back()
    sam.page.reload()
    sam.open("/me/sharing/new/what")
    assert sam.page.get_by_role("checkbox", name=re.compile("Session times")).is_checked()
    sam.open("/me/sharing/new/until")

    sam.choose("For 30 days")
    if script:
        sam.page.clock.fast_forward("28:05")
        sam.click("button", "Stay signed in")
        sam.page.get_by_role("dialog").wait_for(state="hidden")
    leave_chromium_for(sam.page.context)
    sam.click("button", "Continue")
    assert "We signed you out to keep this private." in sam.main
    sign_in(sam, SAM)
    assert sam.page.url.endswith("/me/sharing/new/until")
    assert "Check your answers and press the button again." in sam.main
    assert sam.page.get_by_role("radio", name="For 30 days").is_checked()
    sam.open("/me/sharing")
    assert "You began to share with Kay. Nothing is shared yet." in sam.main
    sam.click("link", re.compile("^Go on"))

    assert "Until when, and why?" in sam.main
    sam.choose("For 30 days")
    sam.choose(re.compile("my wish"))
    sam.click("button", "Continue")
    assert KAY.name in sam.main
    sam.click("button", "Sign and share")
    says_what_is_wrong(sam)
    sam.write(re.compile("Type your full name"), SAM.name)
    sam.tick(re.compile("because I want to"))
    sam.click("button", "Sign and share")
    assert "Sharing with Kay is on" in sam.main


@both
def test_sam_asks_to_talk_first_and_nothing_is_shared(visit: Visit, script: bool) -> None:
    sam, priya, pat = visit(SAM, script=script, **PHONE), visit(PRIYA), visit(PAT)
    before = priya.main
    sam.open("/me/sharing")
    sam.page.locator("tr", has_text="Pat Rivera").get_by_role("link", name=re.compile("Share again")).click()
    for _ in range(3):  # who, what and how emails look stand as they were
        sam.click("button", "Continue")
    sam.choose("For 30 days")
    sam.choose(re.compile("support me"))
    sam.click("button", "Continue")
    sam.click("button", "Talk to someone first")

    assert "Nothing is shared" in sam.main
    priya.page.reload()
    assert "would like to talk about sharing" in priya.main
    assert "would like to talk about sharing" not in before
    pat.open("/home")
    assert NEUTRAL in pat.main


@both
def test_alex_keeps_the_answers_of_a_booking_through_mistakes_back_and_reload(visit: Visit, script: bool) -> None:
    alex = visit(ALEX, script=script, **PHONE)
    alex.open("/sessions/book")
    alex.click("button", "Continue")
    says_what_is_wrong(alex)
    alex.choose(re.compile("Online"))
    alex.click("button", "Continue")
    times = alex.page.url
    if script:  # without one the browser asks whether to send the empty form again
        alex.page.go_back()
        assert "How would you like to meet?" in alex.main
        alex.page.go_forward()
    alex.take_a_time()
    alex.click("button", "Continue")
    summary = alex.page.locator("dl.summary").inner_text()
    assert "Ben Osei" in summary
    assert "Online" in summary

    alex.page.go_back()
    alex.page.go_forward()
    alex.page.reload()

    assert alex.page.locator("dl.summary").inner_text() == summary
    alex.page.goto(times)
    alex.click("button", "Continue")
    says_what_is_wrong(alex)
    assert "Online" in alex.main


@both
def test_alex_is_away_for_half_an_hour_in_the_middle_of_a_booking(visit: Visit, script: bool) -> None:
    alex = visit(ALEX, script=script, **PHONE)
    alex.page.clock.install()
    alex.open("/sessions/book")
    alex.choose(re.compile("Online"))
    alex.click("button", "Continue")
    leave_chromium_for(alex.page.context)
    alex.page.reload()
    sign_in(alex, ALEX)
    assert "Online" in alex.main
    alex.take_a_time()
    alex.click("button", "Continue")
    summary, check = alex.page.locator("dl.summary").inner_text(), alex.page.url
    alex.write(re.compile("needs to know"), "Ring twice")

    if script:
        alex.page.clock.fast_forward("28:05")
        alex.click("button", "Stay signed in")
        alex.page.get_by_role("dialog").wait_for(state="hidden")
        alex.page.clock.fast_forward("28:05")
        alex.page.get_by_role("dialog").wait_for()
        leave_chromium_for(alex.page.context)
        alex.page.clock.fast_forward("02:05")
    else:
        leave_chromium_for(alex.page.context)
        alex.click("button", "Book this session")
    alex.page.wait_for_url("**/sign-in")
    assert "Sign in to go on where you left off." in alex.main
    sign_in(alex, ALEX)

    assert alex.page.url == check
    assert alex.page.locator("dl.summary").inner_text() == summary
    assert alex.page.get_by_label(re.compile("needs to know")).input_value() == "Ring twice"
    alex.click("button", "Book this session")
    alex.page.wait_for_url("**/booked")
