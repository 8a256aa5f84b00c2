"""The care team's page of courses: parts move by one press each, and families see it at once."""

from __future__ import annotations

from bs4 import BeautifulSoup
from flask import Flask

from portal.cast import PRIYA
from tests.browser_form import send, submit
from tests.conftest import SignIn
from tests.front_door.conftest import library

__all__ = ["library"]

COURSE = "/staff/courses/the-family-course"


def first_parts(library: Flask) -> list[str]:
    page = BeautifulSoup(library.test_client().get("/courses/the-family-course").text, "html.parser")
    return [link.text for link in page.select(".parts a")][:3]


def press(words: str) -> str:
    return f"form:has(> button[aria-label^='{words}'])"


def test_a_part_goes_down_and_up_and_out_and_in_again(library: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    before = first_parts(library)

    submit(priya, COURSE, press(f"Down: {before[0]}"))
    assert first_parts(library) == [before[1], before[0], before[2]]
    submit(priya, COURSE, press(f"Up: {before[0]}"))
    assert first_parts(library) == before

    submit(priya, COURSE, press(f"Take out: {before[0]}"))
    assert before[0] not in first_parts(library)
    submit(priya, COURSE, "form[action$='/add']", guide="who-to-call", stage="new", new_en="Whom to call", new_es="")
    page = library.test_client().get("/courses/the-family-course").text
    assert "Whom to call" in page


def test_an_old_page_of_the_course_is_answered_in_words(library: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    old = priya.get(COURSE)
    before = first_parts(library)
    send(priya, old, press(f"Down: {before[0]}"))
    send(priya, old, press(f"Down: {before[0]}"))

    assert "Somebody changed this course after you opened it." in priya.get(COURSE).text
    assert first_parts(library)[1] == before[0]


def test_its_words_are_changed_in_both_languages_and_a_name_is_needed(library: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    answer = submit(priya, COURSE, "form:has(#title_en)", title_en="", title_es="Para todos")
    assert "Write a name in English." in answer.text
    assert "Para todos" in answer.text

    submit(priya, COURSE, "form:has(#title_en)", title_en="For all of us", title_es="Para todos")
    page = BeautifulSoup(library.test_client().get("/courses/the-family-course?lang=es").text, "html.parser")
    assert page.h1 is not None
    assert page.h1.text == "Para todos"


def test_a_course_begins_with_one_guide(library: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    answer = submit(
        priya, "/staff/courses/new", title_en="First evenings", slug="first evenings", guide="listening-well"
    )
    assert "Use small letters, digits and hyphens" in answer.text
    answer = submit(
        priya, "/staff/courses/new", title_en="First evenings", slug="first-evenings", guide="listening-well"
    )
    assert answer.location == "/staff/courses/first-evenings"
    assert "First evenings" in library.test_client().get("/guides").text


def test_the_stages_are_renamed(library: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    submit(priya, COURSE, "form[action$='/stages']", stage_0_en="The first days", stage_0_es="")

    assert "The first days" in library.test_client().get("/courses/the-family-course").text
