"""A form on paper with every element, to take one away from."""

from __future__ import annotations

from flask import Flask

from portal.cast import PAT, SAM, Person
from portal.consent.scopes import Scope
from portal.services.paper_form_elements import PaperForm, Signer
from tests.services.looking import person_id


def complete(app: Flask, relative: Person = PAT, patient: Person = SAM) -> PaperForm:
    """What a complete form says: signed today by the patient, alone with staff, good for three weeks."""
    return PaperForm(
        patient_name=patient.name,
        names_discloser=True,
        related_person_id=person_id(app, patient, relative),
        scopes=(Scope.TIMES,),
        names_treatment=True,
        purpose="So that he can drive me",
        until="date",
        ends_on=("12", "15", "2026"),
        signers=frozenset({Signer.PATIENT}),
        signed_on=("11", "23", "2026"),
        says_how_to_stop=True,
        was_alone="yes",
    )
