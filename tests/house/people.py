"""Everybody who can stand before a door, one for each role."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import BEN, DANA, NEVER_LINKED, PRIYA, ROBIN, RUTH, SAM, TOMAS, Cast, Person
from portal.consent.scopes import Scope
from portal.db import db
from portal.models import Account, Patient, Relative
from tests.conftest import MORNING, SignIn

NOBODY = None

# Robin is in treatment and, once `robin_is_also_a_relative` has run, sees the session times of Sam.
ROLES: dict[str, Person | None] = {
    "anonymous": NOBODY,
    "relative with sharing": DANA,
    "relative with none": NEVER_LINKED.person,
    "patient": SAM,
    "patient who is also a relative": ROBIN,
    "coordinator": PRIYA,
    "therapist": BEN,
    "privacy officer": RUTH,
    "admin": TOMAS,
}


def robin_is_also_a_relative(app: Flask) -> None:
    """Give Robin a second hat: brother of Sam."""
    with app.app_context(), db.sessionmaker.begin() as session:
        cast = Cast(session, MORNING)
        account = session.scalars(select(Account).where(Account.email == ROBIN.email)).one()
        sam = session.scalars(select(Patient).join(Account).where(Account.email == SAM.email)).one()
        brother = Relative(account_id=account.id, given_name=ROBIN.given_name, family_name=ROBIN.family_name)
        session.add(brother)
        session.flush()
        session.refresh(brother)
        cast.consent(cast.related(sam, brother, "My brother"), (Scope.TIMES,))


def browser_of(app: Flask, sign_in: SignIn, person: Person | None) -> FlaskClient:
    """A browser in which this person is signed in, or nobody; its forms carry the token `token_for` makes."""
    client = app.test_client() if person is None else sign_in(person)
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "a token"
    return client


def token_for(app: Flask) -> str:
    """What a form of `browser_of` would send."""
    from flask_wtf.csrf import generate_csrf

    with app.test_request_context():
        from flask import session

        session["csrf_token"] = "a token"
        return str(generate_csrf())
