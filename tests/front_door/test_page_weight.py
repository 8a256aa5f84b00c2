"""What families read most is small: a page with its pictures under 100 KB, what all pages share under 60 KB."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import assets
from tests.front_door.conftest import GUIDES

MOST_OF_A_PAGE, MOST_SHARED = 100_000, 60_000
PAGES = (
    "/guides", "/guides?q=not+breathing", "/help/now", "/courses/the-family-course",
    *(f"/courses/the-family-course/{number}" for number in (1, 7, 30)),
    *(f"/guides/{file.stem}" for file in sorted(GUIDES.glob("en/*.md"))),
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_to_read_is_small_and_asks_for_nothing_but_what_all_pages_share(
    library: Flask, language: str
) -> None:
    client = library.test_client()
    heavy = {}
    for address in PAGES:
        page = client.get(f"{address}{'&' if '?' in address else '?'}lang={language}")
        assert page.status_code == 200, address
        if len(page.data) >= MOST_OF_A_PAGE:
            heavy[address] = len(page.data)
        assert "<img" not in page.text, address
    assert heavy == {}


def test_the_style_sheet_of_all_pages_is_small_when_compressed() -> None:
    sheet = assets.TARGET / (assets.url("portal.css").removeprefix(assets.PREFIX) + ".gz")

    assert sheet.stat().st_size < MOST_SHARED
