"""Take one of the nine elements of 42 CFR 2.31(a) away, however a consent came: it is not used, and staff see why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, delete, func, select, update

from portal import clinic
from portal.cast import BEN, DANA, PAT, PRIYA, SAM, Person
from portal.db import db, session
from portal.errors import NotShared, Refused
from portal.exchange.sees import sees
from portal.exchange.why import why
from portal.models import Base, Consent, HowSigned, Patient, RelatedPerson, StaffMember
from portal.services import consents, paper_forms, signed_forms
from portal.services.paper_form_elements import MISSING, NO_DATE, Element, PaperForm
from portal.staff.today import missing_words
from tests.browser_form import soup
from tests.conftest import MORNING, SignIn, at_the_clinic, patient_id
from tests.exchange.bundles import ANA, consent, everything, imported, provision
from tests.exchange.bundles import sees as command_sees
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
def test_a_form_on_paper_that_lacks_it_is_never_used(app: Flask, sign_in: SignIn, element: Element) -> None:
    sam, (staff_id, account_id) = patient_id(app, SAM), staff(app, BEN)
    ref = recorded(app, replace(complete(app), **MISSING_ON_PAPER[element]))

    with app.app_context(), pytest.raises(Refused):
        paper_forms.verify(sam, ref, staff_id=staff_id, account_id=account_id, matches=True, asked_in_private=True)

    assert missing(app, sam, ref) == (element,)
    priya, whose = sign_in(PRIYA), ref_of(app, sam)
    assert str(MISSING[element]) in sharing_page(priya, whose)
    assert missing_words(element) in board(priya, whose, form=ref)


def missing(app: Flask, whose: int, ref: str) -> tuple[str, ...]:
    """What the clinic finds missing from a form."""
    with app.app_context():
        g.reading = True
        return signed_forms.find(whose, ref).missing


def ref_of(app: Flask, whose: int) -> str:
    with app.app_context():
        g.reading = True
        return session().get_one(Patient, whose).ref


def sharing_page(client: FlaskClient, whose: str) -> str:
    """What the page of the person says about their sharing and the forms behind it."""
    page = soup(client.get(f"/staff/people/{whose}/sharing")).select_one("main")
    assert page is not None
    return " ".join(page.text.split())


def board(client: FlaskClient, whose: str, form: str = "") -> str:
    """What the day board says of one person, or of one of their forms on paper."""
    address = f"/staff/people/{whose}" + (f"/paper/{form}" if form else "")
    links = soup(client.get("/staff")).select(f'main .inset a[href="{address}"]')
    return " ".join(" ".join(link.find_parent(class_="inset").text.split()) for link in links)  # type: ignore[union-attr]


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


# A consent of nobody, or for nobody, is no row: only the summary of the import can tell of it.
NOT_KEPT = (Element.PATIENT, Element.RECIPIENT)


@pytest.mark.parametrize("element", MISSING_IN_FHIR)
def test_an_imported_consent_that_lacks_it_shares_nothing(
    app: Flask, sign_in: SignIn, tmp_path: Path, element: Element
) -> None:
    lacking, said = MISSING_IN_FHIR[element]
    summary = imported(app, everything(c1=lacking), tmp_path)

    assert command_sees(app, ANA)["people"] == []
    assert said in " ".join(one["why"] for one in summary["needs_attention"])
    with app.app_context():
        g.reading = True
        kept = session().scalars(select(Consent).where(Consent.external_id.is_not(None))).all()
        forms = [(one.patient_id, one.ref) for one in kept]
    if element in NOT_KEPT:
        assert forms == []
        return
    [(whose, ref)] = forms
    priya, noor = sign_in(PRIYA), ref_of(app, whose)
    assert missing(app, whose, ref)[0] == element
    assert str(MISSING[element]) in sharing_page(priya, noor)
    assert missing_words(element) in board(priya, noor)


# In rows from before, or after somebody's hand in the database

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
