"""What a relative finds when they come in."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, OTHER_SCOPE, ROBIN, SAM, SEES_NOTHING, Stranger
from portal.db import session
from portal.models import Account, Act, Appointment, RecordEntry, RelatedPerson, ScheduleEntry, Status
from portal.services import consents
from tests.browser_form import soup
from tests.conftest import Clock, SignIn, at_the_clinic, patient_id

TOKEN = re.compile(r'(name="csrf_token" value=")[^"]*')


def body(page: str) -> str:
    return TOKEN.sub(r"\1", page)


def words_of(page: object) -> str:
    return " ".join(soup(page).select_one("main").text.split())  # type: ignore[arg-type]


def days_of(page: object) -> list[str]:
    return [" ".join(day.text.split()) for day in soup(page).select("ol.week > li")]  # type: ignore[arg-type]


def test_dana_sees_when_the_next_session_is_without_another_click(sign_in: SignIn) -> None:
    page = sign_in(DANA).get("/home")

    assert "Good morning, Dana" in words_of(page)
    assert "Sam’s group meets tonight at 6:00 PM. You have a family session tomorrow at 5:30 PM." in words_of(page)
    assert days_of(page)[0] == "Mon 23 Today S Sam 6:00 PM Group, 3 hours R Robin 6:30 PM Group, 3 hours"


def test_the_week_begins_today_and_shows_holidays(sign_in: SignIn) -> None:
    week = days_of(sign_in(ALEX).get("/home"))

    assert [day[:6] for day in week] == ["Mon 23", "Tue 24", "Wed 25", "Thu 26", "Fri 27", "Sat 28", "Sun 29"]
    assert week[2] == "Wed 25 6:30 PM Group, 3 hours Changed"
    assert week[3] == "Thu 26 Closed Holiday"
    assert week[6] == "Sun 29 Nothing planned"


def test_a_session_that_is_over_is_no_longer_the_next_one(sign_in: SignIn, clock: Clock) -> None:
    clock.forward(hours=13)

    assert "Good evening, Alex Sam’s group meets on Wednesday, November 25, at 6:30 PM." in words_of(
        sign_in(ALEX).get("/home")
    )


def test_with_one_person_no_names_stand_on_the_sessions(sign_in: SignIn) -> None:
    page = sign_in(ALEX).get("/home")

    assert not soup(page).select(".chips, .week .person")
    assert "Week 5 of 12" in words_of(page)


def test_a_filter_shows_one_person_only(sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    robin = next(chip for chip in soup(dana.get("/home")).select(".chips a") if "Robin" in chip.text)

    page = dana.get(str(robin["href"]))

    assert "Sam" not in " ".join(days_of(page))
    assert "Robin’s group meets tonight at 6:30 PM." in words_of(page)
    assert dana.get("/home?for=bcdfghjkmn").status_code == 404


def test_without_session_times_there_is_no_schedule_no_holiday_and_no_week(sign_in: SignIn) -> None:
    theo = sign_in(OTHER_SCOPE.person)
    page = theo.get("/home")

    assert [item.text for item in soup(page).select(".site-nav a")] == ["Home", "Guides", "Updates"]
    assert not soup(page).select(".week")
    assert "Holiday" not in words_of(page)
    assert [theo.get(url).status_code for url in ("/schedule", "/schedule/2026-12", "/sessions", "/sessions/book")] == [
        404,
        404,
        404,
        404,
    ]


def test_cancelled_sessions_stay_on_the_page_and_are_not_the_next_thing(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        for entry in session().scalars(select(ScheduleEntry)):
            entry.status = Status.CANCELLED

    page = sign_in(ALEX).get("/home")

    assert "group meets" not in words_of(page)
    assert days_of(page)[0] == "Mon 23 Today 6:00 PM Group, 3 hours Cancelled"


@pytest.mark.parametrize("stranger", SEES_NOTHING, ids=lambda one: one.way)
def test_every_reason_to_see_nothing_has_the_same_page(app: Flask, sign_in: SignIn, stranger: Stranger) -> None:
    somebody = sign_in(stranger.person)
    never_linked = sign_in(SEES_NOTHING[0].person)

    for url in ("/home", "/schedule", "/sessions", "/updates", "/shared", "/shared/bcdfghjkmn", "/nowhere"):
        theirs, other = somebody.get(url), never_linked.get(url)
        assert body(theirs.get_data(as_text=True)) == body(other.get_data(as_text=True))
        assert theirs.status_code == other.status_code == (200 if url == "/home" else 404)
        assert set(theirs.headers.keys()) == set(other.headers.keys())


@pytest.mark.both_databases
def test_when_both_stop_dana_sees_the_neutral_page(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    assert "Sam" in words_of(dana.get("/home"))
    for patient in (SAM, ROBIN):
        number = patient_id(app, patient)
        with at_the_clinic(app):
            person = session().scalars(
                select(RelatedPerson.id).where(RelatedPerson.patient_id == number, RelatedPerson.email == DANA.email)
            )
            consents.stop(number, person.one())

    page = dana.get("/home")

    assert page.status_code == 200
    assert "Nothing is shared with you right now" in words_of(page)
    assert "Sam" not in page.get_data(as_text=True) and "Robin" not in page.get_data(as_text=True)
    assert body(page.get_data(as_text=True)) == body(
        sign_in(SEES_NOTHING[0].person).get("/home").get_data(as_text=True)
    )


def looks(app: Flask, who: str) -> list[RecordEntry]:
    with at_the_clinic(app):
        rows = (
            session()
            .scalars(
                select(RecordEntry)
                .join(Account, Account.id == RecordEntry.account_id)
                .where(Account.email == who, RecordEntry.act == Act.LOOKED)
                .order_by(RecordEntry.id)
            )
            .all()
        )
        session().expunge_all()
        return list(rows)


@pytest.mark.both_databases
def test_a_look_is_on_record_once_in_half_an_hour_with_the_consent_it_rests_on(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    before = len(looks(app, ALEX.email))
    alex = sign_in(ALEX)
    alex.get("/schedule")
    clock.forward(minutes=29)
    alex.get("/schedule")

    new = looks(app, ALEX.email)[before:]
    assert [look.what for look in new] == ["times", "family"] or [look.what for look in new] == ["family", "times"]
    assert all(look.consent_id and look.related_person_id and look.notice_shown for look in new)

    clock.forward(minutes=2)
    alex.get("/schedule")
    assert len(looks(app, ALEX.email)) == before + 4


@pytest.mark.both_databases
def test_a_form_that_is_shown_again_is_a_look_too_and_nobody_waits_for_it(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    from tests.browser_form import send

    dana = sign_in(DANA)
    links = soup(dana.get("/sessions")).select("main .card a.btn")
    details = next(link["href"] for link in links if link.text.strip() == "Details")
    open_page = dana.get(f"{details}/cancel")
    clock.forward(hours=10)
    before = len(looks(app, DANA.email))

    answer = send(dana, open_page)

    assert answer.status_code == 200
    assert [look.what for look in looks(app, DANA.email)[before:]] == ["family"]


def test_looking_at_robin_only_is_no_look_at_sam(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    ref = next(chip for chip in soup(dana.get("/ask")).select(".about-links a") if "Robin" in chip.text)["href"]
    before = len(looks(app, DANA.email))

    dana.get("/schedule", query_string={"for": str(ref).rsplit("/", 1)[1]})

    assert {look.patient_id for look in looks(app, DANA.email)[before:]} == {patient_id(app, ROBIN)}


def test_a_home_page_asks_the_same_number_of_questions_however_much_is_planned(app: Flask, sign_in: SignIn) -> None:
    from sqlalchemy import event

    from portal.db import db

    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    alex = sign_in(ALEX)
    alex.get("/home")
    asked.clear()
    alex.get("/home")
    few = len(asked)
    with at_the_clinic(app):
        first = session().scalars(select(Appointment)).first()
        timetable = session().scalars(select(ScheduleEntry.timetable_id)).first()
        for hour in range(20):
            session().add(
                ScheduleEntry(
                    timetable_id=timetable,
                    starts_at=first.starts_at,
                    ends_at=first.ends_at,
                    kind="group",
                    place=f"Room {hour}",
                )
            )
    asked.clear()
    alex.get("/home")

    assert len(asked) == few
