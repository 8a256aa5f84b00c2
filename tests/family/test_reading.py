"""Home says what to read next; it is the reader's own, also when somebody looks through their eyes."""

from __future__ import annotations

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.cast import DANA, JO, SAM
from portal.services import courses, guide_progress, guides
from tests.conftest import SignIn, at_the_clinic
from tests.front_door.conftest import library
from tests.services.reading import account

__all__ = ["library"]


def words_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.text, "html.parser").main.get_text(" ").split())  # type: ignore[union-attr]


def read(app: Flask, reader: int, *numbers: int) -> None:
    with at_the_clinic(app):
        for number in numbers:
            courses.finish_part(reader, courses.way("the-family-course", "en", reader), number, "en")


def test_home_leads_to_the_next_part_and_to_the_guide_somebody_is_in_the_middle_of(
    library: Flask, sign_in: SignIn
) -> None:
    dana, reader = sign_in(DANA), account(library, DANA)
    assert "Part 1 of “The family course”." in words_of(dana, "/home")
    read(library, reader, 1, 2)
    assert "Part 3 of “The family course”." in words_of(dana, "/home")

    with at_the_clinic(library):
        guide_progress.keep_place(reader, guides.get("listening-well", "en"), "part-2")
    assert "Listening well, and talking without a fight You kept your place in it." in words_of(dana, "/home")


def test_who_sees_nothing_is_led_on_too(library: Flask, sign_in: SignIn) -> None:
    assert "Part 1 of “The family course”." in words_of(sign_in(JO), "/home")


def test_sam_sees_what_dana_sees_but_not_what_she_reads(library: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    page = BeautifulSoup(sam.get("/me/sharing").text, "html.parser")
    before = {link["href"]: words_of(sam, link["href"]) for link in page.select("a[href$='/preview']")}
    assert before
    read(library, account(library, DANA), 1, 2)

    assert {address: words_of(sam, address) for address in before} == before
    assert not any("family course" in text for text in before.values())
