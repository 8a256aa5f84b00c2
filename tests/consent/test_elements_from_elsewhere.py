"""Import a consent without one of the nine elements of 42 CFR 2.31(a): it shares nothing, and staff see why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import PRIYA
from portal.db import session
from portal.models import Consent
from portal.services.paper_form_elements import MISSING, Element
from portal.staff.today import missing_words
from tests.conftest import SignIn
from tests.consent.elements import board, missing, ref_of, sharing_page
from tests.exchange.bundles import ANA, consent, everything, imported, provision, sees

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

    assert sees(app, ANA)["people"] == []
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
