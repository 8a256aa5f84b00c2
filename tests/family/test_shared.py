"""What a relative is told about the consent behind a page."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.cast import ALEX, DANA, PAT, Person
from portal.consent.notice import LONG_NOTICE
from tests.browser_form import soup, submit
from tests.conftest import SignIn
from tests.house.addresses import crawl, every_rule, methods


def words_of(page: object) -> str:
    return " ".join(soup(page).select_one("main").text.split())  # type: ignore[arg-type]


def test_the_statement_of_the_law_is_word_for_word() -> None:
    assert LONG_NOTICE.startswith("This record which has been disclosed to you is protected by Federal")
    assert sha256(LONG_NOTICE.encode()).hexdigest() == (
        "d82205a18044f9f45776343d91e26d8ddb44bf13e136af169ec73d755facd9a8"
    )


def test_alex_reads_what_sam_agreed_to_and_nothing_about_what_sam_did_not(sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    page = alex.get(str(soup(alex.get("/home")).select_one(".about-links a")["href"]))
    said = words_of(page)

    assert said.startswith("What Sam agreed to share with you Sam chose this on Monday, November 16.")
    assert [" ".join(thing.text.split()) for thing in soup(page).select("main section li")] == [
        "That Sam takes part in this program",
        "Session times",
        "Family sessions",
        "Plan changes",
    ]
    assert "How it is going" not in said
    assert "The day Sam leaves the program, or Saturday, March 13, 2027, whichever is first" in said
    assert "So they can support me" in said
    assert "Sam can see when you look at these pages." in said
    assert LONG_NOTICE in said


def test_dana_reads_about_each_of_the_two(sign_in: SignIn) -> None:
    dana = sign_in(DANA)

    assert "What Robin agreed to share" in words_of(dana.get("/shared"))
    for link in soup(dana.get("/home")).select(".about-links a"):
        name, other = ("Sam", "Robin") if "Sam" in link.text else ("Robin", "Sam")
        said = words_of(dana.get(str(link["href"])))
        assert name in said and other not in said


def test_labels_differ_from_reader_to_reader(sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    danas = {str(link["href"]) for link in soup(dana.get("/home")).select(".about-links a")}
    his = str(soup(alex.get("/home")).select_one(".about-links a")["href"])

    assert his not in danas
    assert [alex.get(address).status_code for address in danas] == [404, 404]


def test_when_sharing_has_ended_there_is_nothing_to_explain(sign_in: SignIn) -> None:
    assert sign_in(PAT).get("/shared").status_code == 404


NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
START = (
    "/home", "/schedule", "/schedule/print?names=y", "/sessions", "/sessions/waitlist", "/updates", "/shared",
    "/settings", "/ask", "/ask/thank-you",
)  # fmt: skip
# A redirect, and two files whose entries say nothing.
NO_PAGES = {"family.booking.start", "family.calendar.one", "family.calendar.weeks"}


@pytest.mark.parametrize("reader", [DANA, ALEX])
def test_the_notice_and_the_way_to_what_was_agreed_are_on_every_page_of_the_family_door(
    app: Flask, sign_in: SignIn, reader: Person
) -> None:
    client = sign_in(reader)
    agreed = {str(link["href"]) for link in soup(client.get("/home")).select(".about-links a")}
    seen = set()

    for address in chain(crawl(client, START), while_booking(client)):
        endpoint, _ = app.url_map.bind("localhost").match(address.partition("?")[0], method="GET")
        answer = client.get(address)
        if not endpoint.startswith("family.") or endpoint in NO_PAGES or answer.status_code != 200:
            continue
        seen.add(endpoint)
        page = soup(answer)
        assert NOTICE in page.select_one("footer").text, address  # type: ignore[union-attr]
        assert {str(link["href"]) for link in page.select(".about-links a")} == agreed, address

    door = {rule.endpoint for rule in every_rule(app) if "GET" in methods(rule)}
    assert {endpoint for endpoint in door if endpoint.startswith("family.")} == seen | NO_PAGES


def while_booking(client: FlaskClient) -> Iterator[str]:
    """The pages that come after a form: when, the last look, what was booked, joining, moving, waiting for more."""
    who = "/sessions/book/who"
    yield (when := submit(client, who, **first_choices(client, who)).location)
    # The last of the times: it can still be moved.
    last = soup(client.get(when)).select("input[name=time]")[-1]["value"]
    yield (check := submit(client, when, time=str(last)).location)
    yield (booked := submit(client, check).location)
    yield booked.replace("/booked", "/join")
    move = booked.replace("/booked", "/change")
    yield submit(client, move, **first_choices(client, move)).location
    wait = "/sessions/waitlist"
    submit(client, wait, days="1", parts="evening", until="2026-12-20", how="any")
    yield str(soup(client.get(wait)).select_one(f'a[href^="{wait}/"]')["href"])  # type: ignore[index]


def first_choices(client: FlaskClient, address: str) -> dict[str, str]:
    boxes = soup(client.get(address)).select("main form[method=post] input[type=radio]")
    return {str(box["name"]): str(box["value"]) for box in reversed(boxes)}


def test_nothing_shared_no_notice(sign_in: SignIn) -> None:
    assert NOTICE not in sign_in(PAT).get("/home").get_data(as_text=True)


def test_paper_says_what_was_agreed(sign_in: SignIn) -> None:
    said = [" ".join(one.text.split()) for one in soup(sign_in(DANA).get("/updates")).select(".about .print-only p")]

    assert len(said) == 2
    assert (
        "Sam agreed to share with you, until Friday, February 12, 2027: "
        "that Sam takes part in this program, session times, family sessions, how it is going and plan changes."
    ) in said
