"""All that somebody might write into a guide to get more than words, in a real browser, on the narrowest phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.services import guide_loading
from tests.browser.conftest import Served, Visit
from tests.services import hostile_markdown as hostile
from tests.services.test_hostile_markdown import FACTS, everywhere, write

pytestmark = pytest.mark.browser

# What reaches out of the page to the right, other than inside of something that can be moved by itself.
TOO_WIDE = """() => [...document.querySelectorAll('main *')].filter(part =>
    !part.closest('.scroll, svg') && part.getBoundingClientRect().right > document.documentElement.clientWidth + 1
).map(part => `${part.tagName} ${part.textContent.slice(0, 60)}`).slice(0, 5)"""


def large_guides() -> Iterator[str]:
    """All that is tried, in guides as large as they may be."""
    together = ""
    for page in hostile.guides():
        if len(together) + len(page) > 50_000:
            yield together
            together = ""
        together += f"\n\n{page}"
    yield together


def test_nothing_in_a_guide_runs_asks_elsewhere_or_is_wider_than_the_phone(
    visit: Visit, served: Served, tmp_path: Path
) -> None:
    several = list(large_guides())
    for number, markdown in enumerate(several):
        words = hostile.HTML[number % len(hostile.HTML)][:60]
        write(tmp_path, f"guide-{number}", everywhere(FACTS, words) if number % 2 else FACTS, markdown)
    long = "a" * 60
    write(tmp_path, "long-words", everywhere(FACTS, long) | {"title": "a" * 160}, f"## {long}\n\n" * 3 + long * 9)
    served.at_work(lambda: guide_loading.load(tmp_path))
    visitor = visit(None, width=320, height=844)
    dialogs: list[str] = []
    visitor.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    visitor.page.add_init_script(
        "addEventListener('securitypolicyviolation', event => console.error(event.blockedURI))"
    )

    for slug in [f"guide-{number}" for number in range(len(several))] + ["long-words"]:
        visitor.open(f"/guides/{slug}")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320, slug
        assert visitor.page.evaluate(TOO_WIDE) == [], slug
        assert visitor.page.locator("main > article > h1").count() == visitor.page.locator("h1").count() == 1
    for path in ("/guides", f"/guides?q={long}"):
        visitor.open(path)
        assert visitor.page.evaluate(TOO_WIDE) == [], path
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320, path
    assert dialogs == []
