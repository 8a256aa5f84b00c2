"""Forms on paper: all nine elements or nothing, checked by a second person, and never against a later wish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import BEN, DANA, MAYA, PAT, PRIYA, ROSA, SAM, Person
from portal.consent.scopes import Scope
from portal.consent.shared import SharedScope
from portal.consent.viewer import Viewer, viewing_as
from portal.db import db, session
from portal.errors import NotShared, Refused
from portal.models import (
    Account,
    Act,
    Consent,
    OutgoingEmail,
    Patient,
    RecordEntry,
    RelatedPerson,
    Relative,
    StaffMember,
)  # fmt: skip
from portal.services import consents, needs, paper_form_list, paper_forms
from portal.services.paper_form_elements import NO_DATE, About, Boxes, Element, PaperForm, Signer, last_day, missing
from portal.services.paper_form_rules import refusals
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.looking import person_id
from tests.services.paper import complete

TODAY = MORNING.date()
SAM_TODAY = About(name="Sam Rivera", given_name="Sam", today=TODAY, email=SAM.email)
MAYA_TODAY = replace(SAM_TODAY, name="Maya Delgado", given_name="Maya", is_minor=True, needs_parent=True)
WHOLE = PaperForm(
    patient_name="Sam Rivera", names_discloser=True, related_person_id=1, scopes=(Scope.TIMES,), names_treatment=True,
    purpose="So that he can drive me", until="date", ends_on=("12", "15", "2026"), signers=frozenset({Signer.PATIENT}),
    signed_on=("11", "23", "2026"), says_how_to_stop=True, was_alone="yes",
)  # fmt: skip

# What a form looks like that lacks one element.
WITHOUT: dict[Element, dict[str, Any]] = {
    Element.PATIENT: {"patient_name": ""},
    Element.DISCLOSER: {"names_discloser": False},
    Element.WHAT: {"scopes": ()},
    Element.RECIPIENT: {"related_person_id": None, "names_nobody": True},
    Element.PURPOSE: {"purpose": " "},
    Element.HOW_TO_STOP: {"says_how_to_stop": False},
    Element.END: {"until": ""},
    Element.SIGNATURE: {"signers": frozenset()},
    Element.DATE: {"signed_on": NO_DATE},
}


def staff(app: Flask, person: Person) -> dict[str, int]:
    with app.app_context():
        g.reading = True
        member = session().scalars(select(StaffMember).join(Account).where(Account.email == person.email)).one()
        return {"staff_id": member.id, "account_id": member.account_id}


def record(app: Flask, form: PaperForm | None = None, patient: Person = SAM, **more: Any) -> str:
    """Priya types a form in; returns its ref."""
    number, priya = patient_id(app, patient), staff(app, PRIYA)
    form = form or complete(app)
    with at_the_clinic(app):
        return paper_forms.record_form(number, form, **priya, **more).ref


def verify(app: Flask, ref: str, *, by: Person = BEN, patient: Person = SAM, **more: Any) -> None:
    number, who = patient_id(app, patient), staff(app, by)
    with at_the_clinic(app):
        paper_forms.verify(number, ref, **who, **({"matches": True} | more))


def seen_by(app: Flask, relative: Person) -> set[str]:
    """What a relative sees of anybody at this moment."""
    with app.app_context():
        g.reading = True
        relative_id = session().scalars(select(Relative.id).join(Account).where(Account.email == relative.email)).one()
    with app.app_context(), viewing_as(Viewer(account_id=None, relative_id=relative_id, is_counted=False)):
        return {row.scope for row in session().scalars(select(SharedScope))}


def rows(app: Flask, query: Any) -> list[Any]:
    with app.app_context():
        g.reading = True
        return list(session().scalars(query))


def form_of(app: Flask, ref: str) -> Consent:
    found: Consent = rows(app, select(Consent).where(Consent.ref == ref))[0]
    return found


def on_the_board(app: Flask) -> list[str]:
    with app.app_context():
        g.reading = True
        return [need.why for need in needs.all_of_them().paper if need.who.given_name == "Sam"]


# The nine elements


def test_a_whole_form_lacks_nothing() -> None:
    assert missing(WHOLE, SAM_TODAY) == {}
    assert refusals(WHOLE, SAM_TODAY) == []


@pytest.mark.parametrize("element", Element)
def test_a_form_without_one_element_is_kept_named_and_shares_nothing(app: Flask, element: Element) -> None:
    form = replace(complete(app), **WITHOUT[element])
    with app.app_context():
        assert list(missing(form, SAM_TODAY)) == [element]
    ref = record(app, form)

    assert form_of(app, ref).not_usable_because == element
    with app.app_context():
        g.reading = True
        assert paper_form_list.lacking(paper_form_list.find(form_of(app, ref).patient_id, ref)) == [element]
    assert on_the_board(app) == [element]
    with pytest.raises(Refused, match="lacks something the law asks for"):
        verify(app, ref)
    assert seen_by(app, PAT) == set()


def _no_scopes(consent: Consent) -> None:
    for row in list(consent.scopes):
        db.session.delete(row)


# The same nine, taken from a row that was whole and live.
TAKEN_AWAY: dict[Element, Callable[[Consent], Any]] = {
    Element.PATIENT: lambda one: setattr(one, "patient_id", one.patient_id + 1),
    Element.DISCLOSER: lambda one: setattr(one, "discloser", ""),
    Element.WHAT: _no_scopes,
    Element.RECIPIENT: lambda one: setattr(one.related_person, "name", ""),
    Element.PURPOSE: lambda one: setattr(one, "purpose", ""),
    Element.HOW_TO_STOP: lambda one: setattr(one, "how_to_stop", ""),
    Element.END: lambda one: setattr(one, "ends_at", None),
    Element.SIGNATURE: lambda one: setattr(one, "signer_name", ""),
    Element.DATE: lambda one: setattr(one, "signed_on", None),
}


@pytest.mark.parametrize("element", Element)
def test_a_live_form_dies_when_one_element_is_taken_from_its_row(app: Flask, element: Element) -> None:
    ref = record(app)
    verify(app, ref)
    assert seen_by(app, PAT) == {Scope.TIMES}

    with at_the_clinic(app):
        TAKEN_AWAY[element](session().scalars(select(Consent).where(Consent.ref == ref)).one())

    assert seen_by(app, PAT) == set()


def test_a_form_that_names_nobody_puts_no_nameless_person_on_any_page(app: Flask, sign_in: Any) -> None:
    record(app, replace(complete(app), **WITHOUT[Element.RECIPIENT]))

    assert rows(app, select(RelatedPerson.name).where(RelatedPerson.name == "")) == [""]
    page = sign_in(SAM).get("/me/sharing")
    assert page.status_code == 200
    assert ">?<" not in page.text


@pytest.mark.parametrize(
    "element", [element for element in Element if element != Element.RECIPIENT], ids=lambda one: str(one)
)
def test_the_patients_pages_bear_a_form_that_lacks_something(app: Flask, sign_in: Any, element: Element) -> None:
    record(app, replace(complete(app), **WITHOUT[element]))
    sam = sign_in(SAM)

    assert sam.get("/me").status_code == sam.get("/me/sharing").status_code == 200


# Who must sign


@pytest.mark.parametrize(
    ("form", "about", "said"),
    [
        ({"signers": frozenset({Signer.PARENT}), "parent_name": "Rosa"}, MAYA_TODAY, "signature of Maya is missing"),
        ({}, MAYA_TODAY, "Maya is not of age. A parent or guardian must sign too"),
        ({"signers": frozenset({Signer.REPRESENTATIVE}), "representative_name": "Lou"}, SAM_TODAY, "by what right"),
        ({"signers": frozenset()}, SAM_TODAY, "Nobody signed it"),
    ],
    ids=["parent alone", "minor alone", "no right", "nobody"],
)  # fmt: skip
def test_a_missing_signature_is_named(app: Flask, form: dict[str, Any], about: About, said: str) -> None:
    with app.app_context():
        assert said in missing(replace(WHOLE, **form), about)[Element.SIGNATURE]


def test_a_minor_signs_alone_where_the_state_says_so() -> None:
    assert missing(WHOLE, replace(MAYA_TODAY, needs_parent=False)) == {}


def test_a_minor_and_a_parent_sign_together(app: Flask) -> None:
    form = replace(
        complete(app, ROSA, MAYA), scopes=(Scope.PLAN,), parent_name="Rosa Delgado", language="es",
        signers=frozenset({Signer.PATIENT, Signer.PARENT}),
    )  # fmt: skip
    ref = record(app, form, MAYA)
    verify(app, ref, patient=MAYA)

    kept = form_of(app, ref)
    assert (kept.signer_name, kept.parent_signer_name) == (MAYA.name, "Rosa Delgado")
    assert "De quién es la información" in kept.text_shown
    assert "lunes, 23 de noviembre de 2026" in kept.text_shown
    assert seen_by(app, ROSA) == {Scope.PLAN}


def test_a_representative_signs_by_the_right_the_form_describes(app: Flask) -> None:
    form = replace(
        complete(app), signers=frozenset({Signer.REPRESENTATIVE}), representative_name="Lou Hale",
        authority="Guardian by court order",
    )  # fmt: skip
    ref = record(app, form)
    verify(app, ref)

    kept = form_of(app, ref)
    assert (kept.signer_name, kept.representative_authority) == ("Lou Hale", "Guardian by court order")
    assert seen_by(app, PAT) == {Scope.TIMES}


# What no form can say


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"patient_name": "Kim Park"}, "patient_name", "names somebody else"),
        ({"related_person_id": None}, "person", "Choose who gets it"),
        ({"related_person_id": None, "is_new": True}, "name", "Enter their name"),
        ({"related_person_id": None, "is_new": True, "name": "Kai", "email": "kai"}, "email", "name@example.org"),
        ({"related_person_id": None, "is_new": True, "name": "Kai", "email": "SAM@example.org"}, "email", "of Sam"),
        ({"names_discloser": None}, "names_discloser", "who may share"),
        ({"scopes": (Scope.PLACE, Scope.GOING)}, "scopes", "part of session times"),
        ({"scopes": (Scope.KIND,)}, "scopes", "Sam signs a new form"),
        ({"names_treatment": None}, "names_treatment", "alcohol or drug"),
        ({"says_how_to_stop": None}, "says_how_to_stop", "how to stop"),
        ({"was_alone": ""}, "was_alone", "somebody else was there"),
        ({"ends_on": ("13", "45", "2026")}, "ends_on", "in the next 12 months"),
        ({"ends_on": ("12", "15", "soon")}, "ends_on", "in the next 12 months"),
        ({"ends_on": ("11", "23", "2026")}, "ends_on", "in the next 12 months"),
        ({"ends_on": ("12", "15", "2027")}, "ends_on", "in the next 12 months"),
        ({"signed_on": ("11", "24", "2026")}, "signed_on", "cannot be after today"),
        ({"signed_on": ("2", "30", "2026")}, "signed_on", "cannot be after today"),
        ({"signed_on": ("11", "", "")}, "signed_on", "cannot be after today"),
        ({"signers": frozenset({Signer.PARENT}), "parent_name": "Pat"}, "signers", "of age"),
        ({"signers": frozenset({Signer.PATIENT, Signer.REPRESENTATIVE})}, "signers", "not both"),
        ({"signers": frozenset({Signer.REPRESENTATIVE}), "authority": "x"}, "representative_name", "Enter their name"),
        ({"purpose": "x" * 301}, "purpose", "at most 300"),
    ],
    ids=lambda one: ", ".join(one) if isinstance(one, dict) else str(one),
)  # fmt: skip
def test_an_answer_that_cannot_be_right_is_refused_beside_its_field(
    app: Flask, wrong: dict[str, Any], field: str, said: str
) -> None:
    with app.app_context():
        (refused,) = refusals(replace(WHOLE, **wrong), SAM_TODAY)

    assert refused.field == field
    assert said in refused.sentence


@pytest.mark.parametrize(
    ("until", "signed_on", "ends_on", "said"),
    [
        ("date", ("11", "30", "2025"), ("11", "30", "2026"), None),
        ("date", ("11", "30", "2025"), ("12", "1", "2026"), "Enter a date up to 11 30 2026"),
        ("date", ("5", "1", "2026"), ("5", "2", "2027"), "12 months from its signature"),
        ("date", ("11", "23", "2025"), ("12", "15", "2026"), "signed 12 months ago or earlier"),
        ("program", ("11", "24", "2025"), NO_DATE, None),
        ("program", ("11", "23", "2025"), NO_DATE, "signed 12 months ago or earlier"),
    ],
)
def test_twelve_months_count_from_the_signature_however_long_the_form_lay(
    app: Flask, until: str, signed_on: Boxes, ends_on: Boxes, said: str | None
) -> None:
    with app.app_context():
        found = refusals(replace(WHOLE, until=until, signed_on=signed_on, ends_on=ends_on), SAM_TODAY)

        assert [said in str(refused.sentence) for refused in found] == ([True] if said else [])  # type: ignore[operator]


def test_the_last_day_of_what_ends_with_the_program_counts_from_the_signature_too() -> None:
    form = replace(WHOLE, until="program", signed_on=("1", "15", "2026"))

    assert last_day(form, SAM_TODAY) == dt.date(2027, 1, 15)
    assert last_day(form, replace(SAM_TODAY, planned_end_on=TODAY)) == TODAY + dt.timedelta(days=30)


def test_a_form_cannot_end_with_a_program_that_was_left() -> None:
    (refused,) = refusals(replace(WHOLE, until="program"), replace(SAM_TODAY, has_left=True))

    assert refused.field == "until"


def test_leaving_the_program_has_a_last_day_of_its_own(app: Flask) -> None:
    kept = form_of(app, record(app, replace(complete(app), until="program")))

    assert kept.ends_with_program
    assert kept.ends_on is not None
    assert TODAY < kept.ends_on <= TODAY + dt.timedelta(days=365)


def test_a_form_for_somebody_of_another_patient_is_not_kept(app: Flask) -> None:
    with pytest.raises(NotShared):
        record(app, replace(complete(app), related_person_id=person_id(app, MAYA, ROSA)))


def test_somebody_new_is_named_by_the_form(app: Flask) -> None:
    form = replace(complete(app), related_person_id=None, is_new=True, name="Kai Rivera", relation="My brother")
    record(app, form)
    record(app, replace(form, email="Kai@Example.org"))
    record(app, replace(form, email="kai@example.org"))

    found = rows(app, select(RelatedPerson.email).where(RelatedPerson.name == "Kai Rivera").order_by(RelatedPerson.id))
    assert found == [None, "kai@example.org"]


# The second person


def test_nothing_is_shared_until_somebody_else_has_checked_it(app: Flask) -> None:
    ref = record(app)
    assert seen_by(app, PAT) == set()
    assert on_the_board(app) == [""]

    with pytest.raises(Refused, match="Somebody else must check it"):
        verify(app, ref, by=PRIYA)
    assert seen_by(app, PAT) == set()

    verify(app, ref)
    assert seen_by(app, PAT) == {Scope.TIMES}
    assert on_the_board(app) == ["scan"]


def test_the_second_person_says_that_it_matches(app: Flask) -> None:
    ref = record(app)

    with pytest.raises(Refused) as refused:
        verify(app, ref, matches=False)

    assert refused.value.field == "matches"


@pytest.mark.parametrize("was_alone", ["no", "unknown"])
def test_a_patient_who_was_not_alone_is_asked_in_private_first(app: Flask, was_alone: str) -> None:
    ref = record(app, replace(complete(app), was_alone=was_alone))
    with pytest.raises(Refused) as refused:
        verify(app, ref)
    assert refused.value.field == "asked_in_private"
    assert seen_by(app, PAT) == set()

    verify(app, ref, asked_in_private=True)
    assert seen_by(app, PAT) == {Scope.TIMES}


@pytest.mark.both_databases
def test_checking_is_on_record_and_the_patient_gets_the_notice(app: Flask) -> None:
    ref = record(app)
    verify(app, ref)
    consent = form_of(app, ref)

    entries = rows(app, select(RecordEntry).where(RecordEntry.consent_id == consent.id).order_by(RecordEntry.id))
    priya, ben = staff(app, PRIYA)["account_id"], staff(app, BEN)["account_id"]
    assert [(one.act, one.what, one.account_id) for one in entries] == [
        (Act.RECORDED, "paper", priya),
        (Act.VERIFIED, "paper", ben),
        (Act.SIGNED, "sharing", ben),
    ]
    mail = rows(app, select(OutgoingEmail).where(OutgoingEmail.message == "sharing_changed"))
    sam = rows(app, select(Account.id).where(Account.email == SAM.email))[0]
    assert [one.account_id for one in mail] == [sam]
    assert (consent.verified_at, consent.verified_by_id) == (MORNING, staff(app, BEN)["staff_id"])


def test_checking_ends_what_the_two_had_before(app: Flask) -> None:
    assert Scope.GOING in seen_by(app, DANA)
    ref = record(app, replace(complete(app, DANA), scopes=(Scope.LEAVE,)))
    with_dana = person_id(app, SAM, DANA)
    verify(app, ref)

    ended = rows(app, select(Consent).where(Consent.related_person_id == with_dana, Consent.ref != ref))
    assert [(one.stopped_at, one.stopped_how) for one in ended] == [(MORNING, "replaced")]
    with app.app_context(), viewing_as(_eyes_of(app, DANA, SAM)):
        assert {row.scope for row in session().scalars(select(SharedScope))} == {Scope.LEAVE}


def _eyes_of(app: Flask, relative: Person, patient: Person) -> Viewer:
    relative_id = rows(app, select(Relative.id).join(Account).where(Account.email == relative.email))[0]
    return Viewer(account_id=None, relative_id=relative_id, only_patient_id=patient_id(app, patient), is_counted=False)


def test_a_form_is_checked_once(app: Flask) -> None:
    ref = record(app)
    verify(app, ref)

    with pytest.raises(Refused, match="does not wait any more"):
        verify(app, ref)


def test_a_form_that_was_thrown_out_never_shares(app: Flask) -> None:
    ref, sam, priya = record(app), patient_id(app, SAM), staff(app, PRIYA)
    with at_the_clinic(app):
        paper_forms.throw_out(sam, ref, account_id=priya["account_id"])

    assert form_of(app, ref).stopped_how == "not verified"
    assert on_the_board(app) == []
    with pytest.raises(Refused, match="does not wait any more"):
        verify(app, ref)
    assert seen_by(app, PAT) == set()


def test_a_corrected_form_takes_the_place_of_the_one_that_could_not_be_used(app: Flask) -> None:
    first = record(app, replace(complete(app), **WITHOUT[Element.END]))
    second = record(app, instead_of=first)

    assert (form_of(app, first).stopped_how, form_of(app, second).stopped_how) == ("replaced", None)
    assert on_the_board(app) == [""]


# What was decided meanwhile


def test_a_stop_on_the_day_of_the_form_or_later_counts_more_than_the_form(app: Flask) -> None:
    ref, sam, dana = record(app, complete(app, DANA)), patient_id(app, SAM), person_id(app, SAM, DANA)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        for one in own_session.scalars(select(Consent).where(Consent.related_person_id == dana, Consent.ref != ref)):
            one.stopped_at, one.stopped_how = MORNING, "here"

    with pytest.raises(Refused, match="stopped sharing with them"):
        verify(app, ref)
    assert sam
    assert form_of(app, ref).verified_at is None


def test_what_was_turned_off_since_is_not_turned_on_by_an_old_form(app: Flask) -> None:
    form = replace(complete(app, DANA), signed_on=("11", "20", "2026"))
    ref, sam, dana = record(app, form), patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.narrow(sam, dana, Scope.TIMES)

    with pytest.raises(Refused, match="stopped sharing with them"):
        verify(app, ref)


def test_a_blank_is_no_text(app: Flask) -> None:
    ref = record(app)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        blank = own_session.scalars(select(Consent).where(Consent.ref == ref)).one()
        blank.purpose, blank.signer_name, blank.representative_authority = " \u00a0", "Lou", "  "

    with app.app_context():
        g.reading = True
        consent = paper_form_list.find(patient_id(app, SAM), ref)
        assert paper_form_list.lacking(consent) == [Element.PURPOSE, Element.SIGNATURE]


def test_an_old_form_does_not_replace_a_newer_signature(app: Flask) -> None:
    ref = record(app, replace(complete(app, DANA), signed_on=("11", "1", "2026")))

    with pytest.raises(Refused, match="something newer"):
        verify(app, ref)


def test_a_form_that_ended_while_it_lay_there_is_not_used(app: Flask, clock: Clock) -> None:
    ref = record(app)
    clock.forward(days=30)

    with pytest.raises(Refused, match="has ended"):
        verify(app, ref)


def test_a_form_of_a_minor_who_came_of_age_meanwhile_needs_a_new_one(app: Flask) -> None:
    form = replace(
        complete(app, ROSA, MAYA), parent_name="Rosa", signers=frozenset({Signer.PATIENT, Signer.PARENT})
    )  # fmt: skip
    ref = record(app, form, MAYA)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        own_session.get_one(Patient, form_of(app, ref).patient_id).adult_on = TODAY

    with pytest.raises(Refused, match="asks for other signatures"):
        verify(app, ref, patient=MAYA)


def test_nobody_sees_a_form_they_have_not_accepted(app: Flask) -> None:
    with app.app_context(), db.sessionmaker.begin() as own_session:
        own_session.get_one(RelatedPerson, person_id(app, SAM, PAT)).accepted_at = None
    verify(app, record(app))

    assert seen_by(app, PAT) == set()
