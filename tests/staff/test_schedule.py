"""The session editor: words and counts before the act, and just that afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.cast import BEN, DANA, PRIYA, SAM
from portal.db import session
from portal.models import OutgoingEmail, RelatedPerson, ScheduleEntry, Series
from portal.services import consents, occurrences
from tests.browser_form import filled, send, soup, submit
from tests.conftest import SignIn, at_the_clinic, patient_id
from tests.services.planning import at, mail, on, sessions
from tests.staff.looking import looks_of, questions_to_the_database

MARCH: dict[str, Any] = {
    "starts_on": "2027-03-01", "wall_time": "18:00", "ends": "21:00", "place": "Room 7",
    "by_day": ["MO", "WE"], "until": "2027-03-31", "step": "check",
}  # fmt: skip


def evening_a(client: FlaskClient) -> str:
    options = soup(client.get("/staff/sessions/new")).select("select[name=whose] option")
    return next(str(one["value"]) for one in options if one.text.startswith("Evening A"))


def checked(client: FlaskClient, **other: Any) -> TestResponse:
    """The page that says what a new series comes to."""
    return submit(client, "/staff/sessions/new", **({"whose": evening_a(client)} | MARCH | other))


def words(answer: TestResponse) -> str:
    main = soup(answer).main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def press(client: FlaskClient, page: TestResponse, **other: Any) -> TestResponse:
    """The main button of a page that shows what an act comes to."""
    return send(client, page, "button[name=step][value=do]", **other)


def entry_on(app: Flask, day: str, name: str = "Room 1") -> str:
    """The label of the cast's session of that day in that room."""
    with app.app_context():
        g.reading = True
        rows = session().scalars(select(ScheduleEntry).where(ScheduleEntry.place == name))
        (found,) = [one.ref for one in rows if f"{one.starts_at - dt.timedelta(hours=6):%Y-%m-%d}" == day]
        return found


def stored(app: Flask) -> list[str]:
    with app.app_context():
        g.reading = True
        return at(sessions())


