"""What a signed form lacks: elements of 42 CFR 2.31(a), and what else keeps it from being used."""

from __future__ import annotations

from portal.consent.live import BLANKS
from portal.consent.scopes import Scope
from portal.models import Consent
from portal.services.paper_form_elements import Element

# What a form may lack besides the elements: a signature that the patient's age asks for (42 CFR 2.14), and
# whatever the system it came from said of it.
ANOTHER_SIGNATURE = "signature"
SOMETHING_ELSE = "other"


def elements_missing_from(consent: Consent) -> list[Element]:
    """Every element that a form lacks, in the order of the law. A box that no reader knows says nothing."""
    named = _named(consent)
    there = {
        Element.PATIENT: consent.patient_id == consent.related_person.patient_id
        and _says_something(consent.patient.name),
        Element.DISCLOSER: _says_something(consent.discloser),
        Element.WHAT: any(box.scope in tuple(Scope) for box in consent.scopes),
        Element.RECIPIENT: _says_something(consent.related_person.name),
        Element.PURPOSE: _says_something(consent.purpose),
        Element.HOW_TO_STOP: _says_something(consent.how_to_stop),
        Element.END: consent.ends_at is not None,
        Element.SIGNATURE: _says_something(consent.signer_name),
        Element.DATE: consent.signed_on is not None and consent.signed_at is not None,
    }
    return [element for element in Element if element in named or not there[element]]


def missing_from(consent: Consent, *, by_whom_the_law_asks: bool) -> tuple[str, ...]:
    """Every element that a form lacks, then what else is wrong. Empty: it can be used."""
    missing: list[str] = list(elements_missing_from(consent))
    if not by_whom_the_law_asks and Element.SIGNATURE not in missing:
        missing.append(ANOTHER_SIGNATURE)
    named = _named(consent)
    if consent.not_usable_because is not None and not (named and all(one in tuple(Element) for one in named)):
        missing.append(SOMETHING_ELSE)
    return tuple(missing)


def _named(consent: Consent) -> list[str]:
    return [one.strip() for one in (consent.not_usable_because or "").split(",") if one.strip()]


def _says_something(text: str) -> bool:
    return bool(text.strip(BLANKS))
