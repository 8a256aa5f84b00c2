"""Consents that never counted: the warning before, the list for review after."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from portal.cast import DANA, INCOMPLETE, RUTH, SAM
from portal.models import Consent
from tests.browser_form import send, soup, submit
from tests.conftest import SignIn, patient_id
from tests.services.looking import related_id, rows, sees
from tests.services.test_invalid_consents import email_sent
from tests.services.test_update_changes import correct, going
from tests.staff.looking import looks_of

LIST = "/privacy-office/invalid"
WHY = "Signed under pressure."


def url(app: Flask) -> str:
    person = related_id(app, patient_id(app, SAM), DANA)
    return f"{LIST}/{rows(app, select(Consent.ref).where(Consent.related_person_id == person))[0]}"


def hours(n: int) -> object:
    import datetime as dt

    return dt.timedelta(hours=n)


def test_the_warning_counts_what_would_be_listed(app: Flask, sign_in: SignIn) -> None:
    for n in (1, 2, 3):
        email_sent(app, DANA, hours(n))  # type: ignore[arg-type]
    page = soup(sign_in(RUTH).get(url(app))).get_text(" ", strip=True)

    assert "This says the consent never counted. 2 looks and 3 emails will be listed for review." in page


def test_it_is_marked_and_every_look_and_email_is_listed(app: Flask, sign_in: SignIn) -> None:
    ruth = sign_in(RUTH)
    email_sent(app, DANA, hours(1))  # type: ignore[arg-type]
    answer = submit(ruth, url(app), reason=WHY)
    assert (answer.status_code, answer.location) == (303, url(app))
    assert sees(app, DANA, patient_id(app, SAM)) == set()

    page = soup(ruth.get(url(app)))
    tables = [
        [row.get_text(" ", strip=True) for row in table.select("tbody tr")] for table in page.select("main table")
    ]
    assert tables == [
        ["Nov 20, 2026, 8:30 AM Session times Shown", "Nov 23, 2026, 7:52 AM Session times Shown"],
        ["Nov 23, 2026, 7:30 AM Update posted"],
    ]
    assert WHY in page.get_text()
    assert page.select("main form") == []
    assert ("form", "Sam") in looks_of(app, RUTH)


def test_a_look_at_an_update_is_listed_with_the_title_that_was_shown(app: Flask, sign_in: SignIn) -> None:
    dana, title = sign_in(DANA), going(app).title
    dana.get(str(soup(dana.get("/updates")).select_one("main h2 a")["href"]))
    correct(app)
    ruth = sign_in(RUTH)
    submit(ruth, url(app), reason=WHY)

    page = soup(ruth.get(url(app))).get_text(" ", strip=True)
    assert title in page
    assert page.count(going(app).title) == page.count(title), "the new title is how the old one begins"


def test_a_reason_is_asked_for(app: Flask, sign_in: SignIn) -> None:
    answer = submit(sign_in(RUTH), url(app), reason=" ")

    assert answer.status_code == 200
    assert "Write why it never counted. Only staff read it." in answer.text
    assert sees(app, DANA, patient_id(app, SAM)) != set()


def test_sent_twice_it_says_that_it_is_marked(app: Flask, sign_in: SignIn) -> None:
    ruth = sign_in(RUTH)
    page = ruth.get(url(app))
    send(ruth, page, reason=WHY)
    again = send(ruth, page, reason="Another")

    assert again.status_code == 200
    assert WHY in again.text


def test_the_list_tells_invalid_from_incomplete_and_names_what_is_missing(app: Flask, sign_in: SignIn) -> None:
    page = soup(sign_in(RUTH).get(LIST))
    marked, incomplete = page.select("main section")

    assert "Inez Vale" in marked.get_text()
    lines = {line.a.get_text(strip=True): line.get_text(" ", strip=True) for line in incomplete.select("li")}
    assert "It does not say why." in lines[f"Sam Rivera, for {INCOMPLETE.person.name}"]
    assert "Sam Rivera, for Inez Vale" not in lines


def test_the_patient_reads_other_words_than_stopped(app: Flask, sign_in: SignIn) -> None:
    submit(sign_in(RUTH), url(app), reason=WHY)
    page = soup(sign_in(SAM).get("/me/sharing"))
    row = next(row for row in page.select(".matrix tbody tr") if "Dana Rivera" in row.get_text())

    assert "Stopped" not in row.get_text()
    assert WHY not in page.get_text()
