"""Reading changes nothing: link scanners click, and so do children."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import SignIn
from tests.house.addresses import MADE_UP, crawl, every_rule, filled, methods, own_labels, stored_labels
from tests.house.contents import changed, contents
from tests.house.doors import MAY_WALK_THROUGH, door_of
from tests.house.people import ROLES, browser_of, robin_is_also_a_relative


@pytest.fixture(autouse=True)
def everybody_has_come(app: Flask) -> None:
    robin_is_also_a_relative(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False


def addresses(app: Flask, sign_in: SignIn, role: str) -> list[str]:
    """Every page this role may read: those that links lead to, and every route with labels of its own and others."""
    person = ROLES[role]
    found = dict.fromkeys(crawl(browser_of(app, sign_in, person), ["/", "/home", "/me", "/staff"]))
    stored = [label for labels in stored_labels(app).values() for label in labels[:1]]
    labels = [MADE_UP, *(own_labels(app, person, stored) if person else stored)]
    for rule in every_rule(app):
        if "GET" in methods(rule) and door_of(rule.endpoint) in MAY_WALK_THROUGH[role]:
            found |= dict.fromkeys(filled(app, rule, labels))
    return list(found)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_changes_anything_when_it_is_read(app: Flask, sign_in: SignIn, role: str) -> None:
    pages = addresses(app, sign_in, role)
    browser = browser_of(app, sign_in, ROLES[role])
    before = contents(app)
    for address in pages:
        if browser.get(address).status_code == 200:
            browser.head(address)
    if changes := changed(before, contents(app)):
        who = {address: found for address in pages if (found := changed_by(app, sign_in, role, address))}
        assert not changes, who


def changed_by(app: Flask, sign_in: SignIn, role: str, address: str) -> dict[str, object]:
    before = contents(app)
    browser_of(app, sign_in, ROLES[role]).get(address)
    return dict(changed(before, contents(app)))


def test_asking_for_the_head_of_a_page_is_no_look(app: Flask, sign_in: SignIn) -> None:
    browser = browser_of(app, sign_in, ROLES["relative with sharing"])
    answer = browser.head("/home")

    assert answer.status_code == 200
    assert answer.get_data() == b""
