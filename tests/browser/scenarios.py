"""What the scenarios share: who, at which screen, within how many clicks, and what an error looks like."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.cast import Person
from tests.browser.conftest import Served
from tests.browser.visitor import Visitor

both = pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
any_way = pytest.mark.parametrize(
    "way", [{}, {"script": False}, {"keyboard": True}], ids=["with scripts", "without scripts", "by keyboard alone"]
)
PHONE: dict[str, Any] = {"width": 390, "height": 844}
KAY = Person("kay@example.org", "Kay", "Rivera", "Sam’s sister")
NEUTRAL = "Nothing is shared with you right now"
NOT_FOUND = "We cannot find that page"

# What no email may say besides the name of its reader.
TOO_MUCH = re.compile(
    r"sam|robin|rivera(?!\S*@)|ben|osei|riverbend recovery|clinic|therap|treatment|recovery|addict|session|group"
    r"|program|\d{1,2}:\d\d|monday|tuesday|wednesday|thursday|friday|saturday|sunday|november|december",
    re.I,
)


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


def says_too_much(mail: EmailMessage, served: Served) -> list[str]:
    """Words in the headers and parts of a mail that tell of a person, a time or treatment; links of ours aside."""
    headers = [f"{name}: {value}" for name, value in mail.items() if name not in ("Date", "To", "Message-ID")]
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    everything = re.sub(r"unsubscribe[/+]\S+", "", "\n".join([*headers, *parts])).replace(served.url, "")
    assert "Hello" in everything
    return TOO_MUCH.findall(re.sub(r"Riverbend Portal|/sessions|multipart", "", everything))


def ticked(page: Page) -> list[str]:
    """What is chosen on a page before anybody chose."""
    return [one.get_attribute("value") or "" for one in page.locator("main input:checked").all()]
