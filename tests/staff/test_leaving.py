"""The care team writes down that somebody has left: seen before it is done, read by the patient afterwards."""

from __future__ import annotations

from flask import Flask

from portal.cast import ALEX, BEN, DANA, PRIYA, RUTH, SAM
from tests.browser_form import send, soup, submit
from tests.conftest import SignIn, patient_id
from tests.services.looking import sees
from tests.staff.looking import looks_of, patient_ref


def url(app: Flask, name: str = "Sam") -> str:
    return f"/staff/people/{patient_ref(app, name)}"


def test_it_is_two_clicks_from_the_person_and_says_who_will_see_nothing(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    link = soup(priya.get(url(app))).select_one("main a[href$='/left']")
    assert link is not None
    page = priya.get(str(link["href"]))
    lists = {one.get_text(): one.find_next("ul").get_text(" ", strip=True) for one in soup(page).select("main h2")}  # type: ignore[union-attr]

    assert lists["Will see nothing"] == "Alex Rivera, My husband"
    assert lists["Goes on until its date"].startswith("Dana Rivera, My mom: until Friday, February 12")
    assert "Thursday, December 3, 4:30 PM" in lists["Stays booked"]
    assert ("person", "Sam") in looks_of(app, PRIYA)
    assert sees(app, ALEX, patient_id(app, SAM)) != set(), "nothing was done yet"

    answer = send(priya, page, "main form.post")
    assert (answer.status_code, answer.location) == (303, f"{url(app)}/sharing")
    assert "Written down: Sam has left the program." in priya.get(answer.location).text
    assert sees(app, ALEX, patient_id(app, SAM)) == set()
    assert sees(app, DANA, patient_id(app, SAM)) != set()


def test_alexs_next_click_finds_nothing_and_does_not_say_why(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    assert "Sam" in alex.get("/home").text
    submit(sign_in(PRIYA), f"{url(app)}/left", "main form.post")

    page = alex.get("/home").text
    assert "Sam" not in page
    assert "left" not in soup(alex.get("/home")).main.get_text()  # type: ignore[union-attr]


def test_sam_reads_who_wrote_it_down(app: Flask, sign_in: SignIn) -> None:
    submit(sign_in(PRIYA), f"{url(app)}/left", "main form.post")
    sam = sign_in(SAM)

    assert f"{PRIYA.name} wrote down that you left the program" in sam.get("/me/looks").text
    assert "You have left the program." in sam.get("/me").text


def test_the_privacy_office_finds_it_in_the_record(app: Flask, sign_in: SignIn) -> None:
    submit(sign_in(PRIYA), f"{url(app)}/left", "main form.post")

    assert "Left the program: sharing" in sign_in(RUTH).get("/privacy-office?act=left").text


def test_what_is_written_down_is_not_offered_again(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = priya.get(f"{url(app)}/left")
    send(priya, page, "main form.post")

    assert send(priya, page, "main form.post").status_code == 303
    assert (again := priya.get(f"{url(app)}/left")).status_code == 303
    assert again.location == url(app)
    person = priya.get(url(app))
    assert "Left the program." in person.text
    assert soup(person).select("main a[href$='/left']") == []


def test_with_nothing_that_ends_with_it_the_page_says_so(app: Flask, sign_in: SignIn) -> None:
    assert "Nobody. Nothing in force ends with the program." in sign_in(BEN).get(f"{url(app, 'Robin')}/left").text


def test_the_privacy_office_writes_nothing_down_here(app: Flask, sign_in: SignIn) -> None:
    assert sign_in(RUTH).get(f"{url(app)}/left").status_code == 404
