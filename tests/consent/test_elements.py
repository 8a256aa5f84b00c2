"""Take one of the nine elements of 42 CFR 2.31(a) away, however a consent came: it is not used, and staff see why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import Table, delete, func, select, update

from portal import clinic
from portal.cast import BEN, DANA, PRIYA, SAM, Person
from portal.db import db, session
from portal.errors import NotShared, Refused
from portal.exchange.sees import sees
from portal.exchange.why import why
from portal.models import Base, Consent, RelatedPerson, StaffMember
from portal.services import consents, paper_forms, signed_forms
from portal.services.paper_form_elements import NO_DATE, Element, PaperForm
from tests.conftest import at_the_clinic, patient_id
from tests.exchange.bundles import ANA, consent, everything, imported, provision
from tests.exchange.bundles import sees as command_sees
from tests.services.looking import person_id
from tests.services.paper import complete
from tests.services.test_consents import EVERYTHING_ANSWERED, SIGNED

# In a page's form

MISSING_ON_SCREEN: dict[Element, tuple[dict[str, Any], dict[str, Any], str]] = {
    Element.WHAT: ({"scopes": ()}, {}, "scopes"),
    Element.RECIPIENT: ({"name": " "}, {}, "name"),
    Element.PURPOSE: ({"purpose": " \n"}, {}, "purpose"),
    Element.HOW_TO_STOP: ({}, {"how_to_stop": " "}, "how_to_stop"),
    Element.END: ({"ends_on": None}, {}, "ends_on"),
    Element.SIGNATURE: ({}, {"typed_name": " "}, "typed_name"),
    # The patient is who is signed in, the discloser the clinic; the day is today. The two tests below are theirs.
}


def number_of_consents(app: Flask) -> int:
    with app.app_context():
        g.reading = True
        return session().scalar(select(func.count(Consent.id))) or 0


@pytest.mark.parametrize("element", MISSING_ON_SCREEN)
def test_a_patient_who_leaves_it_out_cannot_sign(app: Flask, element: Element) -> None:
    answers, signature, field = MISSING_ON_SCREEN[element]
    before, sam = number_of_consents(app), patient_id(app, SAM)

    with app.app_context(), pytest.raises(Refused) as refused:
        consents.sign(sam, replace(EVERYTHING_ANSWERED, **answers), replace(SIGNED, **signature))

    assert refused.value.field == field
    assert number_of_consents(app) == before


def test_nobody_signs_for_a_clinic_without_a_name(app: Flask) -> None:
    sam = patient_id(app, SAM)
    with app.app_context():
        g.clinic = replace(clinic.facts(), legal_name=" ")
        with pytest.raises(Refused) as refused:
            consents.sign(sam, EVERYTHING_ANSWERED, SIGNED)

    assert refused.value.field == "discloser"


def test_nobody_signs_for_a_patient_who_is_not_there(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotShared):
        consents.sign(1_000_000, EVERYTHING_ANSWERED, SIGNED)


# On paper

MISSING_ON_PAPER: dict[Element, dict[str, Any]] = {
    Element.PATIENT: {"patient_name": " "},
    Element.DISCLOSER: {"names_discloser": False},
    Element.WHAT: {"scopes": ()},
    Element.RECIPIENT: {"names_nobody": True, "related_person_id": None},
    Element.PURPOSE: {"purpose": " "},
    Element.HOW_TO_STOP: {"says_how_to_stop": False},
    Element.END: {"until": "", "ends_on": NO_DATE},
    Element.SIGNATURE: {"signers": frozenset()},
    Element.DATE: {"signed_on": NO_DATE},
}


def staff(app: Flask, person: Person) -> tuple[int, int]:
    with app.app_context():
        g.reading = True
        member = session().scalars(select(StaffMember).where(StaffMember.name == person.name)).one()
        return member.id, member.account_id


def recorded(app: Flask, form: PaperForm) -> str:
    staff_id, account_id = staff(app, PRIYA)
    with at_the_clinic(app):
        return paper_forms.record_form(patient_id(app, SAM), form, staff_id=staff_id, account_id=account_id).ref


@pytest.mark.parametrize("element", Element)
def test_a_form_on_paper_that_lacks_it_is_never_used(app: Flask, element: Element) -> None:
    sam, (staff_id, account_id) = patient_id(app, SAM), staff(app, BEN)
    ref = recorded(app, replace(complete(app), **MISSING_ON_PAPER[element]))

    with app.app_context(), pytest.raises(Refused):
        paper_forms.verify(sam, ref, staff_id=staff_id, account_id=account_id, matches=True, asked_in_private=True)

    assert element in missing(app, ref)


def missing(app: Flask, ref: str) -> tuple[str, ...]:
    """What the page of the clinic says is missing from one of Sam's forms."""
    sam = patient_id(app, SAM)
    with app.app_context():
        g.reading = True
        return signed_forms.find(sam, ref).missing


