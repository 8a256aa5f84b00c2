"""Take one of the nine elements of 42 CFR 2.31(a) out of a row, as an old one or a hand in the database may lack it:
however the consent came, it is not used any more, and staff see why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import ColumnElement, delete, func, select, update

from portal.cast import BEN, DANA, PAT, PRIYA, SAM
from portal.db import db, session
from portal.exchange.sees import sees
from portal.exchange.why import why
from portal.models import Base, Consent, HowSigned, Patient, RelatedPerson
from portal.services import paper_forms, signed_forms
from portal.services.paper_form_elements import MISSING, Element
from portal.staff.today import missing_words
from tests.browser_form import soup
from tests.conftest import MORNING, SignIn, at_the_clinic, patient_id
from tests.consent.elements import board, missing, recorded, sharing_page, staff
from tests.exchange.bundles import ANA, everything, imported
from tests.services.paper import complete

CONSENT, SCOPE, PERSON, PATIENT = (Base.metadata.tables[name] for name in
                                   ("consent", "consent_scope", "related_person", "patient"))  # fmt: skip


@dataclass(frozen=True)
class Whole:
    """A consent with every element, that is used: between whom, and what it lies in."""

    relative: str
    known_as: str
    consent_id: int
    ref: str
    person_id: int
    person_ref: str
    patient_id: int
    patient_ref: str


def made_here(app: Flask, folder: Path) -> Whole:
    return whole(app, DANA.email, "Sam", Consent.how_signed == HowSigned.HERE)


def made_on_paper(app: Flask, folder: Path) -> Whole:
    sam, (staff_id, account_id) = patient_id(app, SAM), staff(app, BEN)
    ref = recorded(app, complete(app))
    with at_the_clinic(app):
        paper_forms.verify(sam, ref, staff_id=staff_id, account_id=account_id, matches=True, asked_in_private=True)
    return whole(app, PAT.email, "Sam", Consent.ref == ref)


def made_elsewhere(app: Flask, folder: Path) -> Whole:
    imported(app, everything(), folder)
    return whole(app, ANA, "Noor", Consent.external_id.is_not(None))


def whole(app: Flask, relative: str, given_name: str, which: ColumnElement[bool]) -> Whole:
    with app.app_context():
        g.reading = True
        one = (
            session()
            .scalars(
                select(Consent)
                .join(Consent.related_person)
                .join(Patient, Patient.id == Consent.patient_id)
                .where(RelatedPerson.email == relative, Patient.given_name.startswith(given_name), which)
            )
            .one()
        )
        person = one.related_person
        return Whole(relative, person.known_as, one.id, one.ref, person.id, person.ref, one.patient_id, one.patient.ref)


def _in_consent(**blank: Any) -> Callable[[Whole], Any]:
    return lambda one: update(CONSENT).where(CONSENT.c.id == one.consent_id).values(blank)


# Nothing at all, and nothing that a reader would see.
BLANKS = ("", " \t\r\n\u00a0")
TAKEN_OUT: dict[Element, list[Callable[[Whole], Any]]] = {
    Element.PATIENT: [
        lambda one, blank=blank: (
            update(PATIENT).where(PATIENT.c.id == one.patient_id).values(given_name=blank, family_name=blank)
        )
        for blank in BLANKS
    ],
    Element.DISCLOSER: [_in_consent(discloser=blank) for blank in BLANKS],
    # Boxes that say nothing, one that says what nobody knows, and no box at all.
    Element.WHAT: [
        *(
            lambda one, blank=blank: update(SCOPE).where(SCOPE.c.consent_id == one.consent_id).values(scope=blank)
            for blank in (*BLANKS, "notes")
        ),
        lambda one: delete(SCOPE).where(SCOPE.c.consent_id == one.consent_id),
    ],
    Element.RECIPIENT: [
        lambda one, blank=blank: update(PERSON).where(PERSON.c.id == one.person_id).values(name=blank)
        for blank in BLANKS
    ],
    Element.PURPOSE: [_in_consent(purpose=blank) for blank in BLANKS],
    Element.HOW_TO_STOP: [_in_consent(how_to_stop=blank) for blank in BLANKS],
    Element.END: [_in_consent(ends_at=None, ends_on=None)],
    Element.SIGNATURE: [_in_consent(signer_name=blank) for blank in BLANKS],
    Element.DATE: [_in_consent(signed_on=None), _in_consent(signed_on=None, signed_at=None, not_usable_because="date")],
}
PARAGRAPHS = {element: f"({n})" for n, element in enumerate(Element, 1)}


@pytest.mark.both_databases
@pytest.mark.parametrize("element", Element)
@pytest.mark.parametrize("made", [made_here, made_on_paper, made_elsewhere])
def test_a_row_without_it_is_not_used_and_staff_see_why(
    app: Flask, sign_in: SignIn, tmp_path: Path, made: Callable[[Flask, Path], Whole], element: Element
) -> None:
    one, priya = made(app, tmp_path), sign_in(PRIYA)
    assert one.known_as in names_seen(app, one.relative)
    by_hand(app, update(CONSENT).where(CONSENT.c.id != one.consent_id).values(stopped_at=MORNING))
    if element == Element.WHAT:  # one box at a time: the others still say what may be shared
        kept = select(func.min(SCOPE.c.id)).where(SCOPE.c.consent_id == one.consent_id).scalar_subquery()
        by_hand(app, delete(SCOPE).where(SCOPE.c.consent_id == one.consent_id, SCOPE.c.id != kept))

    for take_out in TAKEN_OUT[element]:
        by_hand(app, take_out(one))

        assert one.known_as not in names_seen(app, one.relative)
        assert_why_names(app, one, element)
        assert missing(app, one.patient_id, one.ref)[0] == element
        assert str(MISSING[element]) in sharing_page(priya, one.patient_ref)
        assert missing_words(element) in board(priya, one.patient_ref)


def by_hand(app: Flask, statement: Any) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(statement)


def names_seen(app: Flask, relative: str) -> list[str]:
    with app.app_context():
        g.reading = True
        return [person["name"] for person in sees(relative)["people"]]


def assert_why_names(app: Flask, one: Whole, element: Element) -> None:
    with app.app_context():
        g.reading = True
        said = why(one.relative, "person", one.person_ref)["words"]
    assert "42 CFR 2.31(a)" in said
    assert PARAGRAPHS[element] in said


def test_a_box_that_says_nothing_leaves_the_others_as_they_are(app: Flask) -> None:
    one = made_here(app, Path())
    by_hand(app, update(SCOPE).where(SCOPE.c.consent_id == one.consent_id, SCOPE.c.scope == "going").values(scope=""))

    assert "Sam" in names_seen(app, DANA.email)
    assert missing(app, one.patient_id, one.ref) == ()


def test_forms_without_a_box_that_counts_are_on_the_lists_of_the_clinic(app: Flask, sign_in: SignIn) -> None:
    one = made_here(app, Path())
    by_hand(app, delete(SCOPE).where(SCOPE.c.consent_id == one.consent_id))

    with app.app_context():
        g.reading = True
        assert one.ref in [form.ref for form in signed_forms.incomplete()]
    said = soup(sign_in(PRIYA).get(f"/staff/people/{one.patient_ref}")).select_one("main").text  # type: ignore[union-attr]
    assert "The signed form lacks something the law asks for" in said
