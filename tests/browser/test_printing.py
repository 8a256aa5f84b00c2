"""What is printed: a sheet for the kitchen door, what was agreed with everything else, and the signed copy."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pypdf import PdfReader

from portal.cast import DANA, PRIYA, SAM
from portal.services import series
from tests.browser.conftest import Served, Visit
from tests.browser.screens import open_signed_copy
from tests.browser.test_screens import on_paper
from tests.services.planning import march, timetable

pytestmark = pytest.mark.browser

AGREED = (
    "Sam agreed to share with you, until Friday, February 12, 2027: "
    "that Sam takes part in this program, session times, "
)


def test_dana_prints_her_schedule_on_one_sheet_that_names_nobody(visit: Visit) -> None:
    dana = visit(DANA)
    dana.click("link", "Schedule")
    dana.click("link", "Print")

    assert (dana.clicks, on_paper(dana.page)) == (2, 1)
    dana.page.emulate_media(media="print")
    printed = dana.text
    for word in ("Sam", "Robin", "Dana", "Room", "Ben Osei", "Riverbend", "42 CFR", "Schedule to print"):
        assert word not in printed
    assert "Group" in printed
    assert "Printed Monday, November 23, 2026." in printed

    dana.page.emulate_media(media="screen")
    dana.tick("Put names on it")
    dana.tick("Put places on it")
    dana.choose("8 weeks")
    dana.click("button", "Show it this way")
    dana.page.wait_for_url("**/schedule/print?*")
    dana.page.emulate_media(media="print")
    assert on_paper(dana.page) == 1
    assert "Sam. Group. Room 1" in dana.main
    assert "42 CFR part 2 prohibits" in dana.text
    assert AGREED in dana.text


def test_the_sheet_of_two_full_timetables_is_one_page_too(visit: Visit, served: Served) -> None:
    """Robin's group and Sam's each meet five days a week besides the evenings, in a room with a long name."""
    served.at_work(plan_every_weekday)
    dana = visit(DANA)
    for address in ("/schedule/print", "/schedule/print?names=y&places=y", "/schedule/print?names=y&places=y&weeks=8"):
        dana.open(address)
        assert dana.main.count("10:00 AM") >= 20
        assert on_paper(dana.page) == 1, address


def plan_every_weekday() -> None:
    for name, wall in (("Evening A", dt.time(10)), ("Evening B", dt.time(10, 30))):
        plan = march(
            timetable_id=timetable(name), starts_on=dt.date(2026, 11, 24), wall_time=wall, minutes=90,
            by_day=("MO", "TU", "WE", "TH", "FR"), until=dt.date(2027, 1, 31), place="Community room, second floor",
        )  # fmt: skip
        series.publish(plan, account_id=None)


def test_what_is_printed_says_what_was_agreed(visit: Visit) -> None:
    dana = visit(DANA)
    dana.click("link", "Updates")
    dana.page.locator("main h2 a").first.click()
    assert "agreed to share with you, until" not in dana.text
    dana.page.emulate_media(media="print")

    assert AGREED in dana.text
    assert "42 CFR part 2 prohibits" in dana.text
    assert "What Sam agreed to" not in dana.text


def test_the_sheet_of_a_relative_who_lives_elsewhere_is_one_page_too(visit: Visit) -> None:
    dana = visit(DANA)
    dana.open("/settings/time-zone")
    dana.page.locator("select[name=time_zone]").select_option("America/New_York")
    dana.page.locator("main form:has(select) button").click()
    dana.page.wait_for_load_state()
    dana.open("/schedule/print?names=y&places=y")

    assert "Eastern Time: 7:00 PM." in dana.main
    assert on_paper(dana.page) == 1


def test_the_day_sheet_lies_on_its_side(visit: Visit) -> None:
    priya = visit(PRIYA)
    priya.open("/staff/day/2026-11-24/print")

    (sheet,) = PdfReader(io.BytesIO(priya.page.pdf(prefer_css_page_size=True))).pages
    assert sheet.mediabox.width > sheet.mediabox.height


@pytest.mark.parametrize(
    ("language", "numbered"),
    [("English", "Page {} of {}"), ("Español", "Página {} de {}")],
    ids=["English", "Spanish"],
)
def test_each_sheet_says_which_of_how_many_it_is(visit: Visit, language: str, numbered: str) -> None:
    sam = visit(SAM)
    if language != "English":
        sam.open("/privacy")
        sam.click("button", language)
    sam.open("/me/sharing")
    open_signed_copy(sam.page)

    sheets = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(sam.page.pdf())).pages]

    assert 1 <= len(sheets) <= 2
    for number, sheet in enumerate(sheets, start=1):
        assert numbered.format(number, len(sheets)) in " ".join(sheet.split())


def test_no_heading_stands_alone_at_the_foot_of_a_sheet(visit: Visit) -> None:
    sam = visit(SAM)
    sam.open("/me/sharing")
    open_signed_copy(sam.page)

    for millimetres in range(0, 180, 8):
        sam.page.locator(".signed-copy").evaluate("(copy, mm) => { copy.style.paddingTop = `${mm}mm` }", millimetres)
        sheets = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(sam.page.pdf())).pages]
        with_heading = next(sheet for sheet in sheets if "Signed" in sheet.splitlines())
        assert "Signed by Sam Rivera on" in " ".join(with_heading.split()), f"{millimetres} mm further down"
        if with_heading != sheets[0]:
            return
    pytest.fail("the heading never goes to the second sheet")


def test_a_guide_is_printed_with_its_sources_and_without_what_is_pressed(visit: Visit) -> None:
    somebody = visit(None)
    somebody.open("/guides/breathing-emergency")
    assert "Law Enforcement Naloxone Toolkit" not in somebody.main
    somebody.page.emulate_media(media="print")

    for printed in ("Law Enforcement Naloxone Toolkit", "What to do, step by step", "Try not to", "Reviewed by:"):
        assert printed in somebody.main
    for pressed in ("On this page", "Español", "The picture in words", "One way to answer"):
        assert pressed not in somebody.main
    assert on_paper(somebody.page) <= 5
