"""The patient sees who can see what, and makes it less with one press."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import ALEX, DANA, MAYA, ROBIN, SAM, Person
from portal.models import Consent, OutgoingEmail
from tests.browser_form import send, submit
from tests.conftest import MORNING, Clock, SignIn
from tests.services.test_consents import outcome, person_id, rows, waiting_email


def shown(client: FlaskClient, url: str) -> BeautifulSoup:
    page = client.get(url)
    assert page.status_code == 200, f"{url} answered {page.status}"
    return BeautifulSoup(page.text, "html.parser")


def link(page: BeautifulSoup, name: str) -> str:
    """Where the link of this name in main goes."""
    found = [a for a in page.select("main a") if " ".join(a.text.split()) == name]
    assert found, f"no link {name!r}"
    return str(found[0]["href"])


def of(page: BeautifulSoup, name: str) -> list[str]:
    """What the picture says about one person."""
    row = next(row for row in page.select("table.matrix tbody tr") if name in row.th.text)  # type: ignore[union-attr]
    return [" ".join(cell.text.split()) for cell in row.select("td")]


def stop_button(name: str) -> str:
    return f"button[aria-label='Stop sharing with {name}']"


def test_the_picture_says_of_everybody_what_they_can_see(sign_in: SignIn) -> None:
    page = shown(sign_in(SAM), "/me/sharing")

    assert of(page, "Dana Rivera") == [
        *["Can see"] * 4, "Cannot see", "Can see", "Looked today", "Stop",
    ]  # fmt: skip
    assert of(page, "Alex Rivera")[2] == "Cannot see"
    assert of(page, "Jo Rivera") == ["Waiting for you. Sees nothing yet. Look at what Jo asked"]
    assert of(page, "Pat Rivera") == ["Ended November 22. Sees nothing. Share again"]
    assert of(page, "Ivy Vale") == ["Waiting for them to accept. Sees nothing yet. See it or stop it"]
    assert of(page, "Ina Vale") == [
        "Something is missing on this form. Sees nothing. Call us about it. See it or stop it"
    ]
    assert of(page, "Vera Vale") == [
        "Signed on paper, and we are still checking it. Sees nothing yet. See it or stop it"
    ]
    assert of(page, "Inez Vale") == ["This form does not count. Sees nothing. Call us about it. See it or stop it"]
    assert of(page, "Hal Vale") == ["On hold right now. Sees nothing. Call us about it. See it or stop it"]
    assert of(page, "Bea Vale") == ["Begins Tuesday, November 24. Sees nothing yet. See it or stop it"]
    assert of(page, "Enzo Vale") == ["Ended November 22. Sees nothing. Share again"]
    assert of(page, "Max Vale") == ["Stopped November 22. Sees nothing. Share again"]
    assert of(page, "Nora Vale") == ["Everything is turned off. Sees nothing. Share again"]


def test_nobody_is_in_the_picture_of_another_patient(sign_in: SignIn) -> None:
    page = shown(sign_in(ROBIN), "/me/sharing")

    assert [row.th.text.split()[1] for row in page.select("table.matrix tbody tr")] == ["Dana"]  # type: ignore[union-attr]
    assert "Alex" not in page.text


@pytest.mark.parametrize("whose", [DANA, ALEX])
def test_an_end_within_two_weeks_is_said_calmly_and_no_other(
    app: Flask, sign_in: SignIn, clock: Clock, whose: Person
) -> None:
    (consent,) = rows(app, select(Consent).where(Consent.related_person_id == person_id(app, SAM, whose)))
    ends = f"Ends {words_of(consent.ends_on)}. You do not have to do anything."

    for days_left, is_said in ((15, False), (14, True), (0, True)):
        clock.set(MORNING + (consent.ends_on - dt.timedelta(days=days_left) - MORNING.date()))
        sam = sign_in(SAM)
        picture, home = shown(sam, "/me/sharing"), shown(sam, "/me")
        row = next(row for row in picture.select("table.matrix tbody tr") if whose.name in row.th.text)  # type: ignore[union-attr]
        line = next(one for one in home.select(".matrix-small li") if whose.given_name in one.text)
        assert [ends in row.th.text, ends in line.text] == [is_said, is_said], days_left  # type: ignore[union-attr]


def words_of(day: dt.date) -> str:
    return f"{day:%A}, {day:%B} {day.day}"


def test_one_press_on_stop_and_dana_sees_nothing_of_sam(app: Flask, sign_in: SignIn) -> None:
    sam, dana = sign_in(SAM), sign_in(DANA)
    assert "Sam" in dana.get("/home").text
    email = waiting_email(app, DANA)

    answer = submit(sam, "/me/sharing", stop_button("Dana Rivera"))

    assert (answer.status_code, answer.location) == (303, "/me/sharing")
    assert "Sam" not in dana.get("/home").text
    assert outcome(app, email) == "withheld"
    messages = rows(app, select(OutgoingEmail.message).where(OutgoingEmail.outcome.is_(None)))
    assert messages == ["sharing_changed"], "Sam gets the one notice, Dana gets nothing"


def test_the_page_after_a_stop_says_what_happened_and_what_cannot_be_pulled_back(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me/sharing", stop_button("Dana Rivera"))

    page = shown(sam, "/me/sharing")
    said = " ".join(page.select_one("[role=alert]").text.split())  # type: ignore[union-attr]

    assert said.startswith("Done. Dana sees nothing now. Stopped at 8:30 AM. Emails already sent")
    assert "cannot be pulled back. Dana is not told." in said
    assert "You have a family session with Dana: tomorrow, 5:30 PM. It stays booked." in said
    assert of(page, "Dana Rivera") == ["Stopped November 23. Sees nothing. Share again"]
    assert shown(sam, "/me/sharing").select_one("main [role=alert]") is None, "said once"


def test_stopping_from_an_old_page_is_refused_in_a_sentence(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    old_page = sam.get("/me/sharing")
    send(sam, old_page, stop_button("Dana Rivera"))

    answer = send(sam, old_page, stop_button("Dana Rivera"))

    assert answer.status_code == 200
    assert "You do not share anything with this person" in answer.text


def test_one_press_pauses_everybody_and_one_press_starts_again(sign_in: SignIn) -> None:
    sam, dana, alex = sign_in(SAM), sign_in(DANA), sign_in(ALEX)

    submit(sam, "/me/sharing", "form[action='/me/sharing/pause']")
    page = shown(sam, "/me/sharing")

    assert "see nothing. They are not told." in " ".join(page.select_one("main [role=alert]").text.split())  # type: ignore[union-attr]
    assert "Paused" in of(page, "Dana Rivera")
    assert "Sam" not in dana.get("/home").text
    assert "Sam" not in alex.get("/home").text

    submit(sam, "/me/sharing", "form[action='/me/sharing/resume']")

    assert "Sam" in dana.get("/home").text
    assert "Sam" in alex.get("/home").text
    assert of(shown(sam, "/me/sharing"), "Pat Rivera") == ["Ended November 22. Sees nothing. Share again"]


def test_while_paused_every_page_says_so(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me", "form[action='/me/sharing/pause']")

    for url in ("/me", "/me/sharing", "/me/looks", "/me/schedule", "/me/sessions", "/me/safety", "/me/sharing/new/who"):
        assert "Sharing is paused." in shown(sam, url).select_one(".about").text  # type: ignore[union-attr]


def test_turning_one_thing_off_takes_one_press(sign_in: SignIn) -> None:
    sam, dana = sign_in(SAM), sign_in(DANA)
    person = link(shown(sam, "/me/sharing"), "Dana Rivera")
    assert "What we are working on this week" in dana.get("/updates").text

    answer = submit(sam, person, f"form[action='{person}/off/going']")

    assert (answer.status_code, answer.location) == (303, person)
    assert "Dana no longer sees “How it is going”" in sam.get(person).text
    assert "What we are working on this week" not in dana.get("/updates").text


def test_a_person_is_never_named_in_a_title_or_an_address(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    person = link(shown(sam, "/me/sharing"), "Dana Rivera")

    for url in (person, f"{person}/copy", f"{person}/preview", "/me/sharing"):
        title = shown(sam, url).title.text  # type: ignore[union-attr]
        assert not {"Dana", "Sam", "Rivera"} & set(title.split())
    assert "dana" not in person.lower()


def test_two_patients_have_different_addresses_for_the_same_mother(sign_in: SignIn) -> None:
    pages = [shown(sign_in(person), "/me/sharing") for person in (SAM, ROBIN)]

    assert link(pages[0], "Dana Rivera") != link(pages[1], "Dana Rivera")
    assert sign_in(ROBIN).get(link(pages[0], "Dana Rivera")).status_code == 404


def test_home_says_how_many_can_see_and_who_looked_last(sign_in: SignIn) -> None:
    home = " ".join(shown(sign_in(SAM), "/me").text.split())

    assert "Hello, Sam" in home
    assert "3 people can see some things. Dana looked last, today at 7:52 AM." in home
    assert "Week 5 of 12" in home
    assert "Jo has asked to see some things" in home
    assert "Family session with Dana and Ben Osei. Online" in home


def test_a_first_visit_says_that_nobody_can_see_anything(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    from portal.cast import Cast, Person
    from portal.db import db

    new = Person("noor@example.org", "Noor", "Haddad", "has named nobody yet")
    with app.app_context(), db.sessionmaker.begin() as own_session:
        Cast(own_session, clock.moment).patient(new)

    for url in ("/me", "/me/sharing"):
        assert "Nobody can see anything." in shown(sign_in(new), url).text


def test_planned_weeks_can_be_hidden_from_the_family(sign_in: SignIn) -> None:
    sam, alex = sign_in(SAM), sign_in(ALEX)
    assert "Week 5 of 12" in alex.get("/home").text

    submit(sam, "/me", "form[action='/me/weeks']")

    assert "Week 5 of 12" not in alex.get("/home").text
    assert "Week 5 of 12" in sam.get("/me").text


def test_a_daughter_who_signed_with_her_mother_sees_it_in_the_picture(sign_in: SignIn) -> None:
    assert of(shown(sign_in(MAYA), "/me/sharing"), "Rosa Delgado")[:2] == ["Can see", "Can see"]


def test_saying_no_is_silent(app: Flask, sign_in: SignIn) -> None:
    from portal.cast import JO

    sam, jo = sign_in(SAM), sign_in(JO)
    before = jo.get("/home").text
    request = link(shown(sam, "/me/sharing"), "Look at what Jo asked")
    assert "Jo does not know if you are here" in " ".join(shown(sam, request).text.split())

    answer = submit(sam, request, f"form[action='{request}/no']")

    assert answer.status_code == 303
    page = shown(sam, "/me/sharing")
    assert "Done. Jo sees nothing. Jo is not told." in " ".join(page.text.split())
    assert of(page, "Jo Rivera")[0].startswith("Sees nothing.")
    assert sam.get(request).status_code == 404
    assert without_tokens(jo.get("/home").text) == without_tokens(before)
    assert rows(app, select(OutgoingEmail.message)) == ["sharing_changed"]


def without_tokens(html: str) -> str:
    page = BeautifulSoup(html, "html.parser")
    for token in page.select("[name=csrf_token]"):
        token.decompose()
    return str(page)


def test_a_page_asks_the_same_number_of_questions_whatever_the_number_of_people(app: Flask, sign_in: SignIn) -> None:
    from sqlalchemy import event

    from portal.db import db

    counts = {}
    for person in (SAM, ROBIN):
        browser = sign_in(person)
        browser.get("/me/sharing")
        asked: list[str] = []
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", lambda *args, asked=asked: asked.append(args[2]))
        browser.get("/me/sharing")
        counts[person.given_name] = len(asked)

    assert counts["Sam"] - counts["Robin"] <= counts["Robin"], "sixteen people, one person"
