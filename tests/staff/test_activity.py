"""The privacy office reads the record: filtered, in pages, in words, and never to be changed."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, PRIYA, RUTH, SAM
from portal.db import session
from portal.models import Account, Act, RecordEntry
from portal.staff import said
from tests.conftest import MORNING, SignIn, at_the_clinic, patient_id
from tests.staff.looking import looks_of, patient_ref, questions_to_the_database


def lines(sign_in: SignIn, query: str = "") -> list[str]:
    page = BeautifulSoup(sign_in(RUTH).get(f"/privacy-office{query}").text, "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in page.select("main tbody tr")]


def account_ref(app: Flask, email: str) -> str:
    with app.app_context():
        g.reading = True
        return session().scalars(select(Account.ref).where(Account.email == email)).one()


@pytest.mark.both_databases
def test_the_record_reads_in_plain_words_newest_first(app: Flask, sign_in: SignIn) -> None:
    assert lines(sign_in) == [
        "Nov 23, 2026, 8:15 AM Ben Osei Posted an update: how it is going Sam Rivera",
        "Nov 23, 2026, 7:52 AM Dana Rivera Looked at: session times Sam Rivera"
        " Signed Monday, November 16, 2026 Notice shown",
        "Nov 20, 2026, 8:30 AM Dana Rivera Looked at: session times Sam Rivera"
        " Signed Monday, November 16, 2026 Notice shown",
        "Nov 19, 2026, 8:30 AM Alex Rivera Looked at: session times Sam Rivera"
        " Signed Monday, November 16, 2026 Notice shown",
    ]


def test_the_record_can_be_narrowed_to_one_person_or_one_act(app: Flask, sign_in: SignIn) -> None:
    sign_in(PRIYA).get(f"/staff/people/{patient_ref(app, 'Robin')}")

    assert len(lines(sign_in, f"?who={account_ref(app, DANA.email)}")) == 2
    assert len(lines(sign_in, f"?who={account_ref(app, ALEX.email)}&act=looked")) == 1
    assert len(lines(sign_in, f"?about={patient_ref(app, 'Robin')}")) == 1
    assert lines(sign_in, f"?who={account_ref(app, BEN.email)}&act=posted&about={patient_ref(app, 'Sam')}")
    assert lines(sign_in, "?act=signed") == []


def test_nothing_found_says_so(app: Flask, sign_in: SignIn) -> None:
    answer = sign_in(RUTH).get("/privacy-office?about=nobody%00&who=%27&page=0")

    assert answer.status_code == 200
    assert "Nothing matches. Try a wider search." in answer.text


def test_reading_the_record_is_on_record(app: Flask, sign_in: SignIn) -> None:
    lines(sign_in)

    assert looks_of(app, RUTH) == [("activity", "Sam")]
    assert not [line for line in lines(sign_in) if "Ruth" in line]
    assert len(lines(sign_in, f"?who={account_ref(app, RUTH.email)}")) == 1


def test_the_record_comes_in_pages_of_50_at_the_same_cost(app: Flask, sign_in: SignIn) -> None:
    ruth = sign_in(RUTH)
    ruth.get("/privacy-office")
    with questions_to_the_database(app) as few:
        ruth.get("/privacy-office")
    with at_the_clinic(app):
        sam = patient_id(app, SAM)
        session().add_all(
            RecordEntry(
                at=MORNING - dt.timedelta(hours=n), act=Act.PAUSED, door="patient", patient_id=sam, what="sharing"
            )
            for n in range(60)
        )
    with questions_to_the_database(app) as many:
        page = ruth.get("/privacy-office").text

    assert len(many) == len(few)
    assert "Page 1 of 2" in page
    assert len(lines(sign_in)) == 50
    assert len(lines(sign_in, "?page=2")) == 14


def test_the_record_cannot_be_changed_here(app: Flask, sign_in: SignIn) -> None:
    page = BeautifulSoup(sign_in(RUTH).get("/privacy-office").text, "html.parser")

    assert page.select("main form[method=post]") == []
    assert sign_in(RUTH).post("/privacy-office").status_code in (400, 404)


def test_a_page_hides_nothing_that_the_postman_did(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        sam = patient_id(app, SAM)
        dana = session().scalars(select(Account.id).where(Account.email == DANA.email)).one()
        session().add(
            RecordEntry(
                at=MORNING, act=Act.WITHHELD, door="email", account_id=dana, patient_id=sam, what="update_posted"
            )
        )

    assert lines(sign_in)[0] == "Nov 23, 2026, 8:30 AM The postman Email withheld: update posted Sam Rivera"


@pytest.mark.parametrize("act", Act)
def test_everything_that_can_happen_has_words(app: Flask, act: Act) -> None:
    with app.app_context():
        assert str(said.ACTS[act]).strip() not in ("", act)
