"""Forms signed on paper, as the care team types them in, checks them and prints them."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.cast import BEN, DANA, PAT, PRIYA, RUTH, SAM, Person
from portal.db import session
from portal.models import Account, Consent, ConsentScan, RecordEntry
from portal.services import scans
from tests.browser_form import filled, send, soup
from tests.conftest import SignIn
from tests.house.answers import face
from tests.services.test_paper_forms import seen_by
from tests.services.test_scans import PDF
from tests.staff.looking import looks_of, patient_ref, questions_to_the_database, related_ref

TOO_LARGE = "Choose a PDF or photo smaller than 10 MB"


class Robot:
    """Somebody at a browser whose clicks are counted; typing is none."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.clicks = client, 0
        self.answers: dict[str, Any] = {}

    def open(self, address: str) -> BeautifulSoup:
        return self._show(self.client.get(address))

    def follow(self, words: str) -> BeautifulSoup:
        self.clicks += 1
        link = next(one for one in self.page.select("a[href]") if words in one.get_text(" ", strip=True))
        return self._show(self.client.get(str(link["href"])))

    def type(self, **answers: str) -> None:
        self.answers |= {name.replace("__", "-"): words for name, words in answers.items()}

    def choose(self, **answers: str) -> None:
        for name, value in answers.items():
            field = self.page.select_one(f'[name="{name}"][value="{value}"], [name="{name}"] option[value="{value}"]')
            assert field is not None, f"there is no {name} to set to {value}"
            self.clicks += 1
        self.answers |= answers

    def press(self, words: str) -> BeautifulSoup:
        self.clicks += 1
        button = next(one for one in self.page.select("main button") if one.get_text(strip=True) == words)
        form = button.find_parent("form")
        assert form is not None
        which = f'form[action="{form["action"]}"]'
        more = {str(button["name"]): str(button["value"])} if button.get("name") else {}
        answer = send(self.client, self.answer, which, **self.answers, **more)
        self.answers = {}
        return self._show(answer)

    def _show(self, answer: TestResponse) -> BeautifulSoup:
        if answer.status_code == 303:
            answer = self.client.get(answer.location)
        assert answer.status_code == 200
        self.answer, self.page = answer, soup(answer)
        return self.page

    @property
    def words(self) -> str:
        return self.page.get_text(" ", strip=True)


def whole(app: Flask, **more: Any) -> dict[str, Any]:
    """Every answer of a whole form, as the page sends it."""
    return {
        "patient_name": "Sam Rivera", "names_discloser": "yes", "person": related_ref(app, "Sam", PAT),
        "scopes": ["times"], "names_treatment": "yes", "purpose": "So that he can drive me", "until": "date",
        "ends_on-month": "12", "ends_on-day": "15", "ends_on-year": "2026", "says_how_to_stop": "yes",
        "signers": ["patient"], "signed_on-month": "11", "signed_on-day": "23", "signed_on-year": "2026",
        "was_alone": "yes",
    } | more  # fmt: skip


def page_of(app: Flask) -> str:
    return f"/staff/people/{patient_ref(app, 'Sam')}/paper"


def typed_in(app: Flask, priya: FlaskClient, **more: Any) -> TestResponse:
    """What answers to a form of Sam's that Priya types in."""
    page = priya.get(page_of(app))
    return send(priya, page, f'form[action="{page_of(app)}"]', **whole(app, **more))


def kept(app: Flask, priya: FlaskClient, **more: Any) -> str:
    """The address of a form that was kept."""
    answer = typed_in(app, priya, **more)
    assert answer.status_code == 303
    return urlsplit(answer.location).path


def forms(app: Flask) -> list[Consent]:
    with app.app_context():
        g.reading = True
        of_sam = Consent.recorded_at.is_not(None), Consent.patient.has(given_name="Sam")
        return list(session().scalars(select(Consent).where(*of_sam).order_by(Consent.id)))


def upload(client: FlaskClient, address: str, content: bytes, name: str = "scan.pdf") -> TestResponse:
    where, values = filled(client.get(address), f'form[action="{address}/scan"]')
    return post_file(client, where, content, name, **values)


