"""Relatives and learners sign up for classes and leave them; the care team plans them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.cast import DANA, JO, PRIYA, SAM, Person
from portal.db import session
from portal.models import FamilyClass, FamilyClassPlace
from tests.browser_form import filled, send, soup, submit
from tests.conftest import SignIn, at_the_clinic
from tests.family.test_sessions import words_of
from tests.services.test_consents import rows

NEXT = "Next: Saturday, November 28, 10:00 AM. Session 1 of 6."


def address(client) -> str:  # type: ignore[no-untyped-def]
    return str(soup(client.get("/classes")).select_one("main h2 a")["href"])  # type: ignore[index]


@pytest.mark.parametrize("person", [JO, DANA])
def test_with_or_without_anything_shared_there_is_a_class_to_come_to(sign_in: SignIn, person: Person) -> None:
    client = sign_in(person)
    assert NEXT in words_of(client.get("/classes"))

    answer = submit(client, address(client), "main form[action$='/sign-up']")

    assert "You have a place in this class." in words_of(client.get(answer.location))
    assert "You have a place" in words_of(client.get("/classes"))
    left = submit(client, address(client), "main form[action$='/leave']")
    assert "You have left this class." in words_of(client.get(left.location))


def test_a_learner_has_it_in_the_menu_and_everybody_finds_the_way(sign_in: SignIn) -> None:
    jo, dana = sign_in(JO), sign_in(DANA)

    menu = [" ".join(a.text.split()) for a in soup(jo.get("/home")).select("header nav a, nav a")]
    assert "Classes" in " ".join(menu)
    for client in (jo, dana):
        for page in ("/home", "/guides"):
            assert any(a["href"] == "/classes" for a in soup(client.get(page)).select("main a"))


def test_a_form_sent_three_times_is_one_place_and_three_same_answers(app: Flask, sign_in: SignIn) -> None:
    jo = sign_in(JO)
    to, values = filled(jo.get(address(jo)), "main form[action$='/sign-up']")

    answers = [jo.post(to, data=values) for _ in range(3)]

    assert len({(one.status_code, one.location) for one in answers}) == 1
    assert len(rows(app, select(FamilyClassPlace))) == 1


def test_a_full_class_says_so_also_to_who_was_too_late(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().execute(update(FamilyClass).values(capacity=1))
    jo, dana = sign_in(JO), sign_in(DANA)
    open_page = jo.get(address(jo))
    submit(dana, address(dana), "main form[action$='/sign-up']")

    answer = send(jo, open_page, "main form[action$='/sign-up']")

    assert answer.status_code == 200
    assert "This class is full." in words_of(answer)
    assert "Full" in words_of(jo.get("/classes"))
    assert soup(jo.get(address(jo))).select("main form[action$='/sign-up']") == []
    submit(dana, address(dana), "main form[action$='/leave']")
    assert send(jo, open_page, "main form[action$='/sign-up']").status_code == 303


def test_nobody_reads_who_else_comes_or_how_many(sign_in: SignIn) -> None:
    jo, dana = sign_in(JO), sign_in(DANA)
    before = words_of(jo.get("/classes")), words_of(jo.get(address(jo)))

    submit(dana, address(dana), "main form[action$='/sign-up']")

    assert (words_of(jo.get("/classes")), words_of(jo.get(address(jo)))) == before


def test_who_is_only_in_treatment_has_no_such_page(sign_in: SignIn) -> None:
    assert sign_in(SAM).get("/classes").status_code == 404


# The care team


def test_priya_plans_a_class_that_families_see(sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    facts = {
        "title": "First steps", "text": "For beginners", "starts_on": "2026-12-05", "wall_time": "18:00",
        "minutes": "60", "sessions": "3", "skips": "12/12/2026", "capacity": "8", "mode": "in person",
        "place": "Room 4",
    }  # fmt: skip

    answer = submit(priya, "/staff/classes/new", **facts)

    page = priya.get(answer.location)
    assert "3. Saturday, December 26, 6:00 PM to 7:00 PM" in words_of(page)
    assert soup(page).select_one("textarea[name=skips]").text.strip() == "12/12/2026"  # type: ignore[union-attr]
    assert "First steps" in words_of(sign_in(JO).get("/classes"))


def test_what_cannot_be_read_is_said_beside_its_field(sign_in: SignIn) -> None:
    answer = submit(sign_in(PRIYA), "/staff/classes/new", title="First steps", starts_on="2026-12-05",
                    wall_time="18:00", skips="after the holidays")  # fmt: skip

    assert answer.status_code == 200
    assert "Enter each day on a line of its own, like 12/26/2026" in words_of(answer)


def test_priya_reads_who_signed_up_and_cancels_one_session(sign_in: SignIn) -> None:
    jo, priya = sign_in(JO), sign_in(PRIYA)
    submit(jo, address(jo), "main form[action$='/sign-up']")
    link = str(soup(priya.get("/staff/classes")).select_one("tbody a")["href"])  # type: ignore[index]
    page = priya.get(link)
    assert "Jo Rivera" in words_of(page)
    assert "Sam" not in words_of(page)

    answer = send(priya, page, "form[action$='2026-11-28/cancel']")

    assert "Cancelled. Families see it." in words_of(priya.get(answer.location))
    assert "Next: Saturday, December 5, 10:00 AM. Session 2 of 6." in words_of(jo.get("/classes"))
    assert "Cancelled" in words_of(jo.get(address(jo)))
