"""What a relative is told about the consent behind a page."""

from __future__ import annotations

from hashlib import sha256

from portal.cast import ALEX, DANA, PAT
from portal.consent.notice import LONG_NOTICE
from tests.browser_form import soup
from tests.conftest import SignIn


def words_of(page: object) -> str:
    return " ".join(soup(page).select_one("main").text.split())  # type: ignore[arg-type]


def test_the_statement_of_the_law_is_word_for_word() -> None:
    assert LONG_NOTICE.startswith("This record which has been disclosed to you is protected by Federal")
    assert sha256(LONG_NOTICE.encode()).hexdigest() == (
        "d82205a18044f9f45776343d91e26d8ddb44bf13e136af169ec73d755facd9a8"
    )


def test_alex_reads_what_sam_agreed_to_and_nothing_about_what_sam_did_not(sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    page = alex.get(str(soup(alex.get("/home")).select_one(".about-links a")["href"]))
    said = words_of(page)

    assert said.startswith("What Sam agreed to share with you Sam chose this on Monday, November 16.")
    assert [" ".join(thing.text.split()) for thing in soup(page).select("main section li")] == [
        "That Sam takes part in this program",
        "Session times",
        "Family sessions",
        "Plan changes",
    ]
    assert "How it is going" not in said
    assert "The day Sam leaves the program, or Saturday, March 13, 2027, whichever is first" in said
    assert "So they can support me" in said
    assert "Sam can see when you look at these pages." in said
    assert LONG_NOTICE in said


def test_dana_reads_about_each_of_the_two(sign_in: SignIn) -> None:
    dana = sign_in(DANA)

    assert "What Robin agreed to share" in words_of(dana.get("/shared"))
    for link in soup(dana.get("/home")).select(".about-links a"):
        name, other = ("Sam", "Robin") if "Sam" in link.text else ("Robin", "Sam")
        said = words_of(dana.get(str(link["href"])))
        assert name in said and other not in said


def test_labels_differ_from_reader_to_reader(sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    danas = {str(link["href"]) for link in soup(dana.get("/home")).select(".about-links a")}
    his = str(soup(alex.get("/home")).select_one(".about-links a")["href"])

    assert his not in danas
    assert [alex.get(address).status_code for address in danas] == [404, 404]


def test_when_sharing_has_ended_there_is_nothing_to_explain(sign_in: SignIn) -> None:
    assert sign_in(PAT).get("/shared").status_code == 404


def test_the_short_notice_is_on_every_page_that_shows_something_and_on_no_other(sign_in: SignIn) -> None:
    notice = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    dana, pat = sign_in(DANA), sign_in(PAT)

    for address in ("/home", "/schedule", "/sessions", "/updates", "/shared"):
        assert notice in soup(dana.get(address)).select_one("footer").text
    assert notice not in pat.get("/home").get_data(as_text=True)