# From another system

MISSING_IN_FHIR: dict[Element, tuple[dict[str, Any], str]] = {
    Element.PATIENT: (consent(patient=None), "does not name the patient"),
    Element.DISCLOSER: (consent(organization=[]), "organization"),
    Element.WHAT: (consent(provision(scopes=["email-notice"])), "what may be seen"),
    Element.RECIPIENT: (consent(provision(actor=[])), "names nobody"),
    Element.PURPOSE: (consent(provision(purpose=[])), "purpose"),
    # How to stop is the clinic's own sentence, which the import adds.
    Element.END: (consent(provision(period={"start": "2026-11-16"})), "an end"),
    Element.SIGNATURE: (consent(verification=[]), "verified signature"),
    Element.DATE: (consent(dateTime=None), "day it was signed"),
}


@pytest.mark.parametrize("element", MISSING_IN_FHIR)
def test_an_imported_consent_that_lacks_it_shares_nothing(app: Flask, tmp_path: Path, element: Element) -> None:
    lacking, said = MISSING_IN_FHIR[element]
    summary = imported(app, everything(c1=lacking), tmp_path)

    assert command_sees(app, ANA)["people"] == []
    assert said in " ".join(one["why"] for one in summary["needs_attention"])


# In rows from before, or after somebody's hand in the database

CONSENT, SCOPE, PERSON, PATIENT = (Base.metadata.tables[name] for name in
                                   ("consent", "consent_scope", "related_person", "patient"))  # fmt: skip


def _set(table: Table, column: str, **also: Any) -> Callable[[str], Any]:
    return lambda blank: update(table).values({column: blank} | also)


TAKEN_OUT: dict[Element, Callable[[str], Any]] = {
    Element.PATIENT: lambda blank: update(PATIENT).values(given_name=blank, family_name=blank),
    Element.DISCLOSER: _set(CONSENT, "discloser"),
    Element.WHAT: _set(SCOPE, "scope"),
    Element.RECIPIENT: _set(PERSON, "name"),
    Element.PURPOSE: _set(CONSENT, "purpose"),
    Element.HOW_TO_STOP: _set(CONSENT, "how_to_stop"),
    Element.END: lambda blank: update(CONSENT).values(ends_at=None, ends_on=None),
    Element.SIGNATURE: _set(CONSENT, "signer_name"),
    Element.DATE: lambda blank: update(CONSENT).values(signed_on=None),
}
# Nothing at all, and nothing that a reader would see.
BLANKS = ("", " \t\r\n\u00a0")
PARAGRAPHS = {element: f"({n})" for n, element in enumerate(Element, 1)}


@pytest.mark.both_databases
@pytest.mark.parametrize("element", Element)
def test_a_row_without_it_is_not_used_and_staff_see_why(app: Flask, element: Element) -> None:
    dana = person_id(app, SAM, DANA)
    with app.app_context():
        g.reading = True
        ref = session().scalars(select(Consent.ref).where(Consent.related_person_id == dana)).one()
        person_ref = session().scalars(select(RelatedPerson.ref).where(RelatedPerson.id == dana)).one()
        assert "Sam" in {person["name"] for person in sees(DANA.email)["people"]}
    if element == Element.WHAT:  # one box at a time: the others still say what may be shared
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(delete(SCOPE).where(SCOPE.c.scope != "times"))

    for blank in BLANKS:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(TAKEN_OUT[element](blank))
        is_not_used_and_staff_see_why(app, element, person_ref, ref)


def is_not_used_and_staff_see_why(app: Flask, element: Element, person_ref: str, ref: str) -> None:
    with app.app_context():
        g.reading = True
        assert [person["name"] for person in sees(DANA.email)["people"]] == []
    with app.app_context():
        g.reading = True
        answer = why(DANA.email, "person", person_ref)
    if element == Element.WHAT:
        assert "no consent of the patient for this relative covers it" in answer["words"]
    else:
        assert "42 CFR 2.31(a)" in answer["words"]
        assert PARAGRAPHS[element] in answer["words"]
        assert element in missing(app, ref)


def test_a_form_without_a_single_box_is_listed_for_staff(app: Flask) -> None:
    dana = person_id(app, SAM, DANA)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(delete(SCOPE))
        ref = connection.execute(select(CONSENT.c.ref).where(CONSENT.c.related_person_id == dana)).scalar_one()

    assert Element.WHAT in missing(app, ref)
