"""Relatives ask to be told when a time opens, take it, change their mind, and leave the list in one click."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import ALEX, DANA, JO, Person
from portal.db import session
from portal.models import FreeHours, OutgoingEmail, WaitingListEntry
from portal.services import waiting_list
from tests.browser_form import filled, send, soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic
from tests.family.test_sessions import TIME, booked, words_of
from tests.services.test_consents import rows
from tests.services.test_sessions import of_ben

LIST = "/sessions/waitlist"
EVERY_DAY = [str(day) for day in range(7)]


def no_hours(app: Flask) -> None:
    with at_the_clinic(app):
        for hours in session().scalars(select(FreeHours)):
            session().delete(hours)


def evenings(app: Flask) -> int:
    """Ben adds an hour on Tuesday evenings."""
    ben = of_ben(app)
    with at_the_clinic(app):
        session().add(FreeHours(staff_id=ben, weekday=1, from_minute=17 * 60 + 30, to_minute=18 * 60 + 20))
        session().flush()
        return waiting_list.offer(ben)


def waits(client: FlaskClient, **other: object) -> None:
    assert submit(client, LIST, **({"days": EVERY_DAY, "parts": ["evening"]} | other)).status_code == 303


@pytest.mark.both_databases
def test_dana_never_sees_an_empty_calendar_and_books_what_opens(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    no_hours(app)
    dana = sign_in(DANA)
    time = dana.get(TIME)
    assert "No times are free right now. We can tell you when one opens." in words_of(time)
    page = dana.get(next(str(a["href"]) for a in soup(time).select("main a") if "Tell me" in a.text))  # 1

    # Seven more clicks at most: five days, evenings, the button.
    answer = send(dana, page, days=["0", "1", "2", "3", "4"], parts=["evening"])

    assert answer.status_code == 303
    listed = words_of(dana.get(answer.location))
    assert "You are on the list." in listed
    assert "Evenings with Ben Osei, since Nov 23" in listed

    assert evenings(app) == 1
    sessions = dana.get("/sessions")
    assert "A time has opened Tuesday, December 1, 5:30 PM" in words_of(sessions)
    assert "We keep it for you until Tuesday, November 24, 8:30 AM." in words_of(sessions)
    offer = next(str(a["href"]) for a in soup(sessions).select("main a") if "Look at this time" in a.text)
    check = dana.get(offer)
    assert "We keep this time for you until Tuesday, November 24, 8:30 AM." in words_of(check)
    assert send(dana, check).status_code == 303
    assert len(booked(app)) == 3
    assert "Waiting list" not in words_of(dana.get("/sessions"))


@pytest.mark.both_databases
def test_a_form_sent_twice_is_one_place_on_the_list(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    address, values = filled(dana.get(LIST), days=EVERY_DAY, parts=["evening"])

    answers = [dana.post(address, data=values) for _ in range(3)]

    assert [(one.status_code, one.location) for one in answers] == [(303, "/sessions")] * 3
    assert len(rows(app, select(WaitingListEntry))) == 1


def test_leaving_the_list_is_one_click(app: Flask, sign_in: SignIn) -> None:
    no_hours(app)
    dana = sign_in(DANA)
    waits(dana)

    answer = submit(dana, "/sessions", "main form[action$='/leave']")

    left = words_of(dana.get(answer.location))
    assert "You are not on the list any more." in left
    assert "since Nov 23" not in left
    assert evenings(app) == 0


def test_the_link_in_the_email_leads_to_where_one_leaves(app: Flask, sign_in: SignIn) -> None:
    no_hours(app)
    dana = sign_in(DANA)
    waits(dana)

    page = dana.get(LIST)

    assert soup(page).title.text.strip().startswith("Tell me when times open")
    assert "Evenings with Ben Osei, since Nov 23" in words_of(page)
    assert send(dana, page, "main form[action$='/leave']").status_code == 303


def test_what_one_waits_for_can_be_changed(app: Flask, sign_in: SignIn) -> None:
    no_hours(app)
    dana = sign_in(DANA)
    waits(dana)
    change = next(str(a["href"]) for a in soup(dana.get("/sessions")).select("main a") if LIST in str(a["href"]))

    answer = submit(dana, change, parts=["morning", "afternoon"], days=["1", "3"])

    assert "Mornings and afternoons with Ben Osei, since Nov 23" in words_of(dana.get(answer.location))
    assert "Tue, Thu, until Dec 21" in words_of(dana.get("/sessions"))


def test_an_unticked_form_says_what_is_missing_and_keeps_the_rest(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)

    answer = submit(dana, LIST, parts=["evening"], until="2026-12-24")

    assert answer.status_code == 200
    page = soup(answer)
    assert "Choose at least one day" in page.select_one(".error-summary").text
    assert page.select_one("input[value=evening]").has_attr("checked")
    assert page.select_one("input[name=until]")["value"] == "2026-12-24"


@pytest.mark.parametrize("day", ["", "soon", "2026-11-22", "2027-02-13", "0000-00-00"])
def test_a_day_that_is_none_or_lies_beyond_the_sharing_is_refused(sign_in: SignIn, day: str) -> None:
    answer = submit(sign_in(DANA), LIST, days=["1"], parts=["evening"], until=day)

    assert "Enter a date from today to Friday, February 12, 2027" in words_of(answer)


def test_under_the_calendar_there_is_a_way_to_the_list(sign_in: SignIn) -> None:
    page = soup(sign_in(DANA).get(TIME))

    link = next(a for a in page.select("main a") if a.text == "Tell me when more times open")
    assert str(link["href"]).startswith(LIST)


def test_nobody_reads_that_there_is_a_line(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    no_hours(app)
    alex, dana = sign_in(ALEX), sign_in(DANA)
    alone = words_of(alex.get("/sessions")), words_of(alex.get(LIST))
    waits(dana)
    assert (words_of(alex.get("/sessions")), words_of(alex.get(LIST))) == alone
    waits(alex)
    assert "You are on the list." in words_of(alex.get("/sessions"))

    behind = words_of(alex.get("/sessions"))
    submit(dana, "/sessions", "main form[action$='/leave']")

    assert words_of(alex.get("/sessions")) == behind


@pytest.mark.parametrize("person", [JO])
def test_who_sees_no_family_sessions_has_no_list(sign_in: SignIn, person: Person) -> None:
    assert sign_in(person).get(LIST).status_code == 404


def test_the_place_of_somebody_else_is_not_there(app: Flask, sign_in: SignIn) -> None:
    no_hours(app)
    dana, alex = sign_in(DANA), sign_in(ALEX)
    waits(dana)
    waits(alex)
    address, _ = filled(dana.get("/sessions"), "main form[action$='/leave']")
    _, alexs = filled(alex.get("/sessions"), "main form[action$='/leave']")

    assert alex.post(address, data=alexs).status_code == 404
    assert [one.ended_at for one in rows(app, select(WaitingListEntry))] == [None, None]


def test_the_email_goes_out_once_for_each_offer(app: Flask, sign_in: SignIn) -> None:
    no_hours(app)
    waits(sign_in(DANA))
    evenings(app)
    evenings(app)

    assert len(rows(app, select(OutgoingEmail).where(OutgoingEmail.message == "time_opened"))) == 1
