"""What a relative can send: to every page of the family door, about a row of their own or of somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.cast import ALEX, BEN, DANA, LEE, ROBIN, SAM, Person
from portal.db import db
from portal.models import Account, Patient, RelatedPerson, Relative, StaffMember
from tests.house.addresses import MADE_UP, every_rule, filled, has_label, methods, own_labels, stored_labels
from tests.house.doors import FAMILY, door_of

TIME = "2026-12-01T23:00:00+00:00"

# What each page takes; {token} is a form's own, {who} says with whom a session is booked.
# Choices are sent as they stand: a page after them looks as before.
FORMS: dict[str, dict[str, str]] = {
    "family.feed.make": {"token": "{token}"},
    "family.feed.end": {},
    "family.settings.page": {"language": "en", "theme": "auto"},
    "family.settings.time_zone": {"time_zone": "America/Chicago"},
    "family.settings.emails": {"level": "times"},
    "family.ask.page": {"name": SAM.name, "contact": SAM.email, "relation": "A friend", "token": "{token}"},
    "family.booking.who": {"who": "{who}", "how": "online"},
    "family.booking.time": {"time": TIME},
    "family.booking.check": {"note": "Ring twice", "token": "{token}"},
    "family.classes.sign_up": {"token": "{token}"},
    "family.classes.leave": {},
    "family.waiting.page": {
        "who": "{who}",
        "days": "1",
        "parts": "evening",
        "until": "2026-12-20",
        "how": "any",
        "token": "{token}",
    },
    "family.waiting.change": {"days": "1", "parts": "evening", "until": "2026-12-20", "how": "any"},
    "family.waiting.leave": {},
    "family.sessions.cancel": {"because": "We are away"},
    "family.sessions.answer": {"answer": "yes"},
    "family.moving.time": {"time": TIME},
    "family.moving.check": {},
}
# The booking's later pages carry in the address with whom it is.
ASKED_IN_THE_ADDRESS = {
    "family.booking.time": {"who": "{who}", "how": "online"},
    "family.booking.check": {"who": "{who}", "how": "online", "time": TIME},
    "family.moving.check": {"time": TIME},
}


@dataclass(frozen=True)
class Sent:
    """One thing to send; `about` is the label in it, empty where there is none."""

    endpoint: str
    address: str
    form: dict[str, str]
    about: str


def takes_something(app: Flask) -> list[Rule]:
    """The pages of the family door to which something can be sent."""
    return [rule for rule in every_rule(app) if door_of(rule.endpoint) == FAMILY and "POST" in methods(rule)]


def sent_by(app: Flask, person: Person, *, sessions: list[str], whom: list[str]) -> Iterator[Sent]:
    """All that somebody could send about these sessions and these people, by the labels they have for them."""
    for number, rule in enumerate(takes_something(app)):
        token = f"{person.given_name.lower()}-{number}".ljust(40, "x")
        form, asked = FORMS[rule.endpoint], ASKED_IN_THE_ADDRESS.get(rule.endpoint, {})
        about = sessions if has_label(rule) else whom if "{who}" in (form | asked).values() else [""]
        for label in about:
            address = next(filled(app, rule, [label]))
            words: dict[str, Any] = {"token": token, "who": label}
            query = urlencode({name: value.format(**words) for name, value in asked.items()})
            yield Sent(
                rule.endpoint,
                f"{address}?{query}" if query else address,
                {name: value.format(**words) for name, value in form.items()},
                label,
            )


def made_up_by(app: Flask, person: Person) -> Iterator[Sent]:
    """The same about what does not exist."""
    return sent_by(app, person, sessions=[MADE_UP], whom=[f"{MADE_UP}-{MADE_UP}"])


def hidden_from(app: Flask, person: Person) -> Iterator[Sent]:
    """The same about every session, and about Robin, Dana, Alex and this person's own tie to whom they long to see.

    Dana herself may book with Sam: of hers it is what only Robin and Alex know.
    """
    sessions = own_labels(app, person, stored_labels(app)["appointment"])
    ties = {ALEX: SAM, **({} if person == DANA else {DANA: SAM, person: None})}
    refs = [ref for relative, patient in ties.items() for ref in _ties(app, relative, patient)]
    refs += _ties(app, DANA, ROBIN)
    whom = [f"{tie}-{staff}" for tie in own_labels(app, person, refs) for staff in _therapists(app, person)]
    return (one for one in sent_by(app, person, sessions=sessions, whom=whom) if one.about)


def _ties(app: Flask, relative: Person, patient: Person | None) -> list[str]:
    query = select(RelatedPerson.ref).join(Relative, Relative.id == RelatedPerson.relative_id)
    query = query.join(Account, Account.id == Relative.account_id).where(Account.email == relative.email)
    if patient is not None:
        whose = select(Patient.id).join(Account, Account.id == Patient.account_id).where(Account.email == patient.email)
        query = query.where(RelatedPerson.patient_id.in_(whose))
    with app.app_context(), db.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def _therapists(app: Flask, person: Person) -> list[str]:
    query = select(StaffMember.ref).join(Account, Account.id == StaffMember.account_id)
    with app.app_context(), db.engine.connect() as connection:
        refs = list(connection.execute(query.where(Account.email.in_([BEN.email, LEE.email]))).scalars())
    return own_labels(app, person, refs)
