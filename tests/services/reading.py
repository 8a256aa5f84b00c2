"""A small shelf of guides that a test can edit, and who reads them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from portal.cast import Person
from portal.models import Account
from portal.services import course_loading, guide_loading
from tests.conftest import at_the_clinic
from tests.services.test_consents import rows

FACTS = """---
title: {name} in full
short_title: {name}
topic: talking
order: {order}
minutes: 3
check_yourself:
  - question: 'What is {name}?'
    answer: 'What you make of it.'
---
"""
TWO_HEADINGS = "## The kettle\n\nWater.\n\n## The cups\n\nTwo of them.\n"
COURSE = """
[tea]
position = 1
[tea.title]
en = "Tea together"
es = "Té en familia"
[[tea.stages]]
title = {{ en = "Before", es = "Antes" }}
guides = [{before}]
[[tea.stages]]
title = {{ en = "After", es = "Después" }}
guides = [{after}]
"""


def account(app: Flask, person: Person) -> int:
    return rows(app, select(Account.id).where(Account.email == person.email))[0]


def write_guide(folder: Path, slug: str, words: str = TWO_HEADINGS, *, language: str = "en", order: int = 1) -> None:
    file = folder / language / f"{slug}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(FACTS.format(name=slug, order=order) + words, encoding="utf-8")


def write_course(folder: Path, before: list[str], after: list[str]) -> None:
    listed = [", ".join(f'"{slug}"' for slug in part) for part in (before, after)]
    (folder / "courses.toml").write_text(COURSE.format(before=listed[0], after=listed[1]), encoding="utf-8")


def bring(app: Flask, folder: Path) -> dict[str, dict[str, int]]:
    with at_the_clinic(app):
        return {"guides": guide_loading.load(folder), "courses": course_loading.load(folder)}
