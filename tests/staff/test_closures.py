"""Closed days: what they come to is seen first, family sessions on them are named, and all can be opened again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.cast import DANA, PRIYA
from portal.db import session
from portal.models import ScheduleEntry, Status
from tests.browser_form import send, soup, submit
from tests.conftest import SignIn
from tests.services.planning import mail
from tests.staff.looking import looks_of, patient_ref

DECEMBER: dict[str, Any] = {"starts_on": "2026-12-02", "ends_on": "2026-12-03", "name": "Staff days"}


def checked(client: FlaskClient, **other: Any) -> TestResponse:
    return submit(client, "/staff/closures", "form[action$=closures]", **(DECEMBER | other))


def words(answer: TestResponse) -> str:
    main = soup(answer).main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def press(client: FlaskClient, page: TestResponse) -> TestResponse:
    return send(client, page, "button[name=step][value=do]")


def cancelled(app: Flask) -> set[dt.date]:
    with app.app_context():
        g.reading = True
        rows = session().scalars(select(ScheduleEntry.starts_at).where(ScheduleEntry.status == Status.CANCELLED))
        return {(at - dt.timedelta(hours=6)).date() for at in rows}


def test_closed_days_name_the_family_sessions_on_them_and_are_opened_again(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = checked(priya)

    assert "Days Wednesday, December 2 to Thursday, December 3" in words(page)
    assert "2 sessions are new or change." in words(page)
    assert "S. Rivera , Thursday, December 3, 4:30 PM" in words(page)
    assert f"/staff/people/{patient_ref(app, 'Sam')}/sharing" in page.text
    assert ("day", "Sam") in looks_of(app, PRIYA)
    assert (cancelled(app), mail(app)) == (set(), [])

    assert press(priya, page).status_code == 303
    assert cancelled(app) == {dt.date(2026, 12, 2)}
    assert "Staff days" in sign_in(DANA).get("/schedule").text
    readers = {line.b.text.split(",")[0] for line in soup(page).select(".recipients li") if line.b}
    assert len({to for to, _ in mail(app)}) == len(readers)

    (button,) = [one for one in soup(priya.get("/staff/closures")).select("form.post") if "Staff days" in str(one)]
    again = submit(priya, "/staff/closures", f"form[action='{button['action']}']")
    assert "2 sessions are new or change." in words(again)
    assert press(priya, again).status_code == 303
    assert cancelled(app) == set()


def test_one_program_is_closed_and_the_other_goes_on(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    options = soup(priya.get("/staff/closures")).select("select[name=program] option")
    evening_b = next(str(one["value"]) for one in options if one.text == "Evening B")
    page = checked(priya, program=evening_b)

    assert "1 session is new or changes." in words(page)
    assert "S. Rivera" not in words(page)
    assert press(priya, page).status_code == 303
    assert "Evening B" in words(priya.get("/staff/closures"))


def test_days_that_cannot_be_closed_are_said_and_the_rest_is_kept(app: Flask, sign_in: SignIn) -> None:
    page = checked(sign_in(PRIYA), ends_on="2026-12-01")

    assert "The last day is before the first. Choose a later last day" in soup(page).select_one(".error-summary").text  # type: ignore[union-attr]
    assert soup(page).select_one("input[name=name]")["value"] == "Staff days"  # type: ignore[index]
