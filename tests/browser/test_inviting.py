"""A brother shares with a signature, and his sister comes in with a link and a code."""

from __future__ import annotations

import re

import pytest

from portal.cast import PRIYA, SAM
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import KAY, NOT_FOUND, PHONE, both, ticked, within
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@both
def test_sam_shares_with_his_sister_who_comes_in_with_link_and_code(visit: Visit, served: Served, script: bool) -> None:
    sam, priya, kay = visit(SAM, script=script, **PHONE), visit(PRIYA), visit(None, script=script, **PHONE)

    signed = sam_signs_for_kay(sam)
    assert within(sam, clicks=16, entries=4, seconds=60)
    assert "Kay gets an invitation, and sees nothing until they accept" in sam.main
    sam.click("link", "See what Kay will see")
    assert "6:00 PM" in sam.main
    code = priya_invites_kay(priya)
    served.deliver()
    mail = next(mail for mail in served.mail() if mail["To"] == KAY.email)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert not re.search(r"\bSam\b|Rivera|Riverbend Recovery|" + code, text)
    link = re.search(rf"{served.url}/invite/\S+", text)
    assert link is not None

    for _ in range(2):  # a scanner of mail opens it first
        assert kay.page.request.get(link[0]).status == 200
    kay.open("/invite/made-up")
    refused = [wrong_code(kay, code)]
    kay.page.goto(link[0])
    refused += [wrong_code(kay, wrong) for wrong in ("TULIP-HARBOR-0000", "MAPLE-RIVER-1111", "x", code[:-1])]
    assert len(set(refused)) == 1
    kay.count_from_here()
    kay.write("Invitation code", code)
    kay.write("What year were you born?", "1980")
    kay.click("button", "Continue")
    kay.choose(re.compile("Yes, only I"))
    kay.write("Create a password", "seven green kettles sing")
    kay.click("button", "Continue")
    kay.click("button", "I understand. Take me in")
    kay.page.wait_for_url("**/home")

    assert within(kay, clicks=10, entries=6, seconds=40)
    tonight = kay.page.get_by_text("6:00 PM").first.bounding_box()
    assert tonight is not None
    assert tonight["y"] < 700
    kay.open("/updates")
    assert NOT_FOUND not in kay.main
    assert "What Sam agreed to" in kay.text

    sam.open("/me/sharing")
    sam.click("link", re.compile("^Kay Rivera"))
    sam.click("link", re.compile("signed copy", re.I))
    assert sam.page.locator("[data-signed-text]").inner_text() == signed


def sam_signs_for_kay(sam: Visitor) -> str:
    """Sam answers every question; returns the text above his signature."""
    sam.open("/me/sharing")
    sam.count_from_here()
    sam.click("link", re.compile("Share with someone"))
    assert ticked(sam.page) == []
    sam.choose("Someone new")
    sam.write("Their name", KAY.name)
    sam.write("How do you know them?", "My sister")
    sam.choose("Email")
    sam.write("Their email", KAY.email)
    sam.click("button", "Continue")
    assert ticked(sam.page) == []
    sam.tick(re.compile("Session times"))
    sam.tick(re.compile("How it is going"))
    sam.click("button", "Continue")
    assert ticked(sam.page) == []
    sam.choose(re.compile("something new"))
    sam.click("button", "Continue")
    assert ticked(sam.page) == []
    sam.choose("Until I leave the program")
    sam.choose(re.compile("support me"))
    sam.click("button", "Continue")
    text = sam.page.locator("[data-signed-text]").inner_text()
    for element in (SAM.name, "Riverbend Recovery Services LLC", KAY.name, "session times", "support me", "stop"):
        assert element.lower() in text.lower()
    assert ticked(sam.page) == []
    sam.write(re.compile("Type your full name"), SAM.name)
    sam.tick(re.compile("because I want to"))
    sam.click("button", "Sign and share")
    return text


def priya_invites_kay(priya: Visitor) -> str:
    priya.open("/staff/invitations/new")
    priya.click("link", KAY.name)
    priya.write("The year they were born", "1980")
    priya.click("button", "Make the invitation")
    return priya.page.locator(".spoken").first.inner_text()


def test_the_fifth_wrong_code_ends_an_invitation_and_nobody_can_tell(visit: Visit) -> None:
    priya, kay = visit(PRIYA), visit(None, **PHONE)
    priya.open("/staff/invitations/new/learner")
    priya.write("Their name", KAY.name)
    priya.write("Their email", KAY.email)
    priya.write("The year they were born", "1980")
    priya.choose("Printed letter")
    priya.click("button", "Make the invitation")
    code = priya.page.locator(".spoken").inner_text()
    priya.click("link", "Open the letter to print")
    address = priya.page.locator(".spoken").inner_text()
    kay.open(address[address.index("/invite") :])

    refused = [wrong_code(kay, f"MAPLE-RIVER-111{number}") for number in range(5)]
    too_late = wrong_code(kay, code)

    assert {*refused} == {too_late}


def wrong_code(kay: Visitor, code: str) -> str:
    kay.write("Invitation code", code)
    kay.write("What year were you born?", "1980")
    kay.click("button", "Continue")
    return kay.main
