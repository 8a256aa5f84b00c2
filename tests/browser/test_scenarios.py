"""People and what they came for, in a real browser and within as many clicks as somebody should need for it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.cast import (
    ALEX,
    ASKED,
    BEN,
    DANA,
    DECLINED,
    ENDED,
    JO,
    LEFT,
    NEVER_LINKED,
    ON_HOLD,
    PAT,
    PAUSED,
    PRIYA,
    ROBIN,
    RUTH,
    SAM,
    STOPPED,
    Person,
)
from tests.browser.conftest import Served, Visit, Visitor, sign_in
from tests.browser.test_main_job import post_an_update
from tests.browser.test_screens import on_paper
from tests.later import leave_chromium_for

pytestmark = pytest.mark.browser

both = pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
PHONE: dict[str, Any] = {"width": 390, "height": 844}
KAY = Person("kay@example.org", "Kay", "Rivera", "Sam’s sister")
NEUTRAL = "Nothing is shared with you right now"
NOT_FOUND = "We cannot find that page"


# Share with a signature; the first ten minutes of somebody who is invited


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


def within(visitor: Visitor, *, clicks: int, entries: int, seconds: float) -> bool:
    return visitor.clicks <= clicks and visitor.entries <= entries and visitor.seconds <= seconds


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


def ticked(page: Page) -> list[str]:
    """What is chosen on a page before anybody chose."""
    return [one.get_attribute("value") or "" for one in page.locator("main input:checked").all()]


# No consent, and no dead end


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


# Two people, no mix-up


@both
def test_dana_keeps_sam_and_robin_apart_and_neither_hears_of_the_other(
    visit: Visit, served: Served, script: bool
) -> None:
    robin_shares_family_sessions(served)
    dana, sam, alex = visit(DANA, script=script), visit(SAM, script=script), visit(ALEX, script=script)
    assert re.search(r"Sam.*6:00 PM", dana.main, re.S)
    assert re.search(r"Robin.*6:30 PM", dana.main, re.S)

    dana.click("link", re.compile(r"Robin\s*$"))
    assert "6:30 PM" in dana.page.locator(".week").inner_text()
    assert "6:00 PM" not in dana.page.locator(".week").inner_text()
    dana.click("link", re.compile("^(Family sessions|Sessions)"))
    dana.click("link", "Book a session")
    dana.choose(re.compile("Robin"))
    dana.choose("In person")
    dana.click("button", "Continue")
    dana.clicks += 1
    dana.page.locator("label.time:visible").first.click()
    dana.click("button", "Continue")
    assert "Robin and Lee Tran" in dana.main
    assert not re.search(r"\bSam\b", dana.main)
    dana.click("button", "Book this session")

    assert "Your session is booked" in dana.main
    assert dana.clicks <= 9
    served.deliver()
    assert DANA.email in [mail["To"] for mail in served.mail()]
    assert not re.search("Robin|Lee Tran", "".join(map(words_of, served.mail())))
    sam.open("/me/sharing")
    sam.click("link", "See it as Dana does")
    seen = [sam.text]
    for path in ("/me/looks", "/me/schedule", "/me/sessions", "/me"):
        sam.open(path)
        seen.append(sam.text)
    assert not re.search("Robin|Lee Tran", "".join(seen))
    assert link_to_sam(dana) != link_to_sam(alex)


def words_of(mail: EmailMessage) -> str:
    """Headers and parts of an email, as a mail program shows them."""
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([f"{name}: {value}" for name, value in mail.items()] + [str(part) for part in parts])


def robin_shares_family_sessions(served: Served) -> None:
    with closing(sqlite3.connect(served.database)) as rows, rows:
        rows.execute(
            "insert into consent_scope (consent_id, scope) select consent.id, 'family' from consent"
            " join patient on patient.id = consent.patient_id join account on account.id = patient.account_id"
            " where account.email = ?",
            [ROBIN.email],
        )


def link_to_sam(visitor: Visitor) -> str | None:
    return visitor.page.get_by_role("link", name="What Sam agreed to").get_attribute("href")


# Stop at once


@both
def test_one_click_stops_dana_and_the_next_thing_she_sees_is_nothing(
    visit: Visit, served: Served, script: bool
) -> None:
    robin_shares_nothing(served)
    dana, sam, ruth, priya = visit(DANA, script=script), visit(SAM, script=script, **PHONE), visit(RUTH), visit(PRIYA)
    calendar = make_a_calendar_link(dana)
    assert "BEGIN:VEVENT" in dana.page.request.get(calendar).text()
    dana.open("/home")
    dana.click("link", "Read the update")
    an_update = dana.page.url
    post_an_update(priya, "How it is going")  # an email to Dana waits now

    sam.open("/me/sharing")
    sam.count_from_here()
    sam.click("button", "Stop sharing with Dana Rivera")

    assert "Dana sees nothing now" in sam.main
    assert "Dana is not told" in sam.main
    assert sam.clicks == 1
    assert sam.waited < 1
    answer = dana.page.reload()
    assert answer is not None
    assert answer.status == 404
    assert dana.page.url == an_update
    assert NOT_FOUND in dana.main
    dana.open("/home")
    assert NEUTRAL in dana.main
    no_longer = dana.page.request.get(calendar)
    assert (no_longer.status, "BEGIN:VEVENT" in no_longer.text()) == (200, False)

    assert "You have a family session with Dana: tomorrow, 5:30 PM. It stays booked." in sam.main
    sam.click("button", re.compile("^Cancel it"))
    assert "The family session is cancelled" in sam.main
    served.deliver()
    assert {mail["To"] for mail in served.mail()} == {SAM.email}
    assert {mail["Subject"] for mail in served.mail()} == {"A choice in your account was saved"}
    priya.open("/staff/mail")
    assert "sharing ended" in priya.main.lower()
    ruth.open("/privacy-office")
    assert re.search(r"Sam Rivera\s+Stopped: sharing\s+Dana Rivera", ruth.main)
    sam.open("/me/looks")
    assert re.search(r"Dana\b.* looked at", sam.main)


def robin_shares_nothing(served: Served) -> None:
    """So that all Dana sees is what Sam shares."""
    with closing(sqlite3.connect(served.database)) as rows, rows:
        rows.execute(
            "delete from consent_scope where consent_id in (select consent.id from consent"
            " join patient on patient.id = consent.patient_id join account on account.id = patient.account_id"
            " where account.email = ?)",
            [ROBIN.email],
        )


def make_a_calendar_link(dana: Visitor) -> str:
    dana.open("/settings/calendar")
    dana.click("button", "Make a private link")
    address = re.search(rf"{dana.url}/calendar/\S+\.ics", dana.page.content())
    assert address is not None
    return address[0]


# Pause, and start again


@both
def test_a_pause_takes_one_click_and_starting_again_one_more(visit: Visit, script: bool) -> None:
    sam = visit(SAM, script=script, **PHONE)
    dana, alex, pat = visit(DANA, script=script), visit(ALEX, script=script), visit(PAT, script=script)

    sam.open("/me")
    sam.clicks = 0
    sam.click("button", "Pause all sharing")

    assert "Sharing is paused" in sam.main
    assert re.search(r"family session with Dana: tomorrow, 5:30 PM", sam.main)
    assert sam.page.get_by_role("button", name=re.compile("^Keep it: .*tomorrow")).is_visible()
    assert sam.page.get_by_role("button", name=re.compile("^Cancel it: .*tomorrow")).is_visible()
    dana.open("/home")
    alex.open("/home")
    assert not re.search(r"\bSam\b|6:00 PM", dana.text)
    assert NEUTRAL in alex.main

    sam.click("button", "Start sharing again")

    assert sam.clicks == 2
    assert "Sharing is on again" in sam.main
    for visitor in (dana, alex):
        visitor.open("/home")
        assert "6:00 PM" in visitor.main
    pat.open("/home")
    assert NEUTRAL in pat.main


# One face for every no


def test_eight_ways_of_seeing_nothing_look_the_same(visit: Visit) -> None:
    dana = visit(DANA)
    kinds = ("/shared/", "/updates/", "/sessions/")
    of_dana = [str(dana.page.locator(f"a[href^='{kind}']").first.get_attribute("href")) for kind in kinds]
    made_up = ["/shared/abcdefghjk", "/updates/abcdefghjk", "/sessions/abcdefghjk", "/sessions/abcdefghjk/cancel"]
    addresses = ["/schedule", "/updates", "/sessions", *of_dana, *made_up]
    faces = {}
    for one in (NEVER_LINKED, ASKED, DECLINED, PAUSED, STOPPED, ENDED, LEFT, ON_HOLD):
        visitor = visit(None)
        sign_in(visitor, one.person)
        faces[one.way] = [face(visitor, path, one.person) for path in ("/home", *addresses)]

    home, *noes = faces["never linked"]
    assert home[0] == 200
    assert NEUTRAL in home[2]
    assert {status for status, *_ in noes} == {404}
    assert all(no == noes[0] for no in noes), "a made-up address is told from a real one"
    for way, seen in faces.items():
        assert seen == [home, *noes], f"{way} looks unlike never linked"


def face(visitor: Visitor, path: str, person: Person) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer, without what is new each time."""
    answer = visitor.page.request.get(visitor.url + path)
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "set-cookie")}
    headers.pop("content-length", None)
    body = re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", answer.text())
    body = re.sub(r'(name="back" value=)"[^"]*"', r"\1", body)  # the address that was asked for
    return answer.status, headers, body.replace(person.given_name, "…").replace(person.email, "…")


