"""Who shares with the viewer, what each of them shares and until when: one question per request."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import g, url_for
from flask_babel import gettext
from sqlalchemy import select

from portal import words
from portal.consent.record import Grant
from portal.consent.scopes import UPDATE_SCOPES, Scope, in_words
from portal.consent.shared import SharedScope
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.models import EmailLevel
from portal.refs import ref_for


@dataclass(frozen=True)
class SharedPerson:
    """One patient, as the viewer may know them. `scopes` are live now; dates are the clinic's."""

    patient_id: int
    ref: str
    known_as: str
    colour: str
    scopes: frozenset[str]
    email_level: str
    purpose: str
    signed_on: dt.date
    ends_on: dt.date
    ends_with_program: bool
    grants: tuple[tuple[str, Grant], ...]

    @property
    def letter(self) -> str:
        return words.initial(self.known_as)

    @property
    def until_words(self) -> str:
        return words.day(self.ends_on)

    @property
    def agreed_words(self) -> str:
        """The scope of the consent in a sentence, for what is read without the page that explains it."""
        base_fact = gettext("That %(name)s takes part in this program", name=self.known_as)
        things = [base_fact, *in_words(self.scopes)]
        return gettext(
            "%(name)s agreed to share with you, until %(day)s: %(things)s.",
            name=self.known_as,
            day=words.full_day(self.ends_on),
            things=words.listed([thing[:1].lower() + thing[1:] for thing in things]),
        )

    @property
    def url_agreed(self) -> str:
        return url_for("family.shared.page", ref=self.ref)


def people() -> list[SharedPerson]:
    """Everybody who shares something with the viewer, by name. Asked once in each context."""
    if "people" not in g:
        by_patient: dict[int, list[SharedScope]] = {}
        for row in session().scalars(
            select(SharedScope).order_by(SharedScope.known_as, SharedScope.related_person_ref)
        ):
            by_patient.setdefault(row.patient_id, []).append(row)
        g.people = [_person(rows) for rows in by_patient.values()]
    return list(g.people)


def who_shares(*scopes: Scope) -> list[SharedPerson]:
    """Those who share any of `scopes` with the viewer."""
    return [person for person in people() if person.scopes & set(scopes)]


def person_of(patient_id: int) -> SharedPerson:
    """The one who shares and has this number; shared rows always have one."""
    return next(person for person in people() if person.patient_id == patient_id)


def shares_updates() -> bool:
    """Whether anybody shares any kind of update."""
    return bool(who_shares(*UPDATE_SCOPES))


def grants() -> dict[tuple[int, str], Grant]:
    """By which consent each (patient, scope) is seen, for the record; a list of updates counts as "updates"."""
    found = {(person.patient_id, scope): grant for person in people() for scope, grant in person.grants}
    lists = {(patient_id, "updates"): grant for (patient_id, scope), grant in found.items() if scope in UPDATE_SCOPES}
    return found | lists


def about_words() -> str:
    """The sentence of the bar that says whose information this is."""
    known = people()
    if len(known) == 1:
        return gettext(
            "You are looking at what %(name)s shares with you, until %(day)s.",
            name=known[0].known_as,
            day=known[0].until_words,
        )
    return gettext("You can see what %(names)s share with you.", names=words.listed([one.known_as for one in known]))


def _person(rows: list[SharedScope]) -> SharedPerson:
    # Two live consents of one pair may overlap for a while; the one that lasts longer is shown.
    longest = max(rows, key=lambda row: (row.ends_at, row.ends_on, row.signed_on, row.purpose, row.ends_with_program))
    levels = {row.email_level for row in rows}
    return SharedPerson(
        patient_id=longest.patient_id,
        ref=ref_for(the_viewer().account_ref, longest.related_person_ref),
        known_as=longest.known_as,
        colour=longest.colour,
        scopes=frozenset(row.scope for row in rows),
        email_level=next(
            (level for level in (EmailLevel.TIMES, EmailLevel.NOTICE) if level in levels), EmailLevel.NONE
        ),
        purpose=longest.purpose,
        signed_on=longest.signed_on,
        ends_on=longest.ends_on,
        ends_with_program=longest.ends_with_program,
        grants=tuple((row.scope, Grant(row.related_person_id, row.consent_id)) for row in rows),
    )
