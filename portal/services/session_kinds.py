"""Kinds of family sessions in words: who sits in them beside the therapist."""

from __future__ import annotations

from flask_babel import gettext

from portal.models import FamilySessionKind


def kind_words(kind: str, name: str) -> str:
    """ "Family session with Sam": `kind` is one of FamilySessionKind, `name` the patient's as the reader knows it."""
    return {
        FamilySessionKind.WITH_PATIENT.value: gettext("Family session with %(name)s", name=name),
        FamilySessionKind.WITHOUT_PATIENT.value: gettext("Family session without %(name)s", name=name),
        FamilySessionKind.COUPLE.value: gettext("Couple session with %(name)s", name=name),
        FamilySessionKind.PARENTS.value: gettext("Parent session, without %(name)s", name=name),
    }.get(kind, gettext("Family session"))


def is_with_patient(kind: str) -> bool:
    """Whether the person in treatment sits in sessions of this kind."""
    return kind in (FamilySessionKind.WITH_PATIENT, FamilySessionKind.COUPLE)
