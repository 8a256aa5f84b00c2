"""What the scenarios share: who, at which screen, within how many clicks, and what an error looks like."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from portal.cast import Person
from tests.browser.conftest import Visitor

both = pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
PHONE: dict[str, Any] = {"width": 390, "height": 844}
KAY = Person("kay@example.org", "Kay", "Rivera", "Sam’s sister")
NEUTRAL = "Nothing is shared with you right now"
NOT_FOUND = "We cannot find that page"


def within(visitor: Visitor, *, clicks: int, entries: int, seconds: float) -> bool:
    return visitor.clicks <= clicks and visitor.entries <= entries and visitor.seconds <= seconds


def says_what_is_wrong(visitor: Visitor) -> None:
    """The summary comes first and leads to fields that say it again; with scripts the reader is taken there."""
    summary = visitor.page.locator(".error-summary")
    summary.wait_for()
    said = [link.inner_text() for link in summary.get_by_role("link").all()]
    assert said, "nothing in the summary leads to a field"
    beside = visitor.page.locator(".field-error").all_inner_texts()
    for sentence in said:
        assert any(sentence in words for words in beside), f"{sentence} does not stand beside its field"
    for link in summary.get_by_role("link").all():
        anchor = str(link.get_attribute("href"))
        assert visitor.page.locator(anchor).count() == 1, f"{anchor} leads nowhere"


def ticked(page: Page) -> list[str]:
    """What is chosen on a page before anybody chose."""
    return [one.get_attribute("value") or "" for one in page.locator("main input:checked").all()]
