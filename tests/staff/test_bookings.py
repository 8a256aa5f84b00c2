"""Family sessions as the care team sees them: a yes or no, a room, cancelled with offers, moved, booked."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, LEE, PRIYA, SAM, Person
from portal.db import session
from portal.models import Account, Appointment, StaffMember
from tests.browser_form import send, soup, submit
from tests.conftest import SignIn, at_the_clinic, patient_id
from tests.services.test_consents import rows
from tests.staff.looking import looks_of, patient_ref

PAGE = "/staff/bookings"


def words(found: Any) -> str:
    return " ".join(found.get_text(" ").split())


def sessions(app: Flask) -> list[Appointment]:
    return rows(
        app,
        select(Appointment)
        .where(Appointment.patient_id == patient_id(app, SAM), Appointment.status != "proposed")
        .order_by(Appointment.starts_at),
    )


def waits_for_ben(app: Flask, ref: str) -> None:
    with at_the_clinic(app):
        found = session().scalars(select(Appointment).where(Appointment.ref == ref)).one()
        found.status, found.staff_says = "pending", "needs-action"


def lines(client: FlaskClient, url: str = PAGE) -> list[str]:
    return [words(row) for row in soup(client.get(url)).select("main tbody tr")]


def staff_ref(app: Flask, person: Person) -> str:
    return rows(app, select(StaffMember.ref).join(Account).where(Account.email == person.email))[0]  # type: ignore[no-any-return]


def test_the_sessions_of_all_therapists_are_listed_with_what_they_lack(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)

    first, second = lines(priya)
    assert first == "Tue, Nov 24, 5:30 PM Family session with S. Rivera 1 relative Ben Osei Online Confirmed"
    assert second.endswith("Ben Osei In person Needs a room Confirmed")
    assert len(lines(priya, f"{PAGE}?therapist={staff_ref(app, BEN)}")) == 2
    assert lines(priya, f"{PAGE}?therapist={staff_ref(app, LEE)}") == []
    assert ("day", "Sam") in looks_of(app, PRIYA)


def test_the_board_leads_to_what_waits_for_a_yes_and_to_what_needs_a_room(app: Flask, sign_in: SignIn) -> None:
    with_dana, with_alex = sessions(app)
    waits_for_ben(app, with_dana.ref)

    needs = {words(one): one["href"] for one in soup(sign_in(PRIYA).get("/staff")).select("main .inset a")}

    assert needs["The session of S. Rivera on Tuesday, November 24 waits for a yes"] == f"{PAGE}/{with_dana.ref}"
    assert needs["The session of S. Rivera on Thursday, December 3 needs a room"] == f"{PAGE}/{with_alex.ref}"
    links = [one["href"] for one in soup(sign_in(PRIYA).get("/staff/day/2026-11-24")).select("main tbody th a")]
    assert f"{PAGE}/{with_dana.ref}" in links


def test_a_yes_confirms_it_and_a_no_calls_it_off(app: Flask, sign_in: SignIn) -> None:
    ben = sign_in(BEN)
    for session_, says, becomes in zip(sessions(app), ("yes", "no"), ("confirmed", "cancelled"), strict=True):
        waits_for_ben(app, session_.ref)
        page = ben.get(PAGE)
        answer = send(ben, page, f"form[action*='{session_.ref}']:has([value={says}])")
        assert (answer.status_code, answer.location) == (303, f"{PAGE}/{session_.ref}")
        assert rows(app, select(Appointment.status).where(Appointment.ref == session_.ref)) == [becomes]
    assert submit(ben, f"{PAGE}/{sessions(app)[0].ref}", "form[action$=place]").status_code == 303


def test_its_page_says_who_comes_what_they_say_and_the_note(app: Flask, sign_in: SignIn) -> None:
    with_dana = sessions(app)[0]
    with at_the_clinic(app):
        session().get_one(Appointment, with_dana.id).note = "Bring the plan"

    page = soup(sign_in(BEN).get(f"{PAGE}/{with_dana.ref}"))

    assert words(page.h1) == "Family session with Sam"
    assert words(page.select_one(".recipients")) == "Dana Rivera , My mom Comes"
    assert "Note for the therapist Bring the plan" in words(page.main)
    assert sign_in(BEN).get(f"{PAGE}/zzzzzzzzzz").status_code == 404


def test_a_room_is_given_and_a_link_must_be_encrypted(app: Flask, sign_in: SignIn) -> None:
    with_dana, with_alex = sessions(app)
    priya = sign_in(PRIYA)

    assert submit(priya, f"{PAGE}/{with_alex.ref}", place="Room 4").status_code == 303
    assert "In person, Room 4 Confirmed" in lines(priya)[1]
    answer = submit(priya, f"{PAGE}/{with_dana.ref}", online_link="ftp://meet.example.org")
    assert "Enter a web address that begins with https://" in words(soup(answer).select_one(".error-summary"))


def test_from_the_board_it_is_cancelled_with_offers_in_three_clicks_and_rebooked_in_two(
    app: Flask, sign_in: SignIn
) -> None:
    with_alex = sessions(app)[1]
    ben, alex = sign_in(BEN), sign_in(ALEX)
    # 1: its line on the board of that day; 2: "Cancel this session"; 3: "Cancel it".
    one = next(
        str(link["href"]) for link in soup(ben.get("/staff/day/2026-12-03")).select("tbody th a") if PAGE in str(link)
    )
    two = next(
        str(link["href"]) for link in soup(ben.get(one)).select("main a") if words(link) == "Cancel this session"
    )
    page = ben.get(two)
    assert len(soup(page).select("input[name=times][checked]")) == 3
    assert send(ben, page, because="Ben has a fever").status_code == 303
    assert "Reason, for the care team Ben has a fever" in words(soup(ben.get(one)).main)

    # 1: one of the times; 2: "Book this session".
    page = alex.get("/sessions")
    assert "fever" not in page.text
    offered = [str(link["href"]) for link in soup(page).select("main a") if "/sessions/book/check" in str(link["href"])]
    assert len(offered) == 3
    assert submit(alex, offered[0]).status_code == 303

    again = rows(app, select(Appointment).where(Appointment.instead_of_id == with_alex.id))
    assert [(row.status, row.held_for_id) for row in again] == [("confirmed", None)]


def test_four_times_are_too_many_to_offer(app: Flask, sign_in: SignIn) -> None:
    priya, ref = sign_in(PRIYA), sessions(app)[1].ref
    page = priya.get(f"{PAGE}/{ref}/cancel")
    others = [str(box["value"]) for box in soup(page).select("input[name=more]")]

    answer = send(priya, page, more=others[-1])
    assert "Choose at most 3 times" in words(soup(answer).select_one(".error-summary"))
    assert [one.status for one in sessions(app)] == ["confirmed", "confirmed"]

    answer = send(priya, page, times="2026-12-03T02:00Z")
    assert "One of these times was just taken" in words(soup(answer).select_one(".error-summary"))


def test_it_is_moved_to_a_free_time_or_with_a_reason_to_another(app: Flask, sign_in: SignIn) -> None:
    priya, ref = sign_in(PRIYA), sessions(app)[0].ref
    move = f"{PAGE}/{ref}/move"
    for fields, said in (
        ({}, "Choose a time"),
        ({"day": "2026-12-06"}, "Choose a time"),
        ({"day": "2026-12-06", "wall_time": "07:00"}, "Write down why it is taken nevertheless"),
        ({"time": "2026-12-08T22:30Z", "day": "2026-12-06"}, "not both"),
        ({"time": "2026-12-08T22:31Z"}, "That time was just taken"),
    ):
        answer = submit(priya, move, **fields)
        assert said in words(soup(answer).select_one(".error-summary"))

    assert submit(priya, move, time="2026-12-08T22:30Z").status_code == 303
    assert "It was Tuesday, November 24 5:30 PM" in words(soup(priya.get(f"{PAGE}/{ref}")).main)
    answer = submit(priya, move, day="2026-12-06", wall_time="07:00", because="Dana works nights")
    assert answer.status_code == 303
    assert "Why outside the free times Dana works nights" in words(soup(priya.get(f"{PAGE}/{ref}")).main)
    assert "works nights" not in sign_in(DANA).get("/sessions").text


def test_a_session_is_booked_for_a_family_once_however_often_it_is_sent(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    new = f"{PAGE}/new?person={patient_ref(app, 'Sam')}"
    assert new.replace("&", "&amp;") in priya.get(f"/staff/people/{patient_ref(app, 'Sam')}").text
    page = priya.get(new)
    names = [words(label) for label in soup(page).select("fieldset:has(input[name=people]) label")]
    assert names == ["Dana Rivera, My mom", "Alex Rivera, My husband"]
    dana = str(soup(page).select("input[name=people]")[0]["value"])

    assert "Choose who comes" in words(soup(send(priya, page, time="2026-12-08T22:30Z")).select_one(".error-summary"))
    for _ in range(2):
        answer = send(priya, page, people=dana, time="2026-12-08T22:30Z", mode="in person")
        assert answer.status_code == 303
    assert [one.mode for one in sessions(app)] == ["online", "in person", "in person"]
    assert "December 8" in sign_in(DANA).get("/sessions").text


def test_who_shares_family_sessions_with_nobody_cannot_be_booked_for(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)

    answer = priya.get(f"{PAGE}/new?person={patient_ref(app, 'Robin')}")

    assert "Family sessions are shared with nobody now" in answer.text
    assert priya.get(f"{PAGE}/new?person=zzzzzzzzzz").status_code == 404
    assert "Sam Rivera" in priya.get(f"{PAGE}/new").text