@pytest.mark.both_databases
def test_a_series_is_told_in_words_with_its_counts_and_these_are_what_is_sent(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = checked(priya)
    said = words(page)

    assert "Every Monday and Wednesday, 6:00 PM to 9:00 PM, from Monday, March 1 until Wednesday, March 31." in said
    assert "10 sessions." in said
    assert "Clocks change before Monday, March 15. 6:00 PM stays 6:00 PM." in said
    assert "3 relatives will see it. 3 get an email: 3 say only “something new”." in said
    assert "Dana Rivera, My mom Sees it. Gets an email that says only that there is something new." in said
    assert len(soup(page).select("details li")) == 10
    assert (stored(app), mail(app)) == ([], [])  # looking at it does nothing
    assert ("readers", "Sam") in looks_of(app, PRIYA)

    answers = [press(priya, page) for _ in range(2)]

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert len(stored(app)) == 10
    assert len(mail(app)) == 3
    assert "Wednesday, March 24" in words(priya.get(answers[0].location))


def test_closed_days_are_named_and_skipped(app: Flask, sign_in: SignIn) -> None:
    said = words(checked(sign_in(PRIYA), starts_on="2026-11-24", until="2026-12-01", by_day=["TH"]))

    assert "No session falls on these days" not in said
    assert "Skipped: Thursday, November 26, Holiday." in said


def test_what_comes_to_something_else_by_now_is_shown_again(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = checked(priya)
    with at_the_clinic(app):
        sam = patient_id(app, SAM)
        dana = select(RelatedPerson.id).where(RelatedPerson.patient_id == sam, RelatedPerson.name == DANA.name)
        consents.stop(sam, session().scalars(dana).one())
    refused = press(priya, page)

    assert refused.status_code == 200
    assert "The list changed while you were looking. Check it again" in refused.text
    assert "2 relatives will see it." in words(refused)
    assert stored(app) == []
    assert press(priya, refused).status_code == 303
    assert len(mail(app)) == 2


def test_a_taken_room_and_a_taken_leader_are_named_and_stop_nobody(app: Flask, sign_in: SignIn) -> None:
    ben = sign_in(BEN)
    leader = next(
        str(one["value"])
        for one in soup(ben.get("/staff/sessions/new")).select("select[name=leader] option")
        if one.text == BEN.name
    )
    page = checked(
        ben, starts_on="2026-11-30", until="2026-11-30", by_day=["MO"], wall_time="20:00", ends="21:30",
        place="room 1", leader=leader,
    )  # fmt: skip

    box = soup(ben.post("/staff/sessions/in-words", data=filled(page)[1]))
    assert "Room 1 is taken by Evening A, 6:00 PM to 9:00 PM." in box.text
    assert [(link.text, link["href"]) for link in box.select("a")] == [
        ("Change the room", "#place"), ("Change who leads", "#leader"),
    ]  # fmt: skip
    editor = send(ben, page, "button[name=step][value=change]")
    assert {"place", "leader"} <= {str(one["id"]) for one in soup(editor).select("input, select") if one.get("id")}
    warning = soup(page).select_one(".inset.need")
    assert warning is not None
    assert "Monday, November 30: Room 1 is taken by Evening A, 6:00 PM to 9:00 PM." in warning.text
    assert "Monday, November 30: Ben Osei has Evening B, 6:30 PM to 9:30 PM." in warning.text
    assert ben.get(warning.a["href"]).status_code == 200  # type: ignore[index, union-attr, arg-type]
    assert "Publish anyway" in page.text
    assert press(ben, page).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"whose": ""}, "Choose who it is for"),
        ({"type": "medication"}, "Medication visits and drug tests are never shown to families"),
        ({"ends": "17:00"}, "The end must be after the start"),
        ({"by_day": []}, "Choose at least one day of the week"),
        ({"until": ""}, "Enter the last day"),
        ({"starts_on": "soon"}, "Enter a day, like 11/30/2026"),
        ({"every": "x"}, "Enter a number"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_its_field(
    app: Flask, sign_in: SignIn, wrong: dict[str, Any], sentence: str
) -> None:
    page = checked(sign_in(PRIYA), **wrong)

    (problem,) = soup(page).select(".error-summary a")
    assert sentence in problem.text
    assert soup(page).select_one(str(problem["href"])) is not None
    assert filled(page)[1]["place"] == "Room 7"


def test_a_draft_is_seen_by_nobody_until_it_is_published(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    grace = next(
        str(one["value"])
        for one in soup(priya.get("/staff/sessions/new")).select("select[name=whose] option")
        if one.text == "Grace Abara"
    )
    assert checked(priya, whose=grace, type="individual", step="draft").location == "/staff/schedule"
    link = soup(priya.get("/staff/schedule")).find("a", string="One to one")
    assert (stored(app), mail(app)) == ([], [])

    page = submit(priya, str(link["href"]), step="check")  # type: ignore[index]
    assert "1 person in treatment. No relative sees it." in words(page)
    assert press(priya, page).status_code == 303
    assert len(stored(app)) == 10
    with app.app_context():
        g.reading = True
        assert session().scalar(select(func.count(Series.id)).where(Series.uid.not_like("%@cast"))) == 1


def test_one_session_moves_alone_and_the_page_says_what_it_was(app: Flask, sign_in: SignIn) -> None:
    priya, ref = sign_in(PRIYA), entry_on(app, "2026-11-30")
    page = submit(priya, f"/staff/sessions/{ref}/change?which=one", wall_time="18:30", ends="21:30", step="check")

    assert "Was Monday, November 30, 6:00 PM to 9:00 PM" in words(page)
    assert "When Monday, November 30, 6:30 PM to 9:30 PM" in words(page)
    assert "1 session is new or changes. 17 people in treatment. 3 relatives will see it." in words(page)
    assert press(priya, page).location == f"/staff/sessions/{ref}/edit"
    assert "was Monday, November 30, 6:00 PM" in words(priya.get(f"/staff/sessions/{ref}/edit"))
    assert len(mail(app)) == 3


def test_this_and_all_later_change_and_what_was_changed_by_itself_stays(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    press(priya, checked(priya))
    with at_the_clinic(app):
        occurrences.move(on(sessions(), "2027-03-24").ref, dt.date(2027, 3, 24), dt.time(19), account_id=None)
        ref = on(sessions(), "2027-03-22").ref
    choices = soup(priya.get(f"/staff/sessions/{ref}/edit")).select(".form-check label")
    assert [one.text for one in choices] == [
        "Only Monday, March 22", "This one and all later (4)", "All that are still to come (10)",
    ]  # fmt: skip

    editor = priya.get(f"/staff/sessions/{ref}/change?which=later")
    assert "Wednesday, March 24, 7:00 PM to 10:00 PM" in words(editor)
    page = send(priya, editor, wall_time="17:00", ends="20:00", step="check")
    assert "3 sessions are new or change." in words(page)
    assert press(priya, page).status_code == 303

    assert stored(app)[5:] == [
        "03-17 18:00", "03-22 17:00 changed", "03-24 19:00 changed", "03-29 17:00 changed", "03-31 17:00 changed",
    ]  # fmt: skip


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(app: Flask, sign_in: SignIn) -> None:
    priya, ref = sign_in(PRIYA), entry_on(app, "2026-11-30")
    editor = priya.get(f"/staff/sessions/{ref}/change?which=all")
    press(priya, send(priya, editor, place="Room 8", step="check"))
    late = send(priya, editor, place="Room 9", step="check")

    assert "Somebody changed this while you were writing. Check it again" in late.text


def test_a_session_is_called_off_with_a_reason_for_the_care_team_and_brought_back(app: Flask, sign_in: SignIn) -> None:
    priya, ref = sign_in(PRIYA), entry_on(app, "2026-11-30")
    page = submit(priya, f"/staff/sessions/{ref}/edit", "form[action$=call-off]", because="Ben is ill")
    assert "3 get an email" in words(page)
    assert press(priya, page).status_code == 303
    shown = words(priya.get(f"/staff/sessions/{ref}/edit"))
    assert "Cancelled" in shown
    assert "Ben is ill" in shown
    assert "Ben is ill" not in sign_in(DANA).get("/schedule").text

    page = submit(priya, f"/staff/sessions/{ref}/edit", "form[action$=bring-back]")
    assert press(priya, page).status_code == 303
    brought_back = words(priya.get(f"/staff/sessions/{ref}/edit"))
    assert "Ben is ill" not in brought_back
    assert "Check before you call it off" in brought_back


def test_a_series_gets_one_date_more_and_an_end(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    address = press(priya, checked(priya)).location
    more = submit(priya, address, "form[action$=more]", day="2027-03-05", wall_time="10:00")
    assert "1 session is new or changes." in words(more)
    press(priya, more)
    press(priya, submit(priya, address, "form[action$=end]", until="2027-03-08"))

    assert stored(app)[:4] == ["03-01 18:00", "03-03 18:00", "03-05 10:00", "03-08 18:00"]
    assert {one.rsplit(" ", 1)[1] for one in stored(app)[4:]} == {"cancelled"}
    wrong = submit(priya, address, "form[action$=end]", until="2026-01-01")
    assert "Choose a last day that is not over" in words(wrong)


def test_the_session_of_one_person_is_a_look_at_that_person(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    grace = next(
        str(one["value"])
        for one in soup(priya.get("/staff/sessions/new")).select("select[name=whose] option")
        if one.text == "Grace Abara"
    )
    address = press(priya, checked(priya, whose=grace, type="individual")).location
    sign_in(BEN).get(address)

    assert ("day", "Grace") in looks_of(app, BEN)


def test_a_full_week_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    priya.get("/staff/schedule")
    with questions_to_the_database(app) as few:
        priya.get("/staff/schedule")
    for hour in (9, 11, 13, 15):
        page = checked(
            priya, starts_on="2026-11-24", until="2026-12-24", by_day=["TU", "WE", "FR"], place="",
            wall_time=f"{hour}:00", ends=f"{hour + 1}:00",
        )  # fmt: skip
        assert press(priya, page).status_code == 303
    with questions_to_the_database(app) as many:
        week = soup(priya.get("/staff/schedule"))

    assert len(week.select("main tbody tr")) == 14
    assert len(many) == len(few)


def test_the_box_says_what_the_answers_so_far_come_to(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    _, values = filled(priya.get("/staff/sessions/new"))
    empty = priya.post("/staff/sessions/in-words", data=values)
    full = priya.post("/staff/sessions/in-words", data=values | MARCH | {"whose": evening_a(priya)})

    assert "Fill in the form." in empty.text
    assert "Next: Mon Mar 1 · Wed Mar 3 · Mon Mar 8 · Wed Mar 10" in " ".join(full.text.split())
    assert stored(app) == []
    with app.app_context():
        g.reading = True
        assert session().scalar(select(func.count(OutgoingEmail.id)).where(OutgoingEmail.ended_at.is_(None))) == 0
