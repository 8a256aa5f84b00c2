"""One click stops or pauses, and the next thing a relative sees is nothing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, select

from portal.cast import (
    ALEX,
    ASKED,
    DANA,
    DECLINED,
    ENDED,
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
from portal.db import session
from portal.models import Account, Consent, ConsentScope, Patient
from tests.browser.conftest import Served, Visit, sign_in
from tests.browser.scenarios import NEUTRAL, NOT_FOUND, PHONE, both
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@both
def test_one_click_stops_dana_and_the_next_thing_she_sees_is_nothing(
    visit: Visit, served: Served, script: bool
) -> None:
    served.at_work(robin_shares_nothing)
    dana, sam, ruth, priya = visit(DANA, script=script), visit(SAM, script=script, **PHONE), visit(RUTH), visit(PRIYA)
    calendar = make_a_calendar_link(dana)
    assert "BEGIN:VEVENT" in dana.page.request.get(calendar).text()
    dana.open("/home")
    dana.click("link", "Read the update")
    an_update = dana.page.url
    post_an_update(priya)  # an email to Dana waits now

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


def robin_shares_nothing() -> None:
    """So that all Dana sees is what Sam shares."""
    of_robin = select(Consent.id).join(Patient).join(Account).where(Account.email == ROBIN.email)
    session().execute(delete(ConsentScope).where(ConsentScope.consent_id.in_(of_robin)))


def make_a_calendar_link(dana: Visitor) -> str:
    dana.open("/settings/calendar")
    dana.click("button", "Make a private link")
    address = re.search(rf"{dana.url}/calendar/\S+\.ics", dana.page.content())
    assert address is not None
    return address[0]


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


def post_an_update(priya: Visitor) -> None:
    priya.open("/staff/updates/new")
    priya.pick("Who is it about", SAM.name)
    priya.choose("How it is going")
    priya.write("Title", "A calm week")
    priya.write(re.compile("^Update$"), "This week we practiced asking for help.")
    priya.click("button", "Check before you post")
    priya.click("button", re.compile("^Post"))
