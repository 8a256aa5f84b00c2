"""Leave one of the nine elements of 42 CFR 2.31(a) out of the pages of a patient: there is nothing to sign."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from portal import clinic
from portal.cast import SAM
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Consent
from portal.services import consents
from portal.services.paper_form_elements import Element
from tests.conftest import patient_id
from tests.services.test_consents import EVERYTHING_ANSWERED, SIGNED

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
