"""The right people get it: U14, an update from the first key to the emails, and to the press that ends them."""

from __future__ import annotations

import re
import urllib.request
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from portal import clock
from portal.cast import ALEX, DANA, PRIYA, SAM, Cast
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import Account, Consent, EmailLevel, Patient
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import KAY, says_too_much
from tests.browser.visitor import Visitor
from tests.emails.test_letters import NAMES, TELLING, halves, preview_of

pytestmark = pytest.mark.browser

NEW = "There is something new for you"


def test_those_whom_priya_sees_in_the_panel_get_the_email_and_one_press_ends_it(visit: Visit, served: Served) -> None:
    served.at_work(kay_reads_along_with_her_house)
    priya, dana, alex = visit(PRIYA, keyboard=True), visit(DANA), visit(ALEX)

    counted = compose(priya)
    priya.click("button", "Check before you post")
    checked = priya.main
    priya.click("button", "Post")
    served.deliver()

    assert (priya.clicks, priya.entries) <= (6, 2)
    assert counted == counts(checked) == (2, 2) == (2, len(served.mail()))
    for line in (
        "Dana Rivera, My mom Sees it. Gets an email.", "Kay Rivera, My sister Sees it. Gets an email.",
        "Alex Rivera, My husband Sam has not shared “how it is going” with Alex.",
        "Pat Rivera, My dad Ended Sunday, November 22.",
    ):  # fmt: skip
        assert line in " ".join(checked.split())
    posted_as = priya.page.url.rsplit("/", 1)[1]
    letters = {str(mail["To"]): mail for mail in served.mail()}
    assert {to: greeting(mail) for to, mail in letters.items()} == {DANA.email: "Hello Dana,", KAY.email: "Hello,"}
    for mail in letters.values():
        says_nothing_but_that_there_is_something(mail, served, posted_as)
    for reader, sees in (dana, True), (alex, False):
        reader.open("/updates")
        assert ("A calm week" in reader.main) is sees

    press_once(letters[KAY.email])
    priya.keyboard = False
    priya.open("/staff")
    compose(priya)
    priya.click("button", "Check before you post")
    assert "Sees it. Gets no email: Kay turned it off." in priya.main
    priya.click("button", "Post")
    served.deliver()

    assert [mail["To"] for mail in served.mail()[2:]] == [DANA.email]


def test_an_update_is_refused_when_a_reader_is_lost_between_check_and_post(visit: Visit, served: Served) -> None:
    priya, sam = visit(PRIYA), visit(SAM)
    assert compose(priya) == (1, 1)
    priya.click("button", "Check before you post")

    sam.open("/me/sharing")
    sam.click("button", "Stop sharing with Dana Rivera")
    priya.click("button", "Post")
    served.deliver()

    assert "The list changed while you were writing: Dana Rivera can no longer see this." in priya.main
    assert "A calm week" in priya.main
    assert [mail["To"] for mail in served.mail()] == [SAM.email]  # that he saved a choice
    sam.open("/me/updates")
    assert "A calm week" not in sam.main


def kay_reads_along_with_her_house() -> None:
    """Sam's sister may read how it is going, and others open her mailbox; everybody would have day and time."""
    cast = Cast(session(), clock.now())
    sam = session().scalars(select(Patient).join(Account).where(Account.email == SAM.email)).one()
    kay = cast.related(sam, cast.relative(KAY, shares_mailbox=True), "My sister", relationship_code="SIS")
    cast.consent(kay, (Scope.TIMES, Scope.GOING))
    for consent in session().scalars(select(Consent)):
        consent.email_level = EmailLevel.TIMES
    for account in session().scalars(select(Account)):
        account.wants_email = EmailLevel.TIMES


def compose(priya: Visitor) -> tuple[int, int]:
    """From the day's first page to a written update; how many the panel says will see it, and get an email."""
    priya.count_from_here()
    priya.click("link", "Post an update")
    priya.pick("Who is it about", SAM.name)
    priya.choose("How it is going")
    priya.write("Title", "A calm week")
    priya.write(re.compile("^Update$"), "This week we practiced asking for help.")
    panel = priya.page.locator("[data-recipients-panel]")
    panel.get_by_role("heading", name=re.compile(r"\d of \d+")).wait_for()
    return counts(panel.inner_text())


def counts(panel: str) -> tuple[int, int]:
    seeing, emails = re.search(r"(\d+) of \d+ relatives will", panel), re.search(r"(\d+) gets? an email", panel)
    assert seeing is not None
    assert emails is not None
    return int(seeing[1]), int(emails[1])


def greeting(mail: EmailMessage) -> str:
    return halves(mail)[0].strip().splitlines()[0]


def says_nothing_but_that_there_is_something(mail: EmailMessage, served: Served, ref: str) -> None:
    """A subject of the list, a sentence and three plain addresses, the same in both halves; and it fetches nothing."""
    assert mail["Subject"] == NEW
    assert says_too_much(mail, served) == []
    plain, html = halves(mail)
    page = BeautifulSoup(html, "html.parser")
    shown = f"{mail['Subject']} {mail['From']} {page.get_text(' ')}"
    words = re.sub(rf"{served.url}\S*", "", shown)
    assert [word for word in TELLING if word in words.lower()] == []
    others = (NAMES | {KAY.given_name}) - ({DANA.given_name} if mail["To"] == DANA.email else set())
    assert [name for name in others if re.search(rf"\b{name}\b", words)] == []
    links = {link["href"] for link in page.find_all("a")}
    assert {re.sub(r"(?<=unsubscribe/)[a-z2-7]+$", "…", str(link)) for link in links} == {
        f"{served.url}/updates", f"{served.url}/settings/emails", f"{served.url}/unsubscribe/…",
    }  # fmt: skip
    assert ref not in mail.as_string()
    assert page.find_all(["img", "link", "script", "iframe", "form", "object", "video"]) == []
    assert not re.search(r"url\(|@import|src=|background=", html)
    preview_of(page).extract()
    assert page.body.get_text(" ").split() == plain.split()  # type: ignore[union-attr]


def press_once(mail: EmailMessage) -> None:
    """What a mail program does for somebody who is signed in nowhere (RFC 8058)."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.search(r"<(http[^>]+)>", str(mail["List-Unsubscribe"]))
    assert link is not None
    with urllib.request.urlopen(link[1], data=b"List-Unsubscribe=One-Click", timeout=15) as answer:
        assert (answer.status, answer.read()) == (200, b"")
