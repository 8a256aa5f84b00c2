"""Pages in Spanish, where a time has a blank and two points of its own: “6:00 p. m.”"""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import Person
from portal.db import db
from portal.models import Account
from tests.conftest import SignIn
from tests.house.addresses import crawl
from tests.house.people import ROLES, browser_of

TWO_POINTS = re.compile(r"[ap]\.\s?m\.(?:\s|<[^>]+>)*\.(?!\.)")
MAY_BREAK = re.compile(r"\d [ap]\.[ \n]m\.")


@pytest.mark.parametrize("role", ["relative with sharing", "patient", "coordinator", "privacy officer"])
def test_no_page_in_spanish_breaks_a_time_or_ends_it_in_two_points(app: Flask, sign_in: SignIn, role: str) -> None:
    person = ROLES[role]
    assert isinstance(person, Person)
    with app.app_context(), db.sessionmaker.begin() as session:
        session.scalars(select(Account).where(Account.email == person.email)).one().language = "es"
    pages = crawl(browser_of(app, sign_in, person), ["/"], most_of_a_kind=1)
    told = {address: page.get_data(as_text=True) for address, page in pages.items() if "html" in page.content_type}

    assert any(re.search(r"\d [ap]\.\xa0m\.", words) for words in told.values())
    for wrong in (TWO_POINTS, MAY_BREAK):
        assert {address: found[0] for address, words in told.items() if (found := wrong.search(words))} == {}
