"""Help that works for everybody, at any hour, without an account."""

from __future__ import annotations

import datetime as dt

from bs4 import BeautifulSoup
from flask import Flask

from portal.services.help_lines import CHECK_EVERY, VERIFIED_ON
from tests.conftest import Clock


def test_every_help_line_can_be_called_with_one_press(app: Flask) -> None:
    page = BeautifulSoup(app.test_client().get("/help/now").text, "html.parser")
    lines = page.select("main .help-lines > li")

    assert len(lines) >= 10
    assert [line for line in lines if not line.select("a[href^='tel:'], a[href^='sms:']")] == []
    numbers = {link["href"] for link in page.select("main a[href^='tel:'], main a[href^='sms:']")}
    assert {"tel:911", "tel:988", "sms:838255", "sms:741741", "tel:1-800-222-1222"} <= numbers


def test_old_numbers_say_that_they_are_old(app: Flask, clock: Clock) -> None:
    assert "last checked more than six months ago" not in app.test_client().get("/help/now").text
    clock.set(dt.datetime.combine(VERIFIED_ON, dt.time(18), dt.UTC) + CHECK_EVERY + dt.timedelta(days=1))

    assert "last checked more than six months ago" in app.test_client().get("/help/now").text


def test_no_robot_is_welcome(app: Flask) -> None:
    assert app.test_client().get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
