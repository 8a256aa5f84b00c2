"""What a form on paper must say: the nine elements of 42 CFR 2.31(a). No database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.consent.scopes import Scope
from portal.models import EmailLevel
from portal.services.consent_rules import LONGEST, backstop

ALONE: dict[str, bool | None] = {"yes": True, "no": False, "unknown": None}
# Month, day and year, as somebody typed them.
Boxes = tuple[str, str, str]
NO_DATE: Boxes = ("", "", "")


class Element(StrEnum):
    """The elements of 42 CFR 2.31(a), in its order."""

    PATIENT = "patient"
    DISCLOSER = "discloser"
    WHAT = "what"
    RECIPIENT = "recipient"
    PURPOSE = "purpose"
    HOW_TO_STOP = "how_to_stop"
    END = "end"
    SIGNATURE = "signer"
    DATE = "date"


class Signer(StrEnum):
    """Whose signatures stand on the form."""

    PATIENT = "patient"
    PARENT = "parent"
    REPRESENTATIVE = "representative"


ELEMENTS: dict[Element, LazyString] = {
    Element.PATIENT: _l("Who it is about"),
    Element.DISCLOSER: _l("Who may share"),
    Element.WHAT: _l("What may be shared"),
    Element.RECIPIENT: _l("Who gets it"),
    Element.PURPOSE: _l("Why"),
    Element.HOW_TO_STOP: _l("How to stop"),
    Element.END: _l("Until when"),
    Element.SIGNATURE: _l("Signature"),
    Element.DATE: _l("Date of the signature"),
}

MISSING: dict[Element, LazyString] = {
    Element.PATIENT: _l("It does not name the person in treatment."),
    Element.DISCLOSER: _l("It does not say who may share."),
    Element.WHAT: _l("It does not say what may be shared."),
    Element.RECIPIENT: _l("It does not say who gets it."),
    Element.PURPOSE: _l("It does not say why."),
    Element.HOW_TO_STOP: _l("It does not say how to stop."),
    Element.END: _l("It has no end date or event."),
    Element.SIGNATURE: _l("A signature is missing."),
    Element.DATE: _l("It has no date beside the signature."),
}


@dataclass(frozen=True)
class PaperForm:
    """What a form says, as typed in from it. None: that question was not answered yet."""

    patient_name: str = ""
    names_discloser: bool | None = None
    names_nobody: bool = False
    is_new: bool = False
    related_person_id: int | None = None
    name: str = ""
    email: str = ""
    relation: str = ""
    scopes: tuple[Scope, ...] = ()
    names_treatment: bool | None = None
    email_level: EmailLevel = EmailLevel.NONE
    purpose: str = ""
    until: str = ""
    ends_on: Boxes = NO_DATE
    signers: frozenset[Signer] = frozenset()
    parent_name: str = ""
    representative_name: str = ""
    authority: str = ""
    signed_on: Boxes = NO_DATE
    says_how_to_stop: bool | None = None
    language: str = "en"
    interpreter: str = ""
    witness: str = ""
    was_alone: str = ""


@dataclass(frozen=True)
class About:
    """Whom the form is about and when it is typed in. Dates are the clinic's."""

    name: str
    given_name: str
    today: dt.date
    email: str | None = None
    is_minor: bool = False
    needs_parent: bool = False
    has_left: bool = False
    planned_end_on: dt.date | None = None


def date_in(boxes: Boxes) -> dt.date | None:
    """The date that was typed, None when nothing was. Raises ValueError when it is no date."""
    typed = [one.strip() for one in boxes]
    if not any(typed):
        return None
    try:
        month, day, year = (int(one) for one in typed)
        return dt.date(year, month, day)
    except OverflowError:
        raise ValueError("no date") from None


def last_day(form: PaperForm, about: About) -> dt.date | None:
    """The last day on which the form counts; None when it names none."""
    if form.until == "program":
        return min(backstop(about.planned_end_on, about.today), latest_day(form, about))
    return date_in(form.ends_on) if form.until == "date" else None


def latest_day(form: PaperForm, about: About) -> dt.date:
    """The last day on which any form signed that day may count: a form may lie for months before it is typed in."""
    try:
        signed_on = date_in(form.signed_on)
    except ValueError:
        signed_on = None
    return min(signed_on or about.today, about.today) + LONGEST


# The nine elements


def missing(form: PaperForm, about: About) -> dict[Element, str]:
    """The elements that the form lacks, each with a sentence for staff; empty for a form that can be used."""
    there = {
        Element.PATIENT: bool(form.patient_name.strip()),
        Element.DISCLOSER: bool(form.names_discloser),
        Element.WHAT: bool(form.scopes) and bool(form.names_treatment),
        Element.RECIPIENT: not form.names_nobody,
        Element.PURPOSE: bool(form.purpose.strip()),
        Element.HOW_TO_STOP: bool(form.says_how_to_stop),
        Element.END: form.until == "program" or (form.until == "date" and any(form.ends_on)),
        Element.SIGNATURE: _signature(form, about) is None,
        Element.DATE: any(form.signed_on),
    }
    said = {element: str(MISSING[element]) for element, is_there in there.items() if not is_there}
    if Element.SIGNATURE in said:
        said[Element.SIGNATURE] = str(_signature(form, about))
    if Element.WHAT in said and form.scopes:
        said[Element.WHAT] = str(_l("It does not name facts about alcohol or drug treatment."))
    return said


def _signature(form: PaperForm, about: About) -> LazyString | None:
    """What is wrong with the signatures (2.14, 2.15; 45 CFR 164.508(c)(1)(vi)); None when nothing is."""
    if Signer.REPRESENTATIVE in form.signers:
        if form.authority.strip():
            return None
        return _l("It does not say by what right somebody signed for %(name)s.", name=about.given_name)
    if not form.signers:
        return _l("Nobody signed it.")
    if Signer.PATIENT not in form.signers:
        return _l("The signature of %(name)s is missing.", name=about.given_name)
    if about.needs_parent and Signer.PARENT not in form.signers:
        return _l("%(name)s is not of age. A parent or guardian must sign too.", name=about.given_name)
    return None
