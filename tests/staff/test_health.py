"""The clinic's IT sees whether all is well, and nobody's name."""

from __future__ import annotations

import datetime as dt

from bs4 import BeautifulSoup
from flask import Flask

from portal.cast import TOMAS
from portal.db import session
from portal.emails import outbox
from portal.models import OutgoingEmail
from tests.conftest import MORNING, SignIn, at_the_clinic


def main(sign_in: SignIn) -> str:
    page = BeautifulSoup(sign_in(TOMAS).get("/admin").text, "html.parser")
    return " ".join(page.main.get_text(" ").split())


def test_all_is_well(app: Flask, sign_in: SignIn) -> None:
    assert main(sign_in) == (
        "Health Database, migrations and postman are in order. Checked at 8:30 AM. Email Waiting 0 Withheld 0 Failed 0"
    )


def test_mail_that_nobody_fetches_is_said_in_words(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        outbox.queue("new_password", to=None).due_at = MORNING - dt.timedelta(hours=1)
        for outcome in ("failed", "withheld", "withheld"):
            session().add(
                OutgoingEmail(message="x", queued_at=MORNING, due_at=MORNING, ended_at=MORNING, outcome=outcome)
            )

    assert "1 thing needs you." in main(sign_in)
    assert "postman: 1 emails are overdue by more than 10 minutes" in main(sign_in)
    assert main(sign_in).endswith("Email Waiting 1 Withheld 2 Failed 1")
