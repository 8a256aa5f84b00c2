"""Relatives book and cancel family sessions."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.cast import ALEX, DANA, ROSA, SAM
from portal.db import session
from portal.models import Appointment, AppointmentStatus, FamilySessionTerms, OutgoingEmail, RelatedPerson
from portal.services import consents
from tests.browser_form import filled, send, soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic

TIME = "/sessions/book/time?how=online"


def free_times(client: FlaskClient, url: str = TIME) -> list[str]:
    return [str(radio["value"]) for radio in soup(client.get(url)).select("input[name=time]")]


def check_page(client: FlaskClient, time: str) -> str:
    answer = submit(client, TIME, time=time)
    assert answer.status_code == 303
    return answer.location


def booked(app: Flask) -> list[Appointment]:
    with at_the_clinic(app):
        asked = select(Appointment).where(Appointment.status != AppointmentStatus.PROPOSED)
        rows = list(session().scalars(asked.order_by(Appointment.id)))
        session().expunge_all()
        return rows


def first_session(client: FlaskClient) -> str:
    """The page of the first session that is coming up."""
    links = soup(client.get("/sessions")).select("main .card a.btn")
    return next(str(link["href"]) for link in links if link.text.strip() == "Details")


def words_of(page: TestResponse) -> str:
    return " ".join(soup(page).select_one("main").text.split())


def test_alex_books_in_seven_clicks_from_home(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)

    def follow(page: TestResponse, words: str) -> TestResponse:
        link = next(link for link in soup(page).select("a") if " ".join(link.text.split()) == words)
        return alex.get(str(link["href"]), follow_redirects=True)

    sessions = follow(alex.get("/home"), "Family sessions")  # 1
    who = follow(sessions, "Book a session")  # 2
    to_time = send(alex, who, how="in person")  # 3, 4
    time = alex.get(to_time.location)
    first_free = soup(time).select_one("input[name=time]")["value"]
    to_check = send(alex, time, time=str(first_free))  # 5, 6
    answer = submit(alex, to_check.location)  # 7

    assert answer.status_code == 303
    done = alex.get(answer.location)
    assert "Your session is booked" in words_of(done)
    assert booked(app)[-1].mode == "in person"


def test_reloading_the_done_page_books_nothing_more(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    done = submit(alex, check_page(alex, free_times(alex)[0])).location
    before = len(booked(app))

    assert [alex.get(done).status_code for _ in range(3)] == [200, 200, 200]
    assert len(booked(app)) == before


def test_somebody_with_one_therapist_and_one_way_to_meet_is_asked_nothing(app: Flask, sign_in: SignIn) -> None:
    rosa = sign_in(ROSA)

    answer = rosa.get("/sessions/book", follow_redirects=True)

    assert answer.request.path == "/sessions/book/time"
    assert "1 de 2" in words_of(answer) or "1 of 2" in words_of(answer)


def test_choosing_no_time_says_so_beside_the_times(sign_in: SignIn) -> None:
    answer = submit(sign_in(ALEX), TIME)

    assert answer.status_code == 200
    page = soup(answer)
    assert page.title.text.strip().startswith("Error: Choose a time")
    assert page.select_one(".error-summary a")["href"] == "#time"
    assert "Choose a day and time" in page.select_one("#time .field-error").text


@pytest.mark.both_databases
def test_of_two_relatives_who_want_the_same_time_the_second_keeps_every_other_answer(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    time = free_times(dana)[2]
    open_page = alex.get(check_page(alex, time))
    clock.forward(minutes=11)

    assert submit(dana, check_page(dana, time)).status_code == 303
    answer = send(alex, open_page, note="I will be in the car")

    assert answer.status_code == 200
    page = soup(answer)
    assert "That time was just taken. Choose another. Your other answers are saved." in words_of(answer)
    assert "Online" in words_of(answer)
    assert time not in [radio["value"] for radio in page.select("input[name=time]")]
    other = page.select_one("input[name=time]")["value"]
    check_again = send(alex, answer, time=str(other))
    assert soup(check_again).select_one("textarea[name=note]").text.strip() == "I will be in the car"
    assert send(alex, check_again).status_code == 303
    assert [one.note for one in booked(app)[-2:]] == ["", "I will be in the car"]


@pytest.mark.both_databases
def test_a_form_sent_five_times_at_once_makes_one_booking_and_five_same_answers(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    url = check_page(alex, free_times(alex)[0])
    address, values = filled(alex.get(url))
    before = len(booked(app))
    browsers = [sign_in_again(alex) for _ in range(5)]

    with ThreadPoolExecutor(5) as at_once:
        answers = list(at_once.map(lambda browser: browser.post(address, data=values), browsers))

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, answers[0].location)}
    assert len(booked(app)) == before + 1
    with at_the_clinic(app):
        emails = session().scalar(
            select(func.count()).select_from(OutgoingEmail).where(OutgoingEmail.message == "booking_confirmed")
        )
    assert emails == 1


def test_a_form_that_was_sent_says_so_when_it_comes_again_with_other_answers(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    first, second, *_ = free_times(alex)
    address, values = filled(alex.get(check_page(alex, first)), note="By car")
    other_time, _ = filled(alex.get(check_page(alex, second)))
    done = alex.post(address, data=values)
    before = len(booked(app))

    for again in (alex.post(address, data=values | {"note": "By bus"}), alex.post(other_time, data=values)):
        assert again.status_code == 422
        assert "The answers you sent first still count. What you sent now changed nothing." in words_of(again)
    assert alex.post(address, data=values).location == done.location
    assert len(booked(app)) == before
    assert booked(app)[-1].note == "By car"


def sign_in_again(client: FlaskClient) -> FlaskClient:
    """Another window of the same browser."""
    other = client.application.test_client()
    with client.session_transaction() as mine:
        kept = dict(mine)
    with other.session_transaction() as theirs:
        theirs.update(kept)
    return other


def test_a_check_page_from_somebody_elses_screen_books_nothing(app: Flask, sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    time = free_times(dana)[0]
    url = check_page(dana, time)
    token = filled(dana.get(url))[1]["token"]
    submit(dana, url, token=str(token))
    before = len(booked(app))

    answer = submit(alex, check_page(alex, free_times(alex)[0]), token=str(token))

    assert answer.status_code == 404
    assert len(booked(app)) == before


def test_the_limit_is_told_before_any_work(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    submit(dana, check_page(dana, free_times(dana)[4]))

    answer = dana.get("/sessions/book/who")

    assert "You have 2 sessions booked. When one is done you can book again." in words_of(answer)
    assert not soup(answer).select("main form")
    assert dana.get(TIME).location == "/sessions/book/who"


def test_when_nothing_is_free_there_is_a_phone_number_and_no_empty_calendar(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.per_day = 0

    answer = sign_in(ALEX).get(TIME)

    assert "555-0100" in words_of(answer)
    assert not soup(answer).select("main table, main form")


@pytest.mark.parametrize("time", ["", "soon", "2026-12-08T22:31Z", "2026-12-08", "2031-01-01T22:30Z"])
def test_a_time_that_is_not_offered_leads_back_to_those_that_are(sign_in: SignIn, time: str) -> None:
    answer = sign_in(ALEX).get("/sessions/book/check", query_string={"how": "online", "time": time})

    assert answer.status_code == 200
    assert "Choose a day and time" in words_of(answer)


def test_a_session_that_somebody_else_booked_has_no_page(app: Flask, sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    mine = first_session(dana)

    assert dana.get(mine).status_code == 200
    assert alex.get(mine).status_code == 404
    assert "5:30 PM" not in words_of(alex.get("/sessions"))


@pytest.mark.both_databases
def test_cancelling_frees_the_time_and_says_so_once(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    dana = sign_in(DANA)
    details = first_session(dana)

    answer = submit(dana, f"{details}/cancel", because="A cold")

    assert answer.status_code == 303
    assert "Your session is cancelled." in words_of(dana.get(answer.location))
    assert booked(app)[0].status == AppointmentStatus.CANCELLED
    assert booked(app)[0].cancelled_because == "A cold"
    assert dana.get(f"{details}/cancel").status_code == 303
    assert dana.get(f"{details}/booked").status_code == 302
    assert "2026-11-24T23:30Z" in free_times(sign_in(ALEX))


def test_too_late_to_cancel_here_there_is_a_phone_number(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    dana = sign_in(DANA)
    details = first_session(dana)
    open_page = dana.get(f"{details}/cancel")
    clock.forward(hours=10)

    answer = send(dana, open_page)

    assert answer.status_code == 200
    assert "It is too late to cancel here. Call 555-0100 and we will sort it out." in words_of(answer)
    assert booked(app)[0].status == AppointmentStatus.CONFIRMED
    assert not soup(dana.get(f"{details}/cancel")).select("main form")


def test_a_session_exactly_a_day_ahead_can_still_be_cancelled(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    dana = sign_in(DANA)
    details = first_session(dana)
    clock.set(dt.datetime.fromisoformat("2026-11-23T17:30:00-06:00"))

    assert submit(sign_in(DANA), f"{details}/cancel").status_code == 303


@pytest.mark.both_databases
def test_sams_stop_is_felt_at_the_next_click_also_in_the_middle_of_booking(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    url = check_page(dana, free_times(dana)[0])
    open_page = dana.get(url)
    before = len(booked(app))
    with at_the_clinic(app):
        person = session().scalars(
            select(RelatedPerson.id).where(RelatedPerson.email == DANA.email, RelatedPerson.known_as == "Sam")
        )
        consents.stop(patient_id_of_sam(), person.one())

    answer = send(dana, open_page)

    assert answer.status_code == 404
    assert len(booked(app)) == before
    assert dana.get("/sessions").status_code == 404
    assert "Sam" not in dana.get("/home").get_data(as_text=True)


def patient_id_of_sam() -> int:
    from portal.models import Account, Patient

    return session().scalars(select(Patient.id).join(Account).where(Account.email == SAM.email)).one()


def test_who_lives_elsewhere_chooses_and_finds_their_session_with_their_own_time_second(
    app: Flask, sign_in: SignIn
) -> None:
    dana = sign_in(DANA)
    submit(dana, "/settings/time-zone", time_zone="America/New_York")

    times = soup(dana.get(TIME)).select("label.time")
    assert times[0].select_one(".own-time").text.startswith("Eastern Time: ")  # type: ignore[union-attr]
    assert sum(bool(one.select_one(".own-time")) for one in times) == len(times)
    check = check_page(dana, free_times(dana)[0])
    pages = (check, first_session(dana), "/sessions", first_session(dana) + "/change")
    for page in pages:
        assert "Eastern Time: " in words_of(dana.get(page)), page
    assert submit(dana, check).status_code == 303

    submit(dana, "/settings/time-zone", time_zone="")
    for page in pages[1:]:
        assert "Eastern Time" not in words_of(dana.get(page)), page
