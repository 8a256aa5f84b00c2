"""Type in a form on paper without one of the nine elements of 42 CFR 2.31(a): nobody can check it, staff see why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from portal.cast import BEN, PRIYA, SAM
from portal.errors import Refused
from portal.services import paper_forms
from portal.services.paper_form_elements import MISSING, NO_DATE, Element
from portal.staff.today import missing_words
from tests.conftest import SignIn, patient_id
from tests.consent.elements import board, missing, recorded, ref_of, sharing_page, staff
from tests.services.paper import complete

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
