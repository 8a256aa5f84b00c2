"""The day sheet: what the day board says, on paper, and no word of who came."""

from __future__ import annotations

from flask import Flask

from portal.cast import PRIYA
from tests.browser_form import soup
from tests.conftest import SignIn
from tests.staff.looking import looks_of


def test_the_sheet_says_when_who_by_initial_and_where(app: Flask, sign_in: SignIn) -> None:
    page = soup(sign_in(PRIYA).get("/staff/day/2026-11-24/print"))
    (row,) = page.select("main tbody tr")

    assert [one.get_text(" ", strip=True) for one in row.select("th, td")] == [
        "5:30 PM to 6:20 PM", "Family", "S. Rivera + 1 relative", "online", "Ben Osei",
    ]  # fmt: skip
    assert "Sam" not in page.main.get_text()  # type: ignore[union-attr]
    columns = [one.get_text(strip=True) for one in page.select("main thead th")]
    assert columns == ["Time", "Session", "Who", "Where", "Who leads it"]
    assert ("day", "Sam") in looks_of(app, PRIYA)


def test_a_closed_day_says_so(sign_in: SignIn) -> None:
    page = sign_in(PRIYA).get("/staff/day/2026-11-26/print")

    assert "Closed. Holiday" in page.text
    assert sign_in(PRIYA).get("/staff/day/some-day/print").status_code == 404
