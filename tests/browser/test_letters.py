"""Every email in a browser with its scripts on: it can be read, it asks nobody, and opening its links does nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from portal.cast import Person
from portal.db import db
from tests.browser.conftest import Served, Visit
from tests.browser.letters import SCHEMES, written
from tests.emails.conftest import Post
from tests.emails.each_kind import KINDS, dump, every_letter, links_of, reader_of

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 1280)
# For each text that is drawn: its contrast with what lies behind it. WCAG 2.2, success criterion 1.4.3.
LOW_CONTRAST = """() => {
    const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
    const colour = said => said.match(/[\\d.]+/g).map(Number)
    const isSeen = e => { const r = e.getBoundingClientRect(); return r.width > 2 && r.height > 2 }
    const behind = e => {
        for (; e; e = e.parentElement) {
            const found = colour(getComputedStyle(e).backgroundColor)
            if (found.length < 4 || found[3] > 0) return found
        }
        return [255, 255, 255]
    }
    const low = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    let seen = 0
    while (texts.nextNode()) {
        const text = texts.currentNode.data.trim(), around = texts.currentNode.parentElement
        if (!text || !isSeen(around) || getComputedStyle(around).visibility === "hidden") continue
        const [a, b] = [light(colour(getComputedStyle(around).color)), light(behind(around))].sort((x, y) => y - x)
        seen += 1
        if ((a + 0.05) / (b + 0.05) < 4.5) low.push(text)
    }
    return { seen, low }
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
LINKS = "() => [...document.querySelectorAll('a')].map(a => [a.textContent.trim(), a.getAttribute('href')])"


@dataclass
class Delivered:
    """The mailbox of a portal that is served, as the tests of emails know one."""

    served: Served

    @property
    def letters(self) -> list[EmailMessage]:
        return self.served.mail()


def test_every_letter_can_be_read_and_asks_nobody(chromium: Browser, served: Served, tmp_path: Path) -> None:
    files = aside(lambda: written(served.portal, tmp_path))
    assert {kind for kind in KINDS if any(file.name.startswith(kind) for file in files)} == set(KINDS)
    asked: list[str] = []

    def only_the_letter(route: Route) -> None:
        if route.request.url.startswith(tmp_path.as_uri()):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page = chromium.new_page()
    page.route("**/*", only_the_letter)
    for file in files:
        page.goto(file.as_uri())
        look(page, file.name)
    page.close()
    assert asked == [], "a letter asked somebody for something"


def look(page: Page, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        assert not page.evaluate(TOO_WIDE), f"{name} is wider than {width}"
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        texts = page.evaluate(LOW_CONTRAST)
        assert texts["seen"] >= 4, f"{name} shows nothing"
        assert texts["low"] == [], f"{name} in {scheme}: {texts['low']}"
    assert [(text, href) for text, href in page.evaluate(LINKS) if text != href] == [], name


def test_a_browser_that_opens_every_link_with_its_scripts_on_changes_nothing(served: Served, visit: Visit) -> None:
    post = Post(served.portal, served.clock, Delivered(served))  # type: ignore[arg-type]
    opened: set[tuple[Person | None, str]] = set()
    pages: dict[Person | None, Page] = {}
    with ThreadPoolExecutor(1) as thread:  # not in this one: the browser's driver holds its event loop
        letters = every_letter(post)
        while (found := thread.submit(next, letters, None).result()) is not None:
            kind, letter = found
            for who in (None, reader_of(letter)):
                links = [link for link in links_of(letter) if (who, link) not in opened]
                if not links:
                    continue
                opened |= {(who, link) for link in links}
                if who not in pages:
                    pages[who] = visit(who).page
                before = dump(post.app)
                for link in links:
                    assert link.startswith(served.url), f"{kind} leads elsewhere"
                    answer = pages[who].goto(link)
                    assert answer is not None
                    assert answer.status == 200, f"{kind}: {link} answers {answer.status}"
                after = dump(post.app)
                assert after == before, (kind, [table for table in after if after[table] != before[table]])
        thread.submit(_let_go, post).result()
    assert len(opened) > 2 * len(KINDS)


def aside(act: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act).result()


def _let_go(post: Post) -> None:
    with post.app.app_context():
        db.engine.dispose()
