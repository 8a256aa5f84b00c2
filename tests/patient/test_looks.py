"""Who looked, in plain words: only what happened, only about this patient."""

from __future__ import annotations

from flask import Flask

from portal.cast import DANA, OTHERS_RELATIVE, ROBIN, SAM, Cast, Person
from portal.db import db
from portal.models import Act, Patient, RecordEntry, RelatedPerson
from tests.browser_form import submit
from tests.conftest import Clock, SignIn, patient_id
from tests.patient.test_sharing import link, shown, stop_button


def lines(client, url: str = "/me/looks") -> list[str]:  # type: ignore[no-untyped-def]
    return [" ".join(line.text.split()) for line in shown(client, url).select(".looks li")]


def test_it_says_who_looked_at_what_and_when_newest_first(sign_in: SignIn) -> None:
    page = shown(sign_in(SAM), "/me/looks")

    assert next(h.text for h in page.select("h2") if "November" in h.text) == "Today, Monday, November 23"
    assert lines(sign_in(SAM))[:2] == [
        "8:15 AM Ben Osei posted an update: how it is going",
        "7:52 AM Dana looked at session times",
    ]


def test_it_can_show_one_person_only(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    one = link(shown(sam, "/me/looks"), "A Alex")

    assert lines(sam, one) == ["8:30 AM Alex looked at session times"]


def test_it_can_show_staff_only(sign_in: SignIn) -> None:
    assert lines(sign_in(SAM), "/me/looks?who=staff") == ["8:15 AM Ben Osei posted an update: how it is going"]


def test_a_made_up_person_is_not_there(sign_in: SignIn) -> None:
    assert sign_in(SAM).get("/me/looks?who=k7q2m9xd4t").status_code == 404


def test_the_same_page_within_half_an_hour_is_one_line(sign_in: SignIn, clock: Clock) -> None:
    sam, dana = sign_in(SAM), sign_in(DANA)
    for _ in range(3):
        dana.get("/schedule")
        clock.forward(minutes=5)
    first = [line for line in lines(sam) if line.endswith("Dana looked at session times")]

    clock.forward(minutes=20)
    dana.get("/schedule")
    second = [line for line in lines(sam) if line.endswith("Dana looked at session times")]

    assert [line[:7] for line in first] == ["8:30 AM", "7:52 AM", "8:30 AM"], "today once, and two of the cast"
    assert second == ["9:05 AM Dana looked at session times", *first]


def test_what_the_patient_did_is_there_too(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me/sharing", stop_button("Dana Rivera"))

    assert lines(sam)[0] == "8:30 AM You stopped sharing with Dana"


def test_looks_at_another_patient_are_not_there(sign_in: SignIn) -> None:
    sign_in(DANA).get("/schedule")

    of_robin = lines(sign_in(ROBIN))

    assert of_robin == ["8:30 AM Dana looked at session times"]
    assert "Ora" not in shown(sign_in(SAM), "/me/looks").text, OTHERS_RELATIVE.way


def test_eight_weeks_of_looks_are_also_numbers(sign_in: SignIn) -> None:
    table = shown(sign_in(SAM), "/me/looks").select_one("details table")
    assert table is not None

    counts = {row.th.text: [int(cell.text) for cell in row.select("td")] for row in table.select("tbody tr")}  # type: ignore[union-attr]

    assert counts == {"Dana": [0, 0, 0, 0, 0, 0, 1, 1], "Alex": [0, 0, 0, 0, 0, 0, 1, 0]}


def test_nobody_has_looked_yet(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    new = Person("noor@example.org", "Noor", "Haddad", "has named nobody yet")
    with app.app_context(), db.sessionmaker.begin() as own_session:
        Cast(own_session, clock.moment).patient(new)

    assert "Nobody has looked yet" in shown(sign_in(new), "/me/looks").text


def test_a_long_record_is_turned_page_by_page(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    from sqlalchemy import select

    sam = patient_id(app, SAM)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        person = own_session.scalars(
            select(RelatedPerson.id).join(Patient).where(RelatedPerson.email == DANA.email, Patient.id == sam)
        ).one()
        own_session.add_all(
            RecordEntry(
                at=clock.moment, act=Act.LOOKED, door="family", patient_id=sam, related_person_id=person, what="plan"
            )
            for _ in range(150)
        )
    browser = sign_in(SAM)

    first = lines(browser)
    rest = lines(browser, link(shown(browser, "/me/looks"), "Older"))

    assert len(first) == 100
    assert len(rest) == 54
