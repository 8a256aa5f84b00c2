"""A clinic for a storm: as many relatives as are asked for, each close to somebody of their own, and one therapist."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Flask, make_response, session
from flask_security.utils import login_user
from sqlalchemy import select

from portal import clinic
from portal.cast import Person
from portal.cast.rows import Cast
from portal.consent.scopes import Scope
from portal.db import db
from portal.models import Account, CareTeamMember, FamilySessionTerms, FreeHours, StaffRole
from tests.conftest import MORNING

NORA = Person("nora@riverbend.example", "Nora", "Bell", "family therapist")
# A browser is signed in for the program and the address it came with.
AGENT = "a browser in a storm"
HERE = "127.0.0.1"


@dataclass(frozen=True)
class Hours:
    """When Nora is free, on every day; minutes after midnight. Sessions of `minutes`, a gap, starts every `step`."""

    start: int = 10 * 60
    end: int = 12 * 60
    minutes: int = 50
    gap: int = 10
    step: int | None = None
    days: int = 7


TWO_A_DAY = Hours()


def furnish(app: Flask, relatives: int, hours: Hours = TWO_A_DAY) -> list[str]:
    """Add Nora and her families to the clinic; returns a signed-in cookie for each relative."""
    with app.app_context():
        with db.sessionmaker.begin() as own_session:
            people = Cast(own_session, MORNING)
            _nora(people, hours)
            emails = [_family(people, n) for n in range(relatives)]
        clinic.forget()
        db.engine.dispose()
    return _cookies(app, emails)


def set_minutes(app: Flask, minutes: int) -> None:
    """From now on Nora's sessions take so long."""
    with app.app_context(), db.sessionmaker.begin() as own_session:
        terms = own_session.scalars(select(FamilySessionTerms).order_by(FamilySessionTerms.staff_id.desc())).first()
        assert terms is not None
        terms.minutes = minutes


def _nora(people: Cast, hours: Hours) -> None:
    nora = people.staff_member(NORA, [StaffRole.THERAPIST])
    terms = FamilySessionTerms(
        staff_id=nora.id, minutes=hours.minutes, gap_minutes=hours.gap, step_minutes=hours.step,
        horizon_days=hours.days, per_day=None, per_family_open=None, modes=["online"],
    )  # fmt: skip
    terms.hours = [FreeHours(weekday=day, from_minute=hours.start, to_minute=hours.end) for day in range(7)]
    people.session.add(terms)
    people.session.flush()


def _family(people: Cast, n: int) -> str:
    relative = people.relative(Person(f"relative{n}@example.org", "Kim", f"Number{n}", "in a storm"))
    patient = people.patient(Person("", "Lou", f"Number{n}", "in a storm"))
    people.session.add(CareTeamMember(patient_id=patient.id, staff_id=people.staff[NORA.given_name].id))
    people.consent(people.related(patient, relative, "My aunt"), (Scope.FAMILY,))
    return relative.account.email


def _cookies(app: Flask, emails: list[str]) -> list[str]:
    """What signing in gives each of them, without the work of checking so many passwords."""
    with app.app_context(), db.sessionmaker() as own_session:
        accounts = {one.email: one for one in own_session.scalars(select(Account).where(Account.email.in_(emails)))}
        own_session.expunge_all()
    return [_cookie(app, accounts[email]) for email in emails]


def _cookie(app: Flask, account: Account) -> str:
    with app.test_request_context(headers={"User-Agent": AGENT}, environ_base={"REMOTE_ADDR": HERE}):
        assert login_user(account)
        response = make_response()
        app.session_interface.save_session(app, session, response)
        return response.headers["Set-Cookie"].partition(";")[0]


def minute(day: int, minute_of_day: int) -> str:
    """The value that the form sends for a start so many days after the tests' morning."""
    wall = dt.datetime.combine(MORNING.date() + dt.timedelta(days=day), dt.time(), MORNING.tzinfo)
    return (wall + dt.timedelta(minutes=minute_of_day)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
