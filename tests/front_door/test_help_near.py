"""A clinic adds the crisis lines of its own county, and everybody reads how old the numbers are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from tests.conftest import Clock
from tests.exchange.bundles import run
from tests.exchange.test_clinic_file import CLINIC

COUNTY = """
[[help_lines]]
name = {{ en = "Lake County crisis team", es = "Equipo de crisis del condado" }}
purpose = {{ en = "Somebody to talk to comes to your door, day and night." }}
how = {{ en = "Call 1-800-555-0142", es = "Llame al 1-800-555-0142" }}
verified_on = "{day}"
"""

pytestmark = pytest.mark.both_databases


def load(app: Flask, folder: Path, more: str = "", facts: str = "") -> dict[str, dict[str, int]]:
    file = folder / "clinic.toml"
    file.write_text(CLINIC.replace("majority = 19\n", f"majority = 19\n{facts}") + more, encoding="utf-8")
    done = run(app, "load-clinic", str(file))
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def page(app: Flask, language: str = "en") -> BeautifulSoup:
    return BeautifulSoup(app.test_client().get(f"/help/now?lang={language}").text, "html.parser")


def words(app: Flask, language: str = "en") -> str:
    return " ".join(page(app, language).main.get_text(" ").split())  # type: ignore[union-attr]


def test_the_countys_line_stands_on_the_page_in_both_languages(app: Flask, tmp_path: Path) -> None:
    county = COUNTY.format(day="2026-11-25")
    assert load(app, tmp_path, county)["created"]["help_lines"] == 1
    assert load(app, tmp_path, county)["unchanged"]["help_lines"] == 1

    assert "Near you Lake County crisis team Somebody to talk to comes to your door" in words(app)
    spanish = words(app, "es")
    assert "Cerca de usted Equipo de crisis del condado Somebody to talk to" in spanish
    assert page(app, "es").select("a[href='tel:1-800-555-0142']")

    assert load(app, tmp_path)["updated"]["help_lines"] == 1
    assert "Lake County" not in words(app)


def test_the_page_says_the_oldest_day_on_which_a_number_was_checked(app: Flask, tmp_path: Path, clock: Clock) -> None:
    assert "Numbers checked on Monday, November 23, 2026." in words(app)
    load(app, tmp_path, COUNTY.format(day="2026-10-01"), 'numbers_verified_on = "2026-11-24"\n')
    assert "Numbers checked on Thursday, October 1, 2026." in words(app)
    assert "more than six months ago" not in words(app)

    clock.forward(days=140)
    assert "more than six months ago" in words(app)
    load(app, tmp_path, COUNTY.format(day="2027-04-10"), 'numbers_verified_on = "2027-04-11"\n')
    assert "Numbers checked on Saturday, April 10, 2027." in words(app)
    assert "more than six months ago" not in words(app)


def test_a_line_without_english_words_is_named_and_nothing_is_stored(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text(CLINIC + COUNTY.format(day="2026-11-25").replace("en = ", "fr = "), encoding="utf-8")
    done = run(app, "load-clinic", str(file))

    assert done.exit_code != 0
    assert "help_lines[0].name" in done.output
    assert "Lake County" not in words(app)
