"""A consent is live only while every condition of the rule holds."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, DANA, OTHER_SCOPE, ROSA, SEES_NOTHING, STRANGERS, Person
from portal.consent.live import CONDITIONS, joined, rule_without
from portal.consent.scopes import Scope
from portal.consent.shared import Shared, SharedScope
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.models import Account, ConsentScope, RelatedPerson, Relative

pytestmark = pytest.mark.both_databases


def relative_id(person: Person) -> int:
    g.reading = True
    return session().scalars(select(Relative.id).join(Account).where(Account.email == person.email)).one()


def all_that_is_shared_with(app: Flask, person: Person) -> list[Shared]:
    with app.app_context():
        viewer = Viewer(account_id=None, relative_id=relative_id(person), is_counted=False)
    with app.app_context(), viewing_as(viewer):
        return [row for mapper in Shared.registry.mappers for row in session().scalars(select(mapper.class_))]


def test_without_a_live_consent_no_shared_row_is_there(app: Flask) -> None:
    shared = {one.way: all_that_is_shared_with(app, one.person) for one in SEES_NOTHING}

    assert shared == {one.way: [] for one in SEES_NOTHING}


def test_dana_sees_what_sam_ticked_and_nothing_else(app: Flask) -> None:
    scopes = {(row.known_as, row.scope) for row in all_that_is_shared_with(app, DANA) if isinstance(row, SharedScope)}

    times = ("times", "kind", "place")
    assert scopes == {("Sam", one) for one in (*times, "family", "going", "plan")} | {("Robin", one) for one in times}


def test_a_mother_who_signed_with_her_daughter_sees_the_session_times(app: Flask) -> None:
    assert any(isinstance(row, SharedScope) and row.scope == Scope.TIMES for row in all_that_is_shared_with(app, ROSA))


def test_somebody_with_another_scope_sees_that_scope_only(app: Flask) -> None:
    assert {type(row) for row in all_that_is_shared_with(app, OTHER_SCOPE.person)} == {SharedScope}


def let_in_without(condition: str) -> set[str]:
    """The addresses of those who could see session times if the rule lacked this condition."""
    addresses: Any = session().scalars(
        joined(Account.email)
        .join(Relative, Relative.id == RelatedPerson.relative_id)
        .join(Account, Account.id == Relative.account_id)
        .where(rule_without([condition]), ConsentScope.scope == Scope.TIMES)
    )
    return set(addresses)


def test_each_condition_of_the_rule_keeps_somebody_out(app: Flask) -> None:
    with app.app_context():
        g.reading = True
        let_in = {condition: let_in_without(condition) for condition in CONDITIONS}

    for condition, everybody in let_in.items():
        kept_out = {one.person.email for one in STRANGERS if one.fails == condition}
        assert kept_out, condition
        assert kept_out | {ALEX.email, DANA.email} <= everybody, condition
        assert not everybody & {one.person.email for one in STRANGERS if one.fails not in (condition, None)}, condition
