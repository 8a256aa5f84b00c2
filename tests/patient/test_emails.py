"""Which emails about their own sharing somebody in treatment gets."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from sqlalchemy import select

from portal.cast import DANA, SAM
from portal.db import session
from portal.emails.wanted import is_wanted
from portal.models import Account, EmailLevel, EmailStop, OutgoingEmail
from portal.services import consents, pauses
from tests.browser_form import soup, submit
from tests.conftest import SignIn, at_the_clinic, patient_id


def wanted(app: Flask) -> list[bool]:
    """Of the notices to Sam that wait, in order: whether each goes."""
    with at_the_clinic(app):
        rows = session().scalars(
            select(OutgoingEmail).where(OutgoingEmail.message == "sharing_changed").order_by(OutgoingEmail.id)
        )
        return [is_wanted(session(), row) for row in rows]


def test_sam_turns_off_notices_of_his_own_acts_and_never_those_of_what_others_do(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    page = soup(sam.get("/me/emails"))
    assert [box["value"] for box in page.select("input[name=kinds][checked]")] == [
        "sharing_changed",
        "sharing_ends",
        "question_asked",
    ]
    assert "they cannot be turned off" in page.text

    assert submit(sam, "/me/emails", kinds=["sharing_ends", "question_asked"]).status_code == 303

    with at_the_clinic(app):
        mine = session().scalars(select(Account).where(Account.email == SAM.email)).one()
        pauses.pause(patient_id(app, SAM), door="staff", account_id=mine.id)
    with at_the_clinic(app):
        pauses.resume(patient_id(app, SAM))
        consents.stop_everything(patient_id(app, SAM))
    assert wanted(app) == [True, False, False]
    words = " ".join(soup(sam.get("/me/emails")).text.split())
    assert "off since Monday, November 23, on the page “Email choices”" in words

    kinds = ["sharing_changed", "sharing_ends", "question_asked"]
    assert submit(sam, "/me/emails", kinds=kinds, quiet_from="23:00").status_code == 303
    with at_the_clinic(app):
        assert session().scalars(select(EmailStop)).one().undone_at is not None
        mine = session().scalars(select(Account).where(Account.email == SAM.email)).one()
        assert (mine.quiet_from, mine.quiet_until) == (dt.time(23), dt.time(7))
    assert wanted(app) == [True, True, True]
    with at_the_clinic(app):
        session().scalars(select(Account).where(Account.email == SAM.email)).one().wants_email = EmailLevel.NONE
    assert wanted(app) == [True, False, False]


def test_quiet_hours_that_never_end_are_refused(sign_in: SignIn) -> None:
    answer = submit(sign_in(SAM), "/me/emails", quiet_from="07:00", quiet_until="07:00")

    assert answer.status_code == 200
    assert soup(answer).select_one(".error-summary a")["href"] == "#quiet_until"


def test_the_two_mail_words_are_kept_with_the_other_choices_or_refused_with_all_of_them(
    app: Flask, sign_in: SignIn
) -> None:
    for who, page in ((SAM, "/me/emails"), (DANA, "/settings/emails")):
        browser = sign_in(who)
        refused = submit(browser, page, mail_word="one", kinds=[])
        assert soup(refused).select_one(".error-summary a")["href"] == "#mail_word"
        assert "What you turned off" not in refused.text, "nothing was saved"
        assert submit(browser, page, mail_word="Blue Kite").status_code == 303
        assert soup(browser.get(page)).select_one("#mail_word")["value"] == "blue kite"
    with at_the_clinic(app):
        assert session().scalars(select(EmailStop)).all() == []


def test_a_relative_has_no_such_page(sign_in: SignIn) -> None:
    assert sign_in(DANA).get("/me/emails").location == "/sign-in" or sign_in(DANA).get("/me/emails").status_code == 404
