"""The privacy office answers wishes, and the patient reads the answer."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import DANA, PRIYA, RUTH, SAM
from portal.models import RestrictionRequest
from tests.browser_form import soup, submit
from tests.conftest import Clock, SignIn, patient_id
from tests.services.looking import rows, sees
from tests.staff.looking import patient_ref

LIST = "/privacy-office/restrictions"
WISH = "Do not tell my mother."


@pytest.fixture
def wish(app: Flask, sign_in: SignIn) -> str:
    """The address of a wish of Sam's that waits."""
    submit(sign_in(PRIYA), f"/staff/people/{patient_ref(app, 'Sam')}/sharing/wish", wish=WISH)
    return f"{LIST}/{rows(app, select(RestrictionRequest.ref))[0]}"


def test_what_waits_stands_on_the_list_with_its_day(app: Flask, sign_in: SignIn, wish: str) -> None:
    page = soup(sign_in(RUTH).get(LIST))

    assert page.select_one(f'a[href="{wish}"]') is not None
    assert "Due Wednesday, December 23." in page.get_text()
    assert "Late" not in page.get_text()


def test_after_its_day_it_is_late(app: Flask, sign_in: SignIn, clock: Clock, wish: str) -> None:
    clock.forward(days=31)

    assert soup(sign_in(RUTH).get(LIST)).select_one("main .tag.clay") is not None


@pytest.mark.parametrize(("agreed", "read"), [("yes", "we agreed."), ("no", "we said no.")])
def test_the_patient_reads_the_answer(app: Flask, sign_in: SignIn, wish: str, agreed: str, read: str) -> None:
    ruth = sign_in(RUTH)
    answer = submit(ruth, wish, agreed=agreed, answer="Nobody here will speak to her.")
    assert (answer.status_code, answer.location) == (303, LIST)

    page = soup(sign_in(SAM).get("/me/safety")).get_text()
    assert read in page
    assert "Nobody here will speak to her." in page
    assert "Nothing waits." in ruth.get(LIST).text
    assert soup(ruth.get(wish)).select("main [name=agreed]") == []


def test_what_was_agreed_ends_and_the_patient_reads_that_it_did(app: Flask, sign_in: SignIn, wish: str) -> None:
    ruth, end = sign_in(RUTH), "form[action$='/end']"
    submit(ruth, wish, agreed="yes", answer="Nobody here will speak to her.")
    unsaid = submit(ruth, wish, end, how="told", asked_at="2026-13-40T99:00")
    assert "Enter a day and a time, or leave it empty for just now" in unsaid.text
    answer = submit(ruth, wish, end, how="told", note="Ruth called Sam.")
    assert (answer.status_code, answer.location) == (303, wish)

    assert "Ruth called Sam." in ruth.get(wish).text
    assert soup(ruth.get(wish)).select("main form") == []
    page = soup(sign_in(SAM).get("/me/safety")).get_text()
    assert "This ended on Monday, November 23." in page
    assert "What we knew before that day stays private." in page


def test_an_answer_changes_no_sharing_by_itself(app: Flask, sign_in: SignIn, wish: str) -> None:
    before = sees(app, DANA, patient_id(app, SAM))
    submit(sign_in(RUTH), wish, agreed="no", answer="No.")

    assert sees(app, DANA, patient_id(app, SAM)) == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"agreed": None, "answer": "Yes."}, "Choose whether we agree"),
        ({"agreed": "perhaps", "answer": "Yes."}, "Choose whether we agree"),
        ({"agreed": "yes", "answer": ""}, "Write the answer. The person in treatment reads it."),
    ],
)
def test_what_is_missing_is_said(app: Flask, sign_in: SignIn, wish: str, fields: dict[str, str], said: str) -> None:
    answer = submit(sign_in(RUTH), wish, **fields)

    assert answer.status_code == 200
    assert said in answer.text
    assert rows(app, select(RestrictionRequest.decided_at)) == [None]


def test_the_care_team_does_not_decide(app: Flask, sign_in: SignIn, wish: str) -> None:
    assert sign_in(PRIYA).get(wish).status_code == 404
