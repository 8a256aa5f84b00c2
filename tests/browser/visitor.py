"""Somebody at a screen, with a pointer or by keyboard alone: what they do, and what it costs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, Request

# What people need, in seconds: one model for every machine. The server's own time comes on top.
A_CLICK, AN_ENTRY = 1.0, 2.5
# More keys than there are links, buttons and fields on any page.
MOST_KEYS = 150
HERE = "(me, at) => at === me"


@dataclass
class Visitor:
    """Somebody at a screen, how often they clicked, how many fields they filled in, how long they waited for us."""

    page: Page
    url: str
    keyboard: bool = False
    clicks: int = 0
    entries: int = 0
    waited: float = 0
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """What all this takes: clicks, entries, and the server's answers."""
        return self.waited + A_CLICK * self.clicks + AN_ENTRY * self.entries

    def count_from_here(self) -> None:
        self.clicks, self.entries, self.waited = 0, 0, 0.0

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def click(self, role: Any, name: Any, **more: Any) -> None:
        self._press(self.page.get_by_role(role, name=name, **more).first)

    def choose(self, name: Any) -> None:
        self._press(self.page.get_by_role("radio", name=name).first, tick=True)

    def take_a_time(self, number: int = 0) -> str:
        """Choose one of the free times that are shown, 0 for the first, -1 for the last; returns the form's value."""
        label = self.page.locator("label.time:visible").nth(number)
        radio = self.page.locator(f"[id='{label.get_attribute('for')}']")
        self._press(radio if self.keyboard else label)
        return str(radio.get_attribute("value"))

    def answer(self, question: Any, name: str) -> None:
        self.clicks += 1
        self.page.get_by_role("group", name=question).get_by_label(name, exact=True).check()

    def pick(self, label: Any, option: str) -> None:
        self.clicks += 1
        self._fill_in(self.page.get_by_label(label).first, option, lambda field: field.select_option(label=option))

    def tick(self, name: Any) -> None:
        self._press(self.page.get_by_role("checkbox", name=name).first, tick=True)

    def write(self, label: Any, text: str) -> None:
        self.entries += 1
        self._fill_in(self.page.get_by_label(label).first, text, lambda field: field.fill(text))

    def _fill_in(self, what: Locator, text: str, by_pointer: Callable[[Locator], object]) -> None:
        """Put a text into a field, or choose in a list what begins with it."""
        if self.keyboard:
            self._walk("Tab", what, HERE)
            self.page.keyboard.type(text)
        else:
            by_pointer(what)

    def _press(self, what: Locator, *, tick: bool = False) -> None:
        self.clicks += 1
        if not self.keyboard:
            what.check() if tick else what.click()
            self.page.wait_for_load_state()  # where it leads to another page, all of that is there
        elif what.get_attribute("type") == "radio":
            self._walk("Tab", what, "(me, at) => at === me || (at.type === 'radio' && at.name === me.name)")
            self._walk("ArrowDown", what, HERE)
            self.page.keyboard.press("Space")
        else:
            self._walk("Tab", what, HERE)
            if what.get_attribute("type") == "checkbox":
                self.page.keyboard.press("Space")
            else:
                with self.page.expect_event("load"):  # an address that is only written anew is no other page
                    self.page.keyboard.press("Enter")

    def _walk(self, key: str, to: Locator, there: str) -> None:
        """Press a key until the focus is there, as somebody does who sees where it is."""
        for _ in range(MOST_KEYS):
            if to.evaluate(f"me => ({there})(me, document.activeElement)"):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"the keyboard does not lead to {to}")

    def note_if_foreign(self, asked: Request) -> None:
        if not asked.url.startswith((self.url, "data:")):
            self.foreign.append(asked.url)

    def note_how_long(self, asked: Request) -> None:
        if asked.is_navigation_request():
            began, ended = asked.timing["requestStart"], asked.timing["responseEnd"]
            self.waited += max(ended - began, 0) / 1000

    @property
    def text(self) -> str:
        return self.page.inner_text("body")

    @property
    def main(self) -> str:
        return self.page.inner_text("main")
