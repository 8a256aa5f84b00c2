"""Email status: what became of each email and why, without a word of what it says."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from portal.cast import DANA, PRIYA, SAM
from portal.db import session
from portal.emails import delivery, line, outbox
from portal.errors import NotShared, Refused
from portal.models import Account, FamilyUpdate, OutgoingEmail, RelatedPerson, Relative
from portal.services import consents, mail_again
from tests.browser_form import submit
from tests.conftest import MORNING, Clock, SignIn, at_the_clinic, patient_id
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


def give_up(app: Flask, message: str = "update_posted") -> str:
    """What waited for Dana could not be delivered; the Message-ID by which it is sent again."""
    with at_the_clinic(app):
        email = session().scalars(select(OutgoingEmail)).one()
        email.message, email.outcome, email.ended_at = message, "failed", MORNING
        email.attempts, email.reason = 9, "mail server answered 451"
        return email.message_id


def test_an_email_that_was_given_up_is_sent_again_once(app: Flask, sign_in: SignIn) -> None:
    queue_for_dana(app)
    message_id = give_up(app)
    priya = sign_in(PRIYA)
    assert "The mail server did not take it and answered 451" in rows(app, sign_in, "?show=failed")[0]
    answer = submit(priya, "/staff/mail?show=failed", "form[action='/staff/mail/again']")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/mail?show=failed")
    assert message_id not in answer.headers["Location"]
    assert rows(app, sign_in) == ["Update posted D. Rivera Waiting today, 8:30 AM"]
    with app.app_context():
        email = session().scalars(select(OutgoingEmail)).one()
        assert (email.attempts, email.reason, email.message_id) == (0, None, message_id)
    with app.app_context(), pytest.raises(Refused, match="This email has left meanwhile, or waits to leave"):
        mail_again.send(message_id)
    with app.app_context(), pytest.raises(NotShared):
        mail_again.send("no such email")


def test_an_email_that_makes_no_sense_any_more_is_not_sent_again(app: Flask, clock: Clock) -> None:
    dana = queue_for_dana(app)
    message_id = give_up(app, "new_password")
    with app.app_context(), pytest.raises(Refused, match="They can ask for a new one"):
        mail_again.send(message_id)
    with at_the_clinic(app):
        session().scalars(select(OutgoingEmail)).one().message = "update_posted"
        account = session().get_one(RelatedPerson, dana).relative.account  # type: ignore[union-attr]
        account.email_failed_at = MORNING
    with app.app_context(), pytest.raises(Refused, match="The address does not work"):
        mail_again.send(message_id)
    clock.forward(days=15)
    with app.app_context(), pytest.raises(Refused, match="too old"):
        mail_again.send(message_id)


def test_what_is_sent_again_after_a_stop_stays_here(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    dana = queue_for_dana(app)
    message_id = give_up(app)
    with at_the_clinic(app):
        consents.stop(patient_id(app, SAM), dana)
    with at_the_clinic(app):
        mail_again.send(message_id)
    handed = []
    monkeypatch.setattr(line.Line, "send", lambda self, letter, *_, **__: handed.append(letter.to))
    app.config["MAIL_SERVER"] = "localhost"
    with app.app_context():
        delivery.deliver()
        email = session().scalars(select(OutgoingEmail).where(OutgoingEmail.message_id == message_id)).one()
        assert (email.outcome, email.reason) == ("withheld", "sharing ended")
    assert DANA.email not in handed


def test_a_large_run_shows_how_far_it_is(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    assert "<progress" not in priya.get("/staff/mail").text
    with at_the_clinic(app):
        begun = MORNING - dt.timedelta(minutes=10)
        session().add_all(
            OutgoingEmail(
                message="new_password", queued_at=begun, due_at=begun,
                ended_at=MORNING - dt.timedelta(minutes=2) if n < 100 else None, outcome="sent" if n < 100 else None,
            )
            for n in range(300)
        )  # fmt: skip
    page = BeautifulSoup(priya.get("/staff/mail").text, "html.parser")
    bar = page.select_one("progress")
    assert bar is not None
    assert (bar["value"], bar["max"]) == ("100", "300")
    assert "100 of 300 emails are done. About 4 minutes left. Look again" in " ".join(page.get_text(" ").split())


def test_staff_see_that_test_mode_is_on_and_whose_address_does_not_work(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_mode = app.config["SETTINGS"].model_copy(update={"mail_only_to": "@riverbend.example"})
    monkeypatch.setitem(app.config, "SETTINGS", test_mode)
    queue_for_dana(app)
    with at_the_clinic(app):
        session().scalars(select(Account).where(Account.email == DANA.email)).one().email_failed_at = MORNING
    page = sign_in(PRIYA).get("/staff/mail").text
    today = sign_in(PRIYA).get("/staff").text

    assert "Test mode is on" in page
    assert "The address does not work" in page
    assert "1 person gets no email" in today
