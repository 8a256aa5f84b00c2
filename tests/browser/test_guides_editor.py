"""Priya mends a guide and sees it as families will; a newer text of the portal does not write over her words."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, expect

from portal.cast import DANA, PRIYA
from portal.services import guide_loading
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import PHONE, both, says_what_is_wrong
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

GUIDES = Path("portal/guides")
SENTENCE = "Watch the lighthouse together."


@both
def test_priya_mends_a_sentence_and_dana_reads_it_and_an_upgrade_leaves_it(
    visit: Visit, served: Served, tmp_path: Path, script: bool
) -> None:
    priya, dana = visit(PRIYA, script=script), visit(DANA, script=script, **PHONE)
    priya.click("link", "Guides")
    priya.click("link", re.compile("English.*: Listening well"))
    add(priya, f"{SENTENCE} He is not an addict.")
    if not script:
        priya.click("button", "Preview")
    seen = preview(priya)
    expect(seen.get_by_text(SENTENCE)).to_be_visible()
    expect(seen.get_by_role("heading", level=1)).to_have_text("Listening well, and talking without a fight")
    dana.open("/guides/listening-well")
    assert SENTENCE not in dana.main

    priya.click("button", re.compile("^Swap.*addict"))
    priya.click("button", "Publish")
    assert "Published. Families read it now." in priya.main
    assert priya.clicks <= 5
    dana.open("/guides/listening-well")
    assert f"{SENTENCE} He is not a person with an addiction." in dana.main

    a_newer_portal_comes(served, tmp_path)
    dana.page.reload()
    assert SENTENCE in dana.main
    priya.page.reload()
    priya.click("link", "See what differs")
    assert "See the good" in priya.main
    priya.click("button", "Take it over")
    dana.page.reload()
    assert "See the good" in dana.main
    assert SENTENCE not in dana.main


@both
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(visit: Visit, script: bool) -> None:
    priya = visit(PRIYA, script=script)
    priya.open("/staff/guides/listening-well/en/edit")
    add(priya, "![](picture:craving-wave) <b>Hi</b>")
    priya.page.get_by_label("Title", exact=True).fill("")
    priya.click("button", "Publish")

    says_what_is_wrong(priya)
    assert "<b>Hi</b>" in text_field(priya)


@both
def test_an_old_version_is_one_press_away(visit: Visit, script: bool) -> None:
    priya = visit(PRIYA, script=script)
    priya.open("/staff/guides/listening-well/en/edit")
    add(priya, SENTENCE)
    priya.click("button", "Publish")
    priya.click("link", "History: version 2")
    expect(priya.page.get_by_role("insertion")).to_contain_text(SENTENCE)

    priya.click("button", "As a draft: version 1")

    assert SENTENCE not in text_field(priya)
    assert "Draft, saved by Priya" in priya.main


def test_the_preview_is_as_wide_as_a_phone_or_a_desk_and_the_signs_are_put_around_words(visit: Visit) -> None:
    priya = visit(PRIYA)
    priya.open("/staff/guides/new")
    priya.write("Title", "Tea")
    text = priya.page.get_by_label("Text", exact=True)
    text.fill("A warm cup")
    text.select_text()
    priya.click("button", "Bold")
    expect(preview(priya).locator("strong")).to_have_text("A warm cup")

    narrow = width(priya)
    priya.click("button", "Desktop")
    assert narrow < 500
    assert width(priya) > 1000
    priya.click("button", "Phone")
    assert width(priya) == narrow


def add(priya: Visitor, words: str) -> None:
    priya.page.get_by_label("Text", exact=True).fill(f"{text_field(priya)}\n\n{words}")


def text_field(priya: Visitor) -> str:
    return priya.page.get_by_label("Text", exact=True).input_value()


def preview(priya: Visitor) -> FrameLocator:
    return priya.page.frame_locator("iframe[data-guide-frame]")


def width(priya: Visitor) -> int:
    return int(preview(priya).locator("html").evaluate("root => root.clientWidth"))


def a_newer_portal_comes(served: Served, folder: Path) -> None:
    (folder / "en").mkdir()
    text = (GUIDES / "en" / "listening-well.md").read_text().replace("Notice the good", "See the good")
    (folder / "en" / "listening-well.md").write_text(text)
    shutil.copy(GUIDES / "en" / "setting-limits.md", folder / "en")
    served.at_work(lambda: guide_loading.load(folder))
