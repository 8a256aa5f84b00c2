"""Email status: what became of each email and why, without a word of what it says."""

from __future__ import annotations

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from portal.cast import DANA, PRIYA, SAM
from portal.db import session
from portal.emails import outbox
from portal.models import FamilyUpdate, OutgoingEmail, RelatedPerson, Relative
from portal.services import consents
from tests.conftest import MORNING, SignIn, at_the_clinic, patient_id
from tests.staff.looking import looks_of, questions_to_the_database


def rows(app: Flask, sign_in: SignIn, query: str = "") -> list[str]:
    page = BeautifulSoup(sign_in(PRIYA).get(f"/staff/mail{query}").text, "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in page.select("main tbody tr")]


def queue_for_dana(app: Flask) -> int:
    """An update waits to be told to Dana; returns her number among Sam's people."""
    with at_the_clinic(app):
        sam = patient_id(app, SAM)
        dana = (
            session()
            .scalars(select(RelatedPerson).where(RelatedPerson.patient_id == sam, RelatedPerson.name == DANA.name))
            .one()
        )
        about = session().scalars(select(FamilyUpdate.id).where(FamilyUpdate.scope == "going")).one()
        account = session().scalars(select(Relative.account_id).where(Relative.id == dana.relative_id)).one()
        outbox.queue("update_posted", to=account, patient_id=sam, about_id=about)
        return dana.id


def test_email_that_waits_is_shown_with_kind_and_a_short_name(app: Flask, sign_in: SignIn) -> None:
    queue_for_dana(app)

    assert rows(app, sign_in) == ["Update posted D. Rivera Waiting today, 8:30 AM"]
    assert ("mail", "Sam") in looks_of(app, PRIYA)


def test_email_that_sharing_no_longer_allows_is_shown_as_withheld_and_why(app: Flask, sign_in: SignIn) -> None:
    dana = queue_for_dana(app)
    with at_the_clinic(app):
        consents.stop(patient_id(app, SAM), dana)

    assert rows(app, sign_in, "?show=withheld") == [
        "Update posted D. Rivera Withheld Sharing ended before it was sent today, 8:30 AM today, 8:30 AM"
    ]


def test_the_page_holds_no_address_and_no_words_of_the_email(app: Flask, sign_in: SignIn) -> None:
    queue_for_dana(app)
    page = sign_in(PRIYA).get("/staff/mail").text

    assert DANA.email not in page
    assert "What we are working on" not in page
    assert "Dana" not in page


def test_email_to_nobody_is_shown_as_such(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        outbox.queue("new_password", to=None)

    assert rows(app, sign_in) == ["New password Nobody Waiting today, 8:30 AM"]


def test_a_full_outbox_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    queue_for_dana(app)
    priya = sign_in(PRIYA)
    priya.get("/staff/mail")
    with questions_to_the_database(app) as few:
        priya.get("/staff/mail")
    with at_the_clinic(app):
        accounts = session().scalars(select(Relative.account_id)).all()
        session().add_all(
            OutgoingEmail(message="booking_confirmed", account_id=account, queued_at=MORNING, due_at=MORNING)
            for account in accounts
        )
    with questions_to_the_database(app) as many:
        priya.get("/staff/mail")

    assert len(many) == len(few)
