"""Each of the clinic's doors has its own lock, and what is shown behind it is on record."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.cast import ALEX, BEN, DANA, PRIYA, RUTH, SAM, TOMAS, Person
from tests.conftest import SignIn
from tests.staff.looking import looks_of, patient_ref

EVERYBODY = (SAM, DANA, ALEX, PRIYA, BEN, RUTH, TOMAS)
PAGES = {
    "/staff": (PRIYA, BEN),
    "/staff/day/2026-11-24": (PRIYA, BEN),
    "/staff/people": (PRIYA, BEN),
    "/staff/updates": (PRIYA, BEN),
    "/staff/updates/new": (PRIYA, BEN),
    "/staff/updates/recipients": (PRIYA, BEN),
    "/staff/mail": (PRIYA, BEN),
    "/privacy-office": (RUTH,),
    "/admin": (TOMAS,),
}


@pytest.mark.parametrize("url", PAGES)
def test_only_those_who_work_there_get_in(app: Flask, sign_in: SignIn, url: str) -> None:
    answers = {person: sign_in(person).get(url).status_code for person in EVERYBODY}

    assert answers == {person: 200 if person in PAGES[url] else 404 for person in EVERYBODY}


@pytest.mark.parametrize("url", PAGES)
def test_nobody_gets_in_signed_out(app: Flask, url: str) -> None:
    answer = app.test_client().get(url)

    assert (answer.status_code, answer.location) == (303, "/sign-in")


@pytest.mark.parametrize("url", [url for url in PAGES if url != "/staff/updates/recipients"])
def test_no_title_holds_a_name(app: Flask, sign_in: SignIn, url: str) -> None:
    title = sign_in(PAGES[url][0]).get(url).text.split("<title>")[1].split("</title>")[0]

    assert not [name for name in ("Sam", "Rivera", "Dana") if name in title]


def test_a_page_about_somebody_is_a_look_on_their_record(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    priya.get(f"/staff/people/{patient_ref(app, 'Sam')}")
    priya.get(f"/staff/people/{patient_ref(app, 'Sam')}")

    assert looks_of(app, PRIYA) == [("person", "Sam")]


def test_names_in_a_list_are_looks_too(app: Flask, sign_in: SignIn) -> None:
    sign_in(PRIYA).get("/staff/people?show=sharing")

    assert set(looks_of(app, PRIYA)) == {("people", name) for name in ("Maya", "Uma", "Robin", "Sam")}


@pytest.mark.parametrize("person", [DANA, SAM], ids=lambda one: one.given_name)
def test_a_look_that_was_refused_is_no_look(app: Flask, sign_in: SignIn, person: Person) -> None:
    before = looks_of(app, person)
    sign_in(person).get(f"/staff/people/{patient_ref(app, 'Sam')}")

    assert looks_of(app, person) == before
