"""Every screen, on a phone and on a desk: readable, reachable, and without a finding."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from portal.cast import Person
from tests.browser.conftest import Visit
from tests.browser.screens import SCREENS, Screen
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Group = tuple[Person | None, str]
AXE = Axe().axe_script


def by_person() -> dict[Group, list[Screen]]:
    """The screens of each person in each language, those that change something last."""
    groups: dict[Group, list[Screen]] = {}
    for screen in sorted(SCREENS, key=lambda screen: screen.changes):
        groups.setdefault((screen.person, screen.language), []).append(screen)
    return groups


def _named(group: Group) -> str:
    person, language = group
    return (person.given_name if person else "anybody") + ("" if language == "en" else f" in {language}")


for_everybody = pytest.mark.parametrize(
    ("group", "screens"), by_person().items(), ids=[_named(group) for group in by_person()]
)


def arrive(visit: Visit, group: Group, **more: Any) -> Visitor:
    person, language = group
    # No colour is to be on its way to another while somebody looks.
    visitor = visit(person, reduced_motion="reduce", **more)
    if language != "en":
        visitor.open("/privacy")
        visitor.click("button", "Español")
    return visitor


def tour(visitor: Visitor, screens: Iterable[Screen]) -> Iterator[Screen]:
    """Each screen in turn; where one lies on the way to the next, the visitor goes on from there."""
    been: tuple[object, ...] = ()
    for screen in screens:
        way = (screen.path, *screen.steps)
        ahead = screen.steps[len(been) - 1 :]
        if not been or way[: len(been)] != been:
            visitor.open(screen.path)
            ahead = screen.steps
        for step in ahead:
            step(visitor.page)
        visitor.page.wait_for_load_state()
        been = way
        yield screen


@for_everybody
def test_axe_finds_nothing_on_any_screen_and_none_scrolls_sideways(
    visit: Visit, group: Group, screens: list[Screen]
) -> None:
    """Each screen is opened once; then it is looked at wide and narrow, in light and dark."""
    found = defaultdict(list)
    visitor = arrive(visit, group)
    at(visitor.page, 1280)
    for screen in tour(visitor, screens):
        visitor.page.evaluate(AXE)
        # Wide in the dark and narrow in the light: the dark changes nothing but colours, which do not depend on width.
        visitor.page.emulate_media(color_scheme="dark")
        found[screen.name] += [*violations(visitor.page, ABOUT_COLOURS), *too_wide(visitor.page)]
        visitor.page.emulate_media(color_scheme="light")
        at(visitor.page, 390)
        found[screen.name] += [*violations(visitor.page), *too_wide(visitor.page)]
        at(visitor.page, 320)
        found[screen.name] += too_wide(visitor.page)
        if screen.pages_on_paper and (pages := on_paper(visitor.page)) > screen.pages_on_paper:
            found[screen.name].append(f"takes {pages} pages of paper")
        at(visitor.page, 1280)

    assert {name: problems for name, problems in found.items() if problems} == {}


def at(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})


# No more than is said: all that axe knows of a page takes longer to hand over than some pages to look at.
FOUND_BY_AXE = """
    options => axe.run(document, {resultTypes: ['violations'], ...options}).then(found => found.violations.map(
        one => [one.id, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]))
"""
EVERY_RULE: dict[str, Any] = {}
ABOUT_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(page: Page, rules: dict[str, Any] = EVERY_RULE) -> list[str]:
    return [f"{rule} at {page.viewport_size['width']}: {nodes}" for rule, nodes in page.evaluate(FOUND_BY_AXE, rules)]


def too_wide(page: Page) -> list[str]:
    width = page.viewport_size["width"]
    scrolls = page.evaluate("document.documentElement.scrollWidth") > width
    return [f"scrolls sideways at {width} pixels"] if scrolls else []


def on_paper(page: Page, paper: str = "Letter") -> int:
    """How many pages come out of the printer."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))


@for_everybody
def test_every_screen_behind_a_press_is_reached_without_scripts(
    visit: Visit, group: Group, screens: list[Screen]
) -> None:
    """The others are pages that a plain request opens, as many tests do."""
    visitor = arrive(visit, group, width=390, height=844, script=False)
    for screen in tour(visitor, (one for one in screens if one.steps)):
        assert visitor.page.locator("h1").count() == 1, screen.name


def test_the_keyboard_alone_reaches_the_main_part_of_each_home(visit: Visit) -> None:
    for group, screens in by_person().items():
        visitor = arrive(visit, group)
        visitor.open(screens[0].path)
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("document.activeElement.textContent").strip() in (
            "Skip to main content", "Saltar al contenido principal", "Ir al contenido principal",
        )  # fmt: skip
        visitor.page.keyboard.press("Enter")
        assert visitor.page.evaluate("location.hash") == "#main"