def post_file(client: FlaskClient, where: str, content: bytes, name: str = "scan.pdf", **values: Any) -> TestResponse:
    """Send a file as a browser does; werkzeug's own client would leave a temporary file open."""
    boundary, body = encode_multipart(values | {"scan": FileStorage(BytesIO(content), name)})
    return client.post(where, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def test_a_form_without_an_end_is_named_then_mended_then_checked_then_shared(app: Flask, sign_in: SignIn) -> None:
    priya, ben, pat = Robot(sign_in(PRIYA)), Robot(sign_in(BEN)), sign_in(PAT)
    assert seen_by(app, PAT) == set()

    priya.open(f"/staff/people/{patient_ref(app, 'Sam')}")
    priya.follow("Forms on paper")
    priya.type(patient_name="Sam Rivera", purpose="So that he can drive me")
    priya.type(signed_on__month="11", signed_on__day="23", signed_on__year="2026")
    priya.choose(person=related_ref(app, "Sam", PAT), scopes="times", names_discloser="yes", names_treatment="yes")
    priya.choose(says_how_to_stop="yes", signers="patient", was_alone="yes")
    priya.press("Check and keep")

    assert "Elements: 8 of 9" in priya.words
    assert "It has no end date or event." in priya.words
    assert forms(app) == []
    assert seen_by(app, PAT) == set()

    priya.choose(until="program")
    priya.press("Check and keep")
    assert "Waits for a second person. It shares nothing." in priya.words
    assert seen_by(app, PAT) == set()

    ben.open("/staff")
    ben.follow("waits for a second person")
    ben.choose(matches="y")
    ben.press("It matches. Start sharing")
    assert "Pat can see what Sam agreed to." in ben.words

    assert seen_by(app, PAT) == {"times"}
    assert "6:00 PM" in pat.get("/schedule").text
    assert priya.clicks + ben.clicks <= 14


def test_a_date_that_was_typed_says_that_the_form_ends_on_one(app: Flask, sign_in: SignIn) -> None:
    kept(app, sign_in(PRIYA), until="")

    (form,) = forms(app)
    assert (str(form.ends_on), form.ends_with_program) == ("2026-12-15", False)


def test_a_form_can_be_kept_as_not_usable_and_signed_again(app: Flask, sign_in: SignIn) -> None:
    priya = Robot(sign_in(PRIYA))
    answer = typed_in(app, priya.client, says_how_to_stop="no")
    assert answer.status_code == 200
    priya._show(answer)
    priya.press("Keep as not usable yet")

    assert "Not usable yet. It shares nothing." in priya.words
    assert "It does not say how to stop." in priya.words
    assert "It matches" not in priya.words
    here = urlsplit(priya.answer.request.url).path
    priya.open("/staff")
    assert "A form of S. Rivera on paper cannot be used" in priya.words
    assert "It does not say how to stop." in priya.words

    priya.open(here)
    priya.follow("Print a corrected form")
    assert "So that he can drive me" in priya.words
    assert "You can stop at any time" in priya.words
    assert "Signature of Sam Rivera" in priya.words

    priya.open(here)
    priya.follow("Record the corrected form")
    priya.type(signed_on__month="11", signed_on__day="23", signed_on__year="2026")
    priya.choose(says_how_to_stop="yes", signers="patient", was_alone="yes")
    priya.press("Check and keep")
    assert "Waits for a second person" in priya.words
    assert [one.stopped_how for one in forms(app)] == ["replaced", None]


def test_everything_wrong_is_said_at_once_and_nothing_is_lost(app: Flask, sign_in: SignIn) -> None:
    answer = typed_in(
        app, sign_in(PRIYA), patient_name="Kim Park", until="date", **{"ends_on-year": "1999", "signed_on-day": "40"}
    )
    page = soup(answer)
    said = [link.get_text(strip=True) for link in page.select(".error-summary a")]

    assert answer.status_code == 200
    assert len(said) == 3
    assert page.select_one("title").get_text(strip=True).startswith("Error:")  # type: ignore[union-attr]
    for link in page.select(".error-summary a"):
        assert page.select_one(str(link["href"])) is not None
    _, values = filled(answer, f'form[action="{page_of(app)}"]')
    for name, value in whole(app, patient_name="Kim Park", **{"ends_on-year": "1999", "signed_on-day": "40"}).items():
        assert values[name] in (value, value[0]), name
    assert forms(app) == []


def test_kind_or_place_without_session_times_is_questioned_beside_the_boxes(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)

    page = soup(typed_in(app, priya, scopes=["place", "going"]))

    assert forms(app) == []
    assert "leave both empty" in page.select_one("#scopes-error").text  # type: ignore[union-attr]
    assert kept(app, priya, scopes=["going"])


def test_a_form_sent_twice_is_kept_once(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    where, values = filled(priya.get(page_of(app)), f'form[action="{page_of(app)}"]', **whole(app))
    first, second = priya.post(where, data=values), priya.post(where, data=values)

    assert first.location == second.location
    assert len(forms(app)) == 1


def test_who_typed_it_in_cannot_check_it(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    address = kept(app, priya)
    page = priya.get(address)
    assert "It matches. Start sharing" not in page.text

    _, values = filled(page, f'form[action="{address}/throw-out"]')
    answer = priya.post(f"{address}/check", data=values | {"matches": "y"})

    assert answer.status_code == 200
    assert "You typed this form in. Somebody else must check it" in answer.text
    assert seen_by(app, PAT) == set()


def test_somebody_who_was_not_alone_is_asked_in_private(app: Flask, sign_in: SignIn) -> None:
    address = kept(app, sign_in(PRIYA), was_alone="no")
    ben = Robot(sign_in(BEN))
    ben.open(address)
    ben.choose(matches="y")
    ben.press("It matches. Start sharing")
    assert "Ask Sam in private first, then tick the box" in ben.words

    ben.choose(matches="y", asked_in_private="y")
    ben.press("It matches. Start sharing")
    assert seen_by(app, PAT) == {"times"}


def test_a_form_is_thrown_out_with_one_button(app: Flask, sign_in: SignIn) -> None:
    priya = Robot(sign_in(PRIYA))
    priya.open(kept(app, priya.client))
    priya.press("Throw it out")

    assert "Thrown out. It never shared anything." in priya.words
    assert "It matches" not in priya.words


@pytest.mark.parametrize("person", [SAM, DANA, PAT, RUTH], ids=lambda one: one.given_name)
def test_nobody_but_the_care_team_opens_a_form_or_its_scan(app: Flask, sign_in: SignIn, person: Person) -> None:
    priya = sign_in(PRIYA)
    address = kept(app, priya)
    upload(priya, address, PDF)
    nowhere = sign_in(person).get("/staff/people/zzzzzzzzzz/paper/zzzzzzzzzz")

    for end in ("", "/scan", "/copy", "/corrected"):
        answer = sign_in(person).get(address + end)
        assert answer.status_code == 404
        assert face(answer) == face(nowhere)


def test_a_form_hangs_on_the_page_of_its_own_patient(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    form_ref = kept(app, priya).rsplit("/", 1)[1]

    for end in ("", "/scan", "/copy", "/corrected"):
        answer = priya.get(f"/staff/people/{patient_ref(app, 'Robin')}/paper/{form_ref}{end}")
        assert answer.status_code == 404


def test_a_scan_leaves_as_a_file_without_a_name_and_its_opening_is_on_record(app: Flask, sign_in: SignIn) -> None:
    priya, ben = sign_in(PRIYA), sign_in(BEN)
    address = kept(app, priya)
    assert upload(priya, address, PDF, "Sam Rivera consent.pdf").status_code == 303
    answer = ben.get(f"{address}/scan")

    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=form.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert ("scan", "Sam") in looks_of(app, BEN)


@pytest.mark.parametrize("megabytes", [11, 41], ids=["larger", "far larger"])
def test_a_scan_that_is_too_large_gets_the_sentence(app: Flask, sign_in: SignIn, megabytes: int) -> None:
    priya = sign_in(PRIYA)
    address = kept(app, priya)
    answer = upload(priya, address, PDF.ljust(megabytes * 1024 * 1024))
    answer = priya.get(answer.location) if answer.status_code == 303 else answer

    assert answer.status_code == 200
    assert TOO_LARGE in answer.text
    with app.app_context():
        g.reading = True
        assert session().scalars(select(ConsentScan)).all() == []


def test_ten_megabytes_are_read_on_this_page_only(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    address = kept(app, priya)
    large = PDF.ljust(scans.MOST_BYTES)

    assert upload(priya, address, large).status_code == 303
    for other in (address + "/check", page_of(app)):
        assert post_file(priya, other, large).status_code == 413
    stranger = post_file(app.test_client(), f"{address}/scan", large)
    assert stranger.status_code == 303
    assert TOO_LARGE not in app.test_client().get(stranger.location).get_data(as_text=True)


@pytest.mark.parametrize("content", [b"", b"<html>", b"MZ" + bytes(90)], ids=["none", "a page", "a program"])
def test_what_is_no_scan_is_refused_beside_its_field(app: Flask, sign_in: SignIn, content: bytes) -> None:
    priya = sign_in(PRIYA)
    address = kept(app, priya)
    answer = upload(priya, address, content, "photo.jpg")

    assert answer.status_code == 200
    assert TOO_LARGE in soup(answer).select_one("#scan-error").get_text()  # type: ignore[union-attr]


def test_the_copy_says_every_element_in_the_language_of_the_form(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    address = kept(app, priya, language="es", interpreter="Ana Ruiz", witness="Lee Tran")
    page = soup(priya.get(f"{address}/copy"))
    document = page.select_one("article[lang=es]")
    assert document is not None
    words = document.get_text(" ", strip=True)

    assert page.select_one("html")["lang"] == "en"  # type: ignore[index]
    for said in ("Sam Rivera", "Riverbend Recovery Services LLC", "Pat Rivera", "So that he can drive me"):
        assert said in words
    for said in ("martes, 15 de diciembre de 2026", "lunes, 23 de noviembre de 2026", "Ana Ruiz", "Lee Tran"):
        assert said in words
    assert priya.get(kept(app, priya, purpose="", unusable="1") + "/copy").status_code == 404


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_corrected_form_ticks_what_was_ticked_in_its_own_language(
    app: Flask, sign_in: SignIn, language: str
) -> None:
    priya = sign_in(PRIYA)
    address = kept(app, priya, language=language, scopes=["times", "place"], purpose="", unusable="1")
    boxes = [box.get_text(" ", strip=True) for box in soup(priya.get(f"{address}/corrected")).select("article li")]

    for ticked, in_english, in_spanish in (
        ("☒", "session times: days and times", "horarios"),
        ("☐", "what kind each session is", "qué tipo"),
        ("☒", "where each session is", "dónde"),
        ("☒", "No emails to them.", "No se le envían correos."),
    ):
        words = in_english if language == "en" else in_spanish
        assert [box for box in boxes if box.startswith(f"{ticked} ") and words in box], words


def test_the_page_of_forms_lists_them_with_what_became_of_each(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    kept(app, priya)
    kept(app, priya, says_how_to_stop="no", unusable="1")
    words = soup(priya.get(page_of(app))).get_text(" ", strip=True)

    assert "For Pat Rivera, signed Monday, November 23, 2026" in words
    assert "Waits for a second person" in words
    assert "Not usable yet" in words
    assert "Sam Rivera" in soup(priya.get("/staff/people?show=paper")).get_text()


def test_whoever_reads_a_form_is_on_record(app: Flask, sign_in: SignIn) -> None:
    address = kept(app, sign_in(PRIYA))
    sign_in(BEN).get(address)

    assert ("paper", "Sam") in looks_of(app, BEN)
    with app.app_context():
        g.reading = True
        ben = session().scalars(select(Account.id).where(Account.email == BEN.email)).one()
        things = session().scalars(select(RecordEntry.thing_id).where(RecordEntry.account_id == ben)).all()
    assert forms(app)[0].id in things


def test_a_longer_list_of_forms_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)

    def asked() -> int:
        priya.get(page_of(app))
        with questions_to_the_database(app) as said:
            priya.get(page_of(app))
        return len(said)

    kept(app, priya)
    few = asked()
    for _ in range(4):
        kept(app, priya)

    assert asked() == few
