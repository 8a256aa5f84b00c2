"""Families by the dozen, each one relative of one patient, with an update to be told of."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from portal import clinic
from portal.cast import PRIYA, Person
from portal.cast.rows import Cast
from portal.consent.scopes import Scope
from portal.db import db, session
from portal.emails import outbox
from portal.models import StaffMember
from tests.conftest import MORNING, at_the_clinic

# No word of any letter, in any language, is made of these.
SYLLABLES = ("zuk", "qif", "vox", "jyp", "wub", "xam", "kyz", "fuq")


@dataclass(frozen=True)
class Family:
    """One relative and one patient: as the outbox, the mail server and a stop know them."""

    email: str
    account_id: int
    patient_id: int
    related_person_id: int
    update_id: int


def a_name(chance: random.Random) -> str:
    """A name that nobody has."""
    return "".join(chance.choices(SYLLABLES, k=4)).capitalize()


def bring(app: Flask, many: int, *, seed: int = 0) -> list[Family]:
    """Add so many families to the clinic."""
    chance = random.Random(seed)
    with app.app_context():
        with db.sessionmaker.begin() as own_session:
            people = Cast(own_session, MORNING)
            priya = own_session.scalars(select(StaffMember).where(StaffMember.name == PRIYA.name)).one()
            people.staff[PRIYA.given_name] = priya
            families = [_family(people, chance, n) for n in range(many)]
        clinic.forget()
        db.engine.dispose()
    return families


def queue(app: Flask, families: list[Family]) -> None:
    """Queue the email about each family's update, all in one transaction."""
    with at_the_clinic(app):
        for one in families:
            outbox.queue("update_posted", to=one.account_id, patient_id=one.patient_id, about_id=one.update_id)
        session().flush()


def _family(people: Cast, chance: random.Random, n: int) -> Family:
    given, family = a_name(chance), a_name(chance)
    relative = people.relative(Person(f"{given.lower()}{n}@example.org", given, family, "one of many"))
    patient = people.patient(Person("", a_name(chance), family, "one of many"))
    person = people.related(patient, relative, "My aunt")
    people.consent(person, (Scope.GOING,))
    update = people.update(patient, Scope.GOING, a_name(chance), a_name(chance), dt.timedelta(days=2), PRIYA.given_name)
    return Family(relative.account.email, relative.account.id, patient.id, person.id, update.id)
