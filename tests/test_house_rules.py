"""The promises of the house, kept on every route: locked doors, one face for every "no", nothing changed by reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.cast import DANA, NEVER_LINKED, SEES_NOTHING, STRANGERS, Person, Stranger
from portal.locks import must_sign_in
from tests.conftest import SignIn
from tests.house.addresses import (
    FOR_EVERYBODY,
    MADE_UP,
    NOWHERE,
    crawl,
    every_rule,
    filled,
    has_label,
    labels_of_what_is_shared,
    methods,
    own_labels,
    stored_labels,
)
from tests.house.answers import face, what_lacks
from tests.house.contents import changed, contents
from tests.house.doors import FAMILY, MAY_WALK_THROUGH, broken_locks, declared, door_of
from tests.house.people import ROLES, browser_of, robin_is_also_a_relative, token_for
from tests.house.sent import FORMS, Sent, hidden_from, made_up_by, takes_something


@pytest.fixture(autouse=True)
def everybody_has_come(app: Flask) -> None:
    robin_is_also_a_relative(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an error is an answer, as it is at the clinic


# Doors


def test_every_page_is_declared_to_stand_behind_a_door(app: Flask) -> None:
    undeclared = sorted({rule.endpoint for rule in every_rule(app)} - set(declared()))

    assert not undeclared, f"Say behind which door they stand, in DOORS of tests/house/doors.py: {undeclared}"


def test_every_declared_page_is_there(app: Flask) -> None:
    gone = sorted(set(declared()) - {rule.endpoint for rule in every_rule(app)})

    assert not gone, f"These are gone; take them out of DOORS in tests/house/doors.py: {gone}"


@pytest.mark.parametrize("role", ROLES)
def test_every_role_walks_through_its_own_doors_only(app: Flask, sign_in: SignIn, role: str) -> None:
    broken = list(broken_locks(app, sign_in, [role]))

    assert broken == []


WITHOUT_ITS_LOCK = {"no lock at all": None, "a lock that any sign-in opens": must_sign_in}


@pytest.mark.parametrize("instead", WITHOUT_ITS_LOCK)
@pytest.mark.parametrize("door", ["family", "patient", "staff", "privacy_office", "it"])
def test_a_door_without_its_lock_is_noticed(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, door: str, instead: str
) -> None:
    lock, *rest = app.before_request_funcs[door]
    weaker = WITHOUT_ITS_LOCK[instead]
    monkeypatch.setitem(app.before_request_funcs, door, [weaker, *rest] if weaker else rest)

    assert next(broken_locks(app, sign_in), None), f"nobody noticed that {lock.__name__} is gone"


# Every "no" looks the same


@pytest.mark.parametrize("role", [role for role, doors in MAY_WALK_THROUGH.items() if doors != {"anybody"}])
def test_what_is_hidden_and_what_does_not_exist_get_the_same_answer(app: Flask, sign_in: SignIn, role: str) -> None:
    person = ROLES[role]
    assert person is not None
    hidden = {table: labels for table, labels in stored_labels(app).items() if table not in FOR_EVERYBODY}
    stored = [label for labels in hidden.values() for label in labels[:1]]
    browser = _settled(app, sign_in, person)
    for rule in every_rule(app):
        if not has_label(rule) or "GET" not in methods(rule) or door_of(rule.endpoint) not in MAY_WALK_THROUGH[role]:
            continue
        made_up = face(browser.get(next(filled(app, rule, [MADE_UP]))))
        assert made_up[0] == 404, rule
        for address in filled(app, rule, [*stored, *own_labels(app, person, stored)]):
            answer = browser.get(address)
            if answer.status_code not in (200, 303) or person == NEVER_LINKED.person:
                assert face(answer) == made_up, address


@pytest.fixture(scope="module")
def looked_once() -> dict[str, dict[str, object]]:
    """What the house showed in an earlier test; every test finds the same house."""
    return {}


@pytest.fixture
def nothing(app: Flask, sign_in: SignIn, looked_once: dict[str, dict[str, object]]) -> dict[str, object]:
    """What somebody sees who was never linked to anybody."""
    if "pages" not in looked_once:
        looked_once["pages"] = dict(_pages_of(app, sign_in, NEVER_LINKED))
    return looked_once["pages"]


SEE_NOTHING_OF_SAM = [one for one in STRANGERS if one.way not in ("other scope only", "other patient's relative")]


@pytest.mark.parametrize("stranger", SEE_NOTHING_OF_SAM, ids=lambda one: one.way)
def test_every_cause_of_no_shows_one_face(
    app: Flask, sign_in: SignIn, stranger: Stranger, nothing: dict[str, object]
) -> None:
    seen = dict(_pages_of(app, sign_in, stranger))

    assert seen.keys() == nothing.keys()
    assert [address for address in seen if seen[address] != nothing[address]] == []


def _pages_of(app: Flask, sign_in: SignIn, stranger: Stranger) -> Iterator[tuple[str, object]]:
    """Every page of the family door by its endpoint, as this stranger finds it."""
    person = stranger.person
    browser = _settled(app, sign_in, person)
    labels = own_labels(app, person, labels_of_what_is_shared(app, slice(1)))
    for rule in every_rule(app):
        if door_of(rule.endpoint) == FAMILY and "GET" in methods(rule):
            for n, address in enumerate(filled(app, rule, labels)):
                yield f"{rule.rule} {n}", face(browser.get(address), person.given_name, person.email, address)


# What is sent gets the same "no"


def test_everything_a_relative_can_send_is_tried(app: Flask) -> None:
    assert {rule.endpoint for rule in takes_something(app)} == FORMS.keys(), "Say in tests/house/sent.py what it takes"


@pytest.fixture
def no_to_all(app: Flask, sign_in: SignIn, looked_once: dict[str, dict[str, object]]) -> dict[str, object]:
    """What somebody is answered who was never linked to anybody, and sends things about what does not exist."""
    if "answers" not in looked_once:
        looked_once["answers"] = _answers(app, sign_in, NEVER_LINKED.person)
    return looked_once["answers"]


@pytest.mark.parametrize("stranger", SEES_NOTHING, ids=lambda one: one.way)
def test_every_cause_of_no_gets_one_answer_to_what_it_sends(
    app: Flask, sign_in: SignIn, stranger: Stranger, no_to_all: dict[str, object]
) -> None:
    person = stranger.person
    before = contents(app, without_looks=False)
    sender = _Sender(app, sign_in, person)
    for one in hidden_from(app, person):
        answer = sender.answer_to(one)
        assert answer[0] == 404
        assert answer == no_to_all[one.endpoint], one
    assert changed(before, contents(app, without_looks=False)) == {}

    if stranger != NEVER_LINKED:
        assert _answers(app, sign_in, person) == no_to_all


def test_dana_is_answered_alike_about_what_is_hidden_from_her_and_what_does_not_exist(
    app: Flask, sign_in: SignIn
) -> None:
    sender = _Sender(app, sign_in, DANA)
    made_up = {one.endpoint: sender.answer_to(one) for one in made_up_by(app, DANA) if one.about}
    mine = sign_in(DANA).get("/sessions").text
    before = contents(app)
    hidden = [one for one in hidden_from(app, DANA) if f"/sessions/{one.about}" not in mine]

    assert {one.endpoint for one in hidden} == made_up.keys()
    for one in hidden:
        assert sender.answer_to(one) == made_up[one.endpoint], one
    assert changed(before, contents(app)) == {}


def _answers(app: Flask, sign_in: SignIn, person: Person) -> dict[str, object]:
    sender = _Sender(app, sign_in, person)
    return {one.endpoint: sender.answer_to(one) for one in made_up_by(app, person)}


class _Sender:
    """Somebody who sends one thing after the other, each from a browser that has only looked around so far."""

    def __init__(self, app: Flask, sign_in: SignIn, person: Person) -> None:
        self.app, self.person, self.token = app, person, token_for(app)
        browser = browser_of(app, sign_in, person)
        browser.get("/guides")  # what a new browser is given with its first page
        browser.get("/settings")
        self.cookies = dict(browser._cookies)

    def answer_to(self, one: Sent) -> tuple[int, object, str]:
        browser = self.app.test_client()
        browser._cookies = dict(self.cookies)
        answer = browser.post(one.address, data=one.form | {"csrf_token": self.token})
        return face(answer, self.person.given_name, self.person.email)


def _settled(app: Flask, sign_in: SignIn, person: Person) -> FlaskClient:
    """A browser that was here before: a first answer may change the cookie, because what is shared has changed."""
    browser = browser_of(app, sign_in, person)
    browser.get("/")
    browser.get("/home")
    return browser


# Headers


def test_every_answer_carries_the_headers_and_may_not_be_kept(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "front_door.help.page", lambda: 1 // 0)
    lacking = []
    for role, person in ROLES.items():
        browser = browser_of(app, sign_in, person)
        pages = crawl(browser, ["/", "/home", "/me", "/staff"], most=60, most_of_a_kind=1)
        pages |= {address: browser.get(address) for address in (NOWHERE, "/help")}
        for address, answer in pages.items():
            lacking += [f"{address} as {role}: {what}" for what in what_lacks(answer)]
        for form in ({}, {"csrf_token": token_for(app)}, {"csrf_token": "x" * 2_000_000}):
            lacking += [f"POST /sign-in: {what}" for what in what_lacks(browser.post("/sign-in", data=form))]

    assert lacking == []
