"""The family course: for everybody to read, and for those with an account to carry on with."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import DANA, PRIYA, SAM, Person
from portal.db import session
from portal.models import CourseFinish, GuideProgress
from portal.services import courses
from tests.browser_form import submit
from tests.conftest import SignIn, at_the_clinic
from tests.front_door.fields import fields_of
from tests.services.reading import account

COURSE = "/courses/the-family-course"
TELL = f"{COURSE}/tell"


def words_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.text, "html.parser").main.get_text(" ").split())  # type: ignore[union-attr]


def read_all_but(app: Flask, person: Person, left: int) -> None:
    reader = account(app, person)
    with at_the_clinic(app):
        way = courses.way("the-family-course", "en", reader)
        for part in way.parts[: way.total - left]:
            courses.finish_part(reader, way, part.number, "en")


def test_somebody_without_an_account_takes_the_course_and_gets_no_cookie_and_no_button(library: Flask) -> None:
    client = library.test_client()
    for address in (COURSE, f"{COURSE}/1", f"{COURSE}/30", f"{COURSE}?lang=es", f"{COURSE}/7?lang=es"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "Set-Cookie" not in answer.headers, address
        assert "<form" not in answer.text, address
    assert "Part 7 of 30" in words_of(client, f"{COURSE}/7")


def test_what_is_sent_without_an_account_leads_to_the_sign_in_page_and_is_not_kept(library: Flask) -> None:
    client = library.test_client()
    token = fields_of(client.get("/sign-in"))["csrf_token"]
    for address in (f"{COURSE}/1", TELL, "/guides/listening-well/place", "/guides/listening-well/again"):
        answer = client.post(address, data={"csrf_token": token})
        assert (answer.status_code, answer.location) == (303, "/sign-in"), address
    assert client.get("/guides/listening-well/answers").location == "/sign-in"


@pytest.mark.both_databases
def test_done_leads_to_the_next_part_and_carry_on_to_the_first_that_is_left(library: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    for number in (1, 2):
        answer = submit(dana, f"{COURSE}/{number}")
        assert answer.location == f"{COURSE}/{number + 1}"

    page = BeautifulSoup(dana.get(COURSE).text, "html.parser")
    assert "2 of 30 parts read, 6 %" in page.get_text(" ")
    assert page.find("a", string="Carry on")["href"] == f"{COURSE}/3"  # type: ignore[index]
    assert "Next: What an intensive outpatient program is" in words_of(dana, "/guides")


def test_the_last_part_leads_to_the_end_where_nobody_has_to_tell(library: Flask, sign_in: SignIn) -> None:
    read_all_but(library, DANA, 1)
    dana = sign_in(DANA)

    assert submit(dana, f"{COURSE}/30").location == COURSE
    assert "You finished “The family course”." in words_of(dana, COURSE)
    with library.app_context():
        assert session().scalars(select(CourseFinish)).all() == []

    assert submit(dana, COURSE).location == COURSE
    words = words_of(dana, COURSE)
    assert "The care team can see that you finished it." in words
    assert "Tell the care team" not in words


def test_who_is_in_treatment_learns_too_and_is_not_asked_to_tell(library: Flask, sign_in: SignIn) -> None:
    read_all_but(library, SAM, 0)
    sam = sign_in(SAM)

    words = words_of(sam, COURSE)
    assert "You finished" in words
    assert "Tell the care team" not in words
    assert sam.post(TELL, data={"csrf_token": _token(sam)}).status_code == 404


def test_a_part_or_course_that_is_not_there_looks_like_any_other_no(library: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    for address in (f"{COURSE}/0", f"{COURSE}/31", f"{COURSE}/99999999999999999999", "/courses/nothing", "/courses"):
        assert dana.get(address).status_code == 404, address


def test_a_kept_place_is_offered_at_the_top_and_a_wrong_one_is_refused_in_words(
    library: Flask, sign_in: SignIn
) -> None:
    dana = sign_in(DANA)
    address = "/guides/listening-well"
    submit(dana, address, "main form[action$='/place']", place="part-3")
    page = BeautifulSoup(dana.get(address).text, "html.parser")
    link = page.find("a", string=lambda words: bool(words) and words.startswith("Carry on at"))
    assert link["href"] == "#part-3"  # type: ignore[index]
    assert "You are in the middle" in words_of(dana, "/guides")

    dana.post(f"{address}/place", data={"csrf_token": _token(dana), "place": "part-99"})
    assert "Choose where you want to go on." in words_of(dana, address)


def test_what_is_too_long_to_keep_comes_back_with_the_reason_beside_it(library: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    address = "/guides/listening-well/answers"
    long = "word " * 500
    answer = submit(dana, address, **{"written-1": long, "written-2": "Sunday"})

    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 200
    assert page.select_one(".error-summary a")["href"] == "#written-1"  # type: ignore[index]
    assert page.select_one("#written-1").text.strip() == long.strip()  # type: ignore[union-attr]
    assert page.select_one("#written-2").text.strip() == "Sunday"  # type: ignore[union-attr]

    saved = submit(dana, address, **{"written-1": "Short", "written-2": "Sunday"})
    assert saved.location == "/guides/listening-well"
    assert BeautifulSoup(dana.get(address).text, "html.parser").select_one("#written-2").text.strip() == "Sunday"  # type: ignore[union-attr]


def test_neither_the_clinic_nor_the_person_in_treatment_has_a_page_that_says_who_read_what(
    library: Flask, sign_in: SignIn
) -> None:
    read_all_but(library, DANA, 5)
    with library.app_context():
        assert len(session().scalars(select(GuideProgress)).all()) == 25
    for person, addresses in ((SAM, ("/me", "/me/looks", "/me/sharing")), (PRIYA, ("/staff", "/staff/people"))):
        somebody = sign_in(person)
        for address in addresses:
            assert "family course" not in somebody.get(address, follow_redirects=True).text


def _token(client: FlaskClient) -> str:
    page = BeautifulSoup(client.get("/guides/listening-well").text, "html.parser")
    return str(page.select_one("[name=csrf_token]")["value"])  # type: ignore[index]


def test_every_stage_of_the_way_can_be_read_on_its_own(library: Flask) -> None:
    page = BeautifulSoup(library.test_client().get(f"{COURSE}/20").text, "html.parser")
    assert [link["href"] for link in page.select(".way nav a")] == [f"{COURSE}/{n}" for n in range(18, 24)]
    assert page.select_one(".way [aria-current=step]")["href"] == f"{COURSE}/20"  # type: ignore[index]
