"""People in treatment: found by name, seen with the patient’s own picture."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from portal.cast import DANA, PRIYA
from portal.db import session
from portal.emails.wanted import EVERY
from portal.models import Account, Patient, StopHow, TimetableMember
from portal.services import email_stops
from tests.browser_form import send, submit
from tests.conftest import SignIn, at_the_clinic
from tests.staff.looking import looks_of, patient_ref, questions_to_the_database


def names(page: BeautifulSoup) -> list[str]:
    return [link.get_text(strip=True) for link in page.select("main tbody th a")]


def soup(answer: object) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("rivera", ["Robin Rivera", "Sam Rivera"]),
        ("SAM RIV", ["Sam Rivera"]),
        ("rivera sam", ["Sam Rivera"]),
        ("siobhan", ["Siobhán O’Brien-McAllister"]),
        ("نور", ["نور الهاشمي"]),
        ("<b>", ["<b>Kim</b> Park"]),
        ("%%", []),
        ("sa\x00m", []),
    ],
)
def test_people_are_found_by_name(app: Flask, sign_in: SignIn, typed: str, found: list[str]) -> None:
    answer = submit(sign_in(PRIYA), "/staff/people", "form[role=search]", name=typed)

    assert answer.status_code == 200
    assert names(soup(answer)) == found


def test_whoever_was_found_is_on_record_and_their_name_in_no_address(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = priya.get("/staff/people?show=paused")
    answer = send(priya, page, "form[role=search]", name="rivera")

    assert answer.request.query_string == b""
    assert ("people", "Sam") in looks_of(app, PRIYA)


def test_one_letter_is_too_few(app: Flask, sign_in: SignIn) -> None:
    answer = submit(sign_in(PRIYA), "/staff/people", "form[role=search]", name="r")

    assert "Type 2 or more letters of the name" in answer.text
    assert names(soup(answer)) == []


def test_the_list_comes_in_pages_of_25(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    first, second = (names(soup(priya.get(f"/staff/people?page={n}"))) for n in (1, 2))

    assert len(first) == 25
    assert second
    assert not set(first) & set(second)
    assert names(soup(priya.get("/staff/people?page=99999999999999999999"))) == second
    assert names(soup(priya.get("/staff/people?page=-1"))) == first


def test_the_list_of_those_who_share_counts_live_consents(app: Flask, sign_in: SignIn) -> None:
    rows = soup(sign_in(PRIYA).get("/staff/people?show=sharing")).select("main tbody tr")

    assert {row.th.get_text(strip=True): row.select("td")[1].get_text(strip=True) for row in rows} == {
        "Maya Delgado": "1 person",
        "Uma Hale": "1 person",
        "Robin Rivera": "1 person",
        "Sam Rivera": "3 people",
    }


def test_a_longer_page_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    priya.get("/staff/people?show=paused")
    priya.get("/staff/people")
    with questions_to_the_database(app) as few:
        priya.get("/staff/people?show=paused")
    with questions_to_the_database(app) as many:
        priya.get("/staff/people")

    assert len(many) == len(few)


def test_the_page_shows_who_sees_what_and_why_the_others_do_not(app: Flask, sign_in: SignIn) -> None:
    page = soup(sign_in(PRIYA).get(f"/staff/people/{patient_ref(app, 'Sam')}"))
    rows = {row.th.select_one(".who b").get_text(): row for row in page.select(".matrix tbody tr")}

    assert states(rows["Dana Rivera"]) == ["on", "on", "on", "on", "off", "on"]
    assert states(rows["Alex Rivera"]) == ["on", "on", "off", "on", "off", "on"]
    said = {name: row.select_one(".tag").get_text(strip=True) for name, row in rows.items() if row.select_one(".tag")}
    assert said["Jo Rivera"] == "Jo asked. Sam has not shared anything. Sees nothing."
    assert said["Pat Rivera"] == "Ended Sunday, November 22. Sees nothing."
    assert said["Hal Vale"] == "On hold. Ask the privacy officer. Sees nothing."
    assert said["Nora Vale"] == "Sam turned this off for Nora. Sees nothing."
    assert len(rows) == 19


def states(row: object) -> list[str]:
    return [dot["class"][1] for dot in row.select(".dot")]  # type: ignore[attr-defined]


def test_paused_sharing_shows_as_paused(app: Flask, sign_in: SignIn) -> None:
    page = soup(sign_in(PRIYA).get(f"/staff/people/{patient_ref(app, 'Quinn')}"))

    assert "Only Quinn can start it again." in page.main.get_text()
    assert states(page.select_one(".matrix tbody tr")) == ["paused"] * 6


def test_the_page_says_who_turned_off_which_email_when_and_how_and_nothing_about_others(
    app: Flask, sign_in: SignIn
) -> None:
    with at_the_clinic(app):
        dana = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        robin = session().scalars(select(Patient).where(Patient.given_name == "Robin")).one()
        email_stops.stop(dana.id, "reminder", how=StopHow.ONE_CLICK)
        email_stops.stop(dana.id, EVERY, how=StopHow.SETTINGS, patient_id=robin.id)
        email_stops.stop(dana.id, "update_posted", how=StopHow.LINK)
        email_stops.undo(dana.id, "update_posted")
    page = " ".join(soup(sign_in(PRIYA).get(f"/staff/people/{patient_ref(app, 'Sam')}")).get_text(" ").split())

    assert "today Dana Rivera: Reminders with the button of a mail program" in page
    assert "Dana Rivera: New updates with the link in an email. On again since Monday, November 23" in page
    assert "Every kind" not in page, "that was about Robin"


def test_a_ref_of_nobody_is_not_found(app: Flask, sign_in: SignIn) -> None:
    assert sign_in(PRIYA).get("/staff/people/k7q2m9xd4t").status_code == 404


def test_a_large_family_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    counts = []
    for name in ("Sam", "Robin"):
        url = f"/staff/people/{patient_ref(app, name)}"
        priya.get(url)
        with questions_to_the_database(app) as asked:
            priya.get(url)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_awkward_names_do_not_break_the_page(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        refs = session().scalars(select(Patient.ref).join(TimetableMember).order_by(Patient.id)).all()
    priya = sign_in(PRIYA)

    assert {priya.get(f"/staff/people/{ref}").status_code for ref in refs[:12]} == {200}