# Mistakes and time-out


@both
def test_sam_loses_no_answer_to_mistakes_back_reload_or_half_an_hour_away(visit: Visit, script: bool) -> None:
    sam = visit(SAM, script=script)
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
    alex.page.locator("label.time:visible").first.click()
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
    alex.page.locator("label.time:visible").first.click()
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


def says_what_is_wrong(visitor: Visitor) -> None:
    """The summary comes first and leads to fields that say it again; with scripts the reader is taken there."""
    summary = visitor.page.locator(".error-summary")
    summary.wait_for()
    said = [link.inner_text() for link in summary.get_by_role("link").all()]
    assert said, "nothing in the summary leads to a field"
    beside = visitor.page.locator(".field-error").all_inner_texts()
    for sentence in said:
        assert any(sentence in words for words in beside), f"{sentence} does not stand beside its field"
    for link in summary.get_by_role("link").all():
        anchor = str(link.get_attribute("href"))
        assert visitor.page.locator(anchor).count() == 1, f"{anchor} leads nowhere"


# A form on paper, and a second pair of eyes


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


# A sheet for the kitchen door


def test_dana_prints_her_schedule_on_one_sheet_that_names_nobody(visit: Visit) -> None:
    dana = visit(DANA)
    dana.click("link", "Schedule")
    dana.click("link", "Print")

    assert (dana.clicks, on_paper(dana.page)) == (2, 1)
    dana.page.emulate_media(media="print")
    printed = dana.text
    for word in ("Sam", "Robin", "Dana", "Room", "Ben Osei", "Riverbend", "42 CFR", "Schedule to print"):
        assert word not in printed
    assert "Group" in printed
    assert "Printed Monday, November 23, 2026." in printed

    dana.page.emulate_media(media="screen")
    dana.tick("Put names on it")
    dana.tick("Put places on it")
    dana.choose("8 weeks")
    dana.click("button", "Show it this way")
    dana.page.wait_for_url("**/schedule/print?*")
    dana.page.emulate_media(media="print")
    assert on_paper(dana.page) == 1
    assert "Sam. Group. Room 1" in dana.main
    assert "42 CFR part 2 prohibits" in dana.text
    assert "Sam agreed to share with you, until Friday, February 12, 2027: session times" in dana.text


def test_what_is_printed_says_what_was_agreed(visit: Visit) -> None:
    dana = visit(DANA)
    dana.click("link", "Updates")
    dana.page.locator("main h2 a").first.click()
    assert "agreed to share with you, until" not in dana.text
    dana.page.emulate_media(media="print")

    assert "Sam agreed to share with you, until Friday, February 12, 2027: session times" in dana.text
    assert "42 CFR part 2 prohibits" in dana.text
    assert "What Sam agreed to" not in dana.text


# A timetable over the clock change, one session moved, and who hears of it


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
