"""Signed out by time, and back: at the same page, with the same answers, and for nobody else."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.cast import ALEX, BEN, DANA, PASSWORD, PRIYA, SAM, Person
from portal.db import db
from portal.models import BOOKED, Appointment, FamilyUpdate, KeptAnswers
from tests.browser_form import filled, send, soup, submit
from tests.conftest import Clock, SignIn
from tests.later import leave_for

AGAIN = "You are signed in again. Check your answers and press the button again."
WE_SIGNED_YOU_OUT = "We signed you out to keep this private."


def come_back(client: FlaskClient, person: Person = DANA) -> str:
    """Sign in on the page that stands there now; where it leads."""
    answer = submit(client, "/sign-in", email=person.email, password=PASSWORD)
    assert answer.status_code == 303
    return answer.location


def rows(app: Flask, model: type) -> int:
    with app.app_context(), db.sessionmaker() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def booked(app: Flask) -> int:
    with app.app_context(), db.sessionmaker() as session:
        booked_now = select(func.count()).where(Appointment.status.in_(BOOKED))
        return session.scalar(booked_now) or 0


def check_page_of_alex(client: FlaskClient) -> str:
    """The last step of a booking, where a note can be written; its address."""
    times = submit(client, "/sessions/book/who", how="online").location
    return submit(client, times, time=soup(client.get(times)).select_one("[name=time]")["value"]).location  # type: ignore[index]


def test_a_page_that_was_left_for_half_an_hour_is_there_again_after_signing_in(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(DANA)
    client.get("/updates?from=mail")
    leave_for(client, minutes=29)
    assert client.get("/updates?from=mail").status_code == 200
    leave_for(client)

    answer = client.get("/updates?from=mail")

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert WE_SIGNED_YOU_OUT in client.get("/sign-in").text
    assert come_back(client) == "/updates?from=mail"
    assert AGAIN not in client.get("/home").text
    assert WE_SIGNED_YOU_OUT not in client.get("/guides").text


def test_somebody_who_was_not_signed_out_by_time_comes_home(app: Flask) -> None:
    client = app.test_client()
    client.get("/schedule")

    assert WE_SIGNED_YOU_OUT not in client.get("/sign-in").text
    assert come_back(client) == "/"


def test_what_the_script_fetched_is_no_page_to_come_back_to(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(PRIYA)
    leave_for(client)
    client.get("/staff/people")
    client.get("/staff/updates/recipients", headers={"Sec-Fetch-Mode": "cors"})

    assert come_back(client, PRIYA) == "/staff/people"


def test_the_sign_in_page_waits_as_long_as_it_must(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(DANA)
    leave_for(client)
    client.get("/updates")
    page = client.get("/sign-in")
    leave_for(client, minutes=90)

    assert send(client, page, email=DANA.email, password=PASSWORD).location == "/updates"


def test_a_note_sent_too_late_stands_in_the_booking_again_and_books_once(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    address = check_page_of_alex(alex)
    page, before = alex.get(address), booked(app)
    leave_for(alex)

    late = send(alex, page, note="I can only come if the room is on the ground floor")

    assert (late.status_code, late.location) == (303, "/sign-in")
    assert booked(app) == before
    assert come_back(alex, ALEX) == address
    again = alex.get(address)
    assert AGAIN in again.text
    assert soup(again).select_one("[name=note]").text.strip().startswith("I can only come")  # type: ignore[union-attr]
    assert send(alex, again).location.endswith("/booked")
    assert (booked(app), rows(app, KeptAnswers)) == (before + 1, 0)


@pytest.mark.both_databases
def test_an_update_sent_too_late_from_either_page_is_not_lost(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    form = priya.get("/staff/updates/new")
    person = soup(form).select("[name=person] option")[1]["value"]
    words = {"person": person, "kind": "going", "title": "This week", "text": "We practice asking for help."}
    check = send(priya, form, "[formaction='/staff/updates/check'], main form[action='/staff/updates/check']", **words)
    before = rows(app, FamilyUpdate)
    leave_for(priya)

    send(priya, check, "main form[action='/staff/updates']")

    assert come_back(priya, PRIYA) == "/staff/updates/new"
    again = soup(priya.get("/staff/updates/new"))
    assert again.select_one("[name=title]")["value"] == "This week"  # type: ignore[index]
    assert again.select_one("[name=text]").text.strip() == "We practice asking for help."  # type: ignore[union-attr]
    assert again.select_one("option[selected]")["value"] == person  # type: ignore[index]
    assert rows(app, FamilyUpdate) == before


def test_somebody_else_at_the_same_browser_sees_nothing_of_it(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    address = check_page_of_alex(alex)
    page = alex.get(address)
    leave_for(alex)
    send(alex, page, note="Between us")

    assert come_back(alex, BEN) == "/"
    assert AGAIN not in alex.get("/staff").text
    submit(alex, "/staff", "header form[action='/sign-out']")
    assert come_back(alex, ALEX) == "/"
    assert "Between us" not in alex.get(address).text


def test_after_an_hour_the_answers_are_gone(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    alex = sign_in(ALEX)
    address = check_page_of_alex(alex)
    page = alex.get(address)
    leave_for(alex)
    send(alex, page, note="Between us")
    come_back(alex, ALEX)
    clock.forward(minutes=61)

    assert "Between us" not in alex.get(address).text


def test_a_signature_is_given_anew(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    _, values = filled(sam.get("/guides"), "header form[action='/sign-out']")
    leave_for(sam)
    sam.post("/me/sharing/new/check", data=values | {"typed_name": SAM.name, "wants_to": "y"})

    assert come_back(sam, SAM) == "/me/sharing/new/check"
    assert rows(app, KeptAnswers) == 0


def test_a_button_pressed_too_late_does_nothing_and_says_so(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    page = sam.get("/me/sharing")
    address, values = filled(page, "form[action='/me/sharing/pause']")
    leave_for(sam)
    sam.post(address, data=values)

    assert come_back(sam, SAM) == "/"
    assert "What you pressed before that was not done." in sam.get("/me").text


def test_what_is_sent_only_to_be_kept_is_never_acted_on(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    address, values = filled(alex.get(check_page_of_alex(alex)))
    before = rows(app, Appointment)

    assert alex.post(address, data=values, headers={"Only-Keep": "1"}).status_code == 204
    assert rows(app, Appointment) == before


def test_a_form_from_elsewhere_is_not_kept(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    address = check_page_of_alex(alex)
    leave_for(alex)

    assert alex.post(address, data={"note": "Planted"}).status_code == 400
    assert rows(app, KeptAnswers) == 0


def test_signing_out_of_a_page_that_was_open_too_long_leaves_nothing(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    page = dana.get("/updates")
    leave_for(dana)

    assert send(dana, page, "header form[action='/sign-out']").location == "/signed-out"
    assert dana.get_cookie("portal") is None
    assert come_back(dana) == "/"


def test_one_press_renews_the_half_hour_as_often_as_one_likes(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    page = dana.get("/updates")
    for _ in range(10):
        leave_for(dana, minutes=29)
        assert send(dana, page, "dialog form[action='/stay']").status_code == 204

    assert dana.get("/updates").status_code == 200
    leave_for(dana)
    assert send(dana, page, "dialog form[action='/stay']").location == "/sign-in"


# Signing out


@pytest.mark.both_databases
def test_a_copied_cookie_is_worth_nothing_after_signing_out_and_other_browsers_stay_signed_in(app: Flask) -> None:
    here, elsewhere, thief = app.test_client(), app.test_client(), app.test_client()
    for client in (here, elsewhere):
        submit(client, "/sign-in", email=DANA.email, password=PASSWORD)
    cookie = here.get_cookie("portal")
    assert cookie is not None
    thief.set_cookie("portal", cookie.value)
    assert thief.get("/home").status_code == 200

    submit(here, "/home", "header form[action='/sign-out']")

    assert thief.get("/home").location == "/sign-in"
    assert elsewhere.get("/home").status_code == 200
