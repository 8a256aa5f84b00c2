"""Nothing is sent without the token of a form, and what comes without one changes nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import SignIn
from tests.house.addresses import every_rule, filled, methods, own_labels, stored_labels
from tests.house.contents import changed, contents
from tests.house.doors import MAY_WALK_THROUGH, door_of
from tests.house.people import ROLES, browser_of, robin_is_also_a_relative

# What may be sent without a token, and why.
WITHOUT_A_TOKEN = {
    "front_door.unsubscribe.page": "mail programs press it for their reader (RFC 8058); it can only mean less email",
}


@pytest.fixture(autouse=True)
def everybody_has_come(app: Flask) -> None:
    robin_is_also_a_relative(app)


def test_only_what_is_meant_to_goes_without_a_token(app: Flask) -> None:
    exempt = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if f"{view.__module__}.{view.__name__}" in app.extensions["csrf"]._exempt_views
    }

    assert exempt == WITHOUT_A_TOKEN.keys()
    assert not app.extensions["csrf"]._exempt_blueprints


@pytest.mark.parametrize("role", ROLES)
def test_what_comes_without_a_token_is_refused_and_changes_nothing(app: Flask, sign_in: SignIn, role: str) -> None:
    person = ROLES[role]
    stored = [label for labels in stored_labels(app).values() for label in labels[:1]]
    labels = own_labels(app, person, stored) if person else stored
    before = contents(app, without_looks=False)
    accepted = []
    for rule in every_rule(app):
        if "POST" not in methods(rule) or rule.endpoint in WITHOUT_A_TOKEN:
            continue
        if door_of(rule.endpoint) not in MAY_WALK_THROUGH[role]:
            continue
        browser = browser_of(app, sign_in, person)
        for n, address in enumerate(filled(app, rule, labels)):
            sent = {"csrf_token": "made up"} if n % 2 else {}
            answer = browser.post(address, data=sent)
            if answer.status_code != 400:
                accepted.append(f"{address} answered {answer.status_code} to {sent}")

    assert accepted == []
    assert changed(before, contents(app, without_looks=False)) == {}
