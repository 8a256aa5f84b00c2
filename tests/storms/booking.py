"""How a relative books in a browser: the page of times, the page to check, and what each of them answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from werkzeug.test import TestResponse

from tests.storms.browsers import Browser
from tests.storms.pages import Form, Page

TIMES = "/sessions/book/time"


@dataclass
class Booker:
    """Somebody with a note to write and a page of times before them."""

    browser: Browser
    note: str
    times: Page | None = None
    answers: list[TestResponse] = field(default_factory=list)

    async def open_times(self, path: str = TIMES) -> None:
        self.times = await self.open(path)

    async def open(self, path: str) -> Page:
        """The page at an address that has one."""
        answer = await self.browser.open(path)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        return Page(answer)

    async def choose(self, time: str, together: asyncio.Barrier | None = None) -> TestResponse:
        """Send the page of times, and go where it leads: to the page to check, or to the times that are left.

        The note goes with it, as with the page of somebody whose time was taken once before.
        """
        assert self.times is not None
        form = self.times.form(time=time, note=self.note)
        self.answers = [await self.browser.send(form, together)]
        while self.answers[-1].status_code in (302, 303):
            self.answers.append(await self.browser.open(self.answers[-1].location))
        return self.answers[-1]

    async def last_form(self, time: str, path: str = TIMES) -> Form:
        """The form that books, filled in and not sent yet."""
        await self.open_times(path)
        page = Page(await self.choose(time))
        assert page.is_to_check, f"there is nothing to check; the answers were {self.answers}"
        return page.form(note=self.note)

    async def book_with_others(self, time: str, together: asyncio.Barrier) -> TestResponse:
        """Choose a time and book it while everybody else does the same; returns the last answer."""
        page = Page(await self.choose(time, together))
        if page.is_to_check:
            self.answers.append(await self.browser.send(page.form(note=self.note)))
        return self.answers[-1]

    async def move_form(self, booked: TestResponse, time: str) -> Form:
        """The form that moves what this answer says is booked to another time."""
        await self.open_times(booked.location.replace("/booked", "/change"))
        page = Page(await self.choose(time))
        assert "/change/check" in page.action, f"there is nothing to check; the answers were {self.answers}"
        return page.form()

    async def cancel_form(self, booked: TestResponse) -> Form:
        """The form that cancels what this answer says is booked."""
        return (await self.open(booked.location.replace("/booked", "/cancel"))).form()


def is_booked(answer: TestResponse) -> bool:
    """Whether this answer says that it is booked."""
    return answer.status_code == 303 and answer.location.endswith("/booked")
