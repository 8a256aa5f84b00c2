"""A relative's own settings."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock as portal_clock
from portal.cast import ALEX, DANA, JO, Person
from portal.db import session
from portal.models import Account, Consent, EmailLevel, EmailStop, RelatedPerson
from tests.browser_form import soup, submit
from tests.conftest import SignIn, at_the_clinic


def account(app: Flask, who: Person) -> Account:
    with at_the_clinic(app):
        row = session().scalars(select(Account).where(Account.email == who.email)).one()
        session().expunge_all()
        return row


def levels(client: object) -> list[str]:
    page = client.get("/settings/emails")  # type: ignore[attr-defined]
    return [str(radio["value"]) for radio in soup(page).select("input[name=level]")]


def everybody_allows_day_and_time(app: Flask) -> None:
    with at_the_clinic(app):
        for consent in session().scalars(select(Consent).join(RelatedPerson)):
            consent.email_level = EmailLevel.TIMES


def test_language_and_colours(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)

    answer = submit(dana, "/settings", language="es", theme="dark")

    assert answer.status_code == 303
    page = soup(dana.get("/settings"))
    assert (page.html["lang"], page.html["data-bs-theme"]) == ("es", "dark")
    assert (account(app, DANA).language, account(app, DANA).theme) == ("es", "dark")


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("theme", "neon"), ("language", "")])
def test_what_is_not_offered_is_not_saved(app: Flask, sign_in: SignIn, field: str, value: str) -> None:
    answer = submit(sign_in(DANA), "/settings", **{field: value})

    assert answer.status_code == 200
    assert soup(answer).select(".error-summary a")
    assert (account(app, DANA).language, account(app, DANA).theme) == ("en", "auto")


def test_day_and_time_is_offered_only_where_somebody_allows_it(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    assert levels(dana) == ["notice", "none"]
    assert submit(dana, "/settings/emails", level="times").status_code == 200

    everybody_allows_day_and_time(app)

    assert levels(dana) == ["notice", "times", "none"]
    assert submit(dana, "/settings/emails", level="times").status_code == 303
    assert account(app, DANA).wants_email == "times"


def test_a_shared_mailbox_never_gets_day_and_time(app: Flask, sign_in: SignIn) -> None:
    everybody_allows_day_and_time(app)

    assert levels(sign_in(ALEX)) == ["notice", "none"]


def test_without_anybody_sharing_there_is_still_a_choice(sign_in: SignIn) -> None:
    assert levels(sign_in(JO)) == ["notice", "none"]


def test_no_emails_at_all(app: Flask, sign_in: SignIn) -> None:
    assert submit(sign_in(DANA), "/settings/emails", level="none").status_code == 303
    assert account(app, DANA).wants_email == "none"


def test_wanting_email_again_undoes_what_a_link_turned_off(app: Flask, sign_in: SignIn) -> None:
    number = account(app, DANA).id
    with at_the_clinic(app):
        session().add(EmailStop(account_id=number, message="update_posted", stopped_at=portal_clock.now()))
    dana = sign_in(DANA)
    assert "You turned off some emails" in dana.get("/settings/emails").get_data(as_text=True)

    submit(dana, "/settings/emails", level="notice")

    with at_the_clinic(app):
        assert session().scalars(select(EmailStop)).all() == []


def test_calendar_files_are_offered_with_day_and_time_only_and_never_to_a_shared_mailbox(
    app: Flask, sign_in: SignIn
) -> None:
    def is_offered(who: Person) -> bool:
        return bool(soup(sign_in(who).get("/settings/emails")).select("input[name=calendar_files]"))

    assert not is_offered(DANA)
    everybody_allows_day_and_time(app)
    assert is_offered(DANA)
    assert not is_offered(ALEX)
    submit(sign_in(ALEX), "/settings/emails", level="notice", calendar_files="y")
    assert not account(app, ALEX).wants_calendar_files


def test_calendar_files_can_be_had_and_given_up_again(app: Flask, sign_in: SignIn) -> None:
    everybody_allows_day_and_time(app)
    dana = sign_in(DANA)

    assert submit(dana, "/settings/emails", level="times", calendar_files="y").status_code == 303
    assert account(app, DANA).wants_calendar_files
    assert soup(dana.get("/settings/emails")).select_one("input[name=calendar_files]").has_attr("checked")
    assert submit(dana, "/settings/emails", level="notice", calendar_files=None).status_code == 303
    assert not account(app, DANA).wants_calendar_files


def test_a_calendar_file_without_day_and_time_is_a_contradiction_and_said_so(app: Flask, sign_in: SignIn) -> None:
    everybody_allows_day_and_time(app)

    answer = submit(sign_in(DANA), "/settings/emails", level="notice", calendar_files="y")

    assert answer.status_code == 200
    assert soup(answer).select_one(".error-summary a")["href"] == "#calendar_files"
    assert (account(app, DANA).wants_email, account(app, DANA).wants_calendar_files) == ("notice", False)
