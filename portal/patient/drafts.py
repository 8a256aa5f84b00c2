"""The patient's unfinished answers, and where in the six pages they belong."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select

from portal import clinic
from portal.consent.own import OwnDraft
from portal.db import session
from portal.errors import Refused
from portal.patient import everybody as people
from portal.services import consents, sharing_drafts

QUESTIONS = ("who", "what", "emails", "until", "parent")


def mine() -> dict[str, Any]:
    """The answers of the patient's draft; empty when there is none."""
    draft = session().scalar(select(OwnDraft).order_by(OwnDraft.changed_at.desc()).limit(1))
    return dict(draft.answers) if draft is not None else {}


def needs_a_parent() -> bool:
    """Whether a parent or guardian has to sign with this patient."""
    return consents.needs_a_parent(people.me().adult_on)


def steps() -> int:
    """How many pages there are up to the last signature."""
    return 7 if needs_a_parent() else 5


def answers(saved: dict[str, Any]) -> consents.Answers:
    """What a draft says today."""
    return sharing_drafts.answers_of(saved, planned_end_on=people.me().planned_end_on, today=clinic.today())


def check(question: str, saved: dict[str, Any]) -> None:
    """Raise Refused unless the draft answers one of `QUESTIONS`."""
    given = answers(saved)
    if question == "who":
        consents.check_who(given, patient_email=current_user.email)
    elif question == "what":
        consents.check_what(given)
    elif question == "emails":
        sharing_drafts.check_email_level(saved.get("email_level"))
    elif question == "parent":
        consents.check_parent_name(saved.get("parent_name") or "", patient_name=people.me().name)
    else:
        sharing_drafts.check_until_choice(saved.get("until"))
        consents.check_until(given, today=clinic.today())
        consents.check_program(given, has_left=people.me().discharged_at is not None)
        consents.check_why(given)


def first_gap(saved: dict[str, Any]) -> str | None:
    """The address of the first page that still needs an answer. None: ready to sign."""
    for question in QUESTIONS if needs_a_parent() else QUESTIONS[:-1]:
        try:
            check(question, saved)
        except Refused:
            return url_for(f"patient.questions.{question}")
    return None


def first_name(saved: dict[str, Any]) -> str:
    """The given name of the person the draft is about."""
    return str(saved.get("name", "")).split(" ")[0]


def show_refusal(form: FlaskForm, refused: Refused) -> None:
    """Put the sentence of a rule beside the field it is about, or above the form."""
    field: Any = getattr(form, refused.field, None) if refused.field else None
    if field is None:
        form.form_errors.append(refused.sentence)
    elif field.type == "FormField":
        field.form.form_errors.append(refused.sentence)
    else:
        field.errors = [refused.sentence]


def tidy(value: str | None) -> str | None:
    """One line of ordinary text: no control characters, no space at the ends."""
    if value is None:
        return None
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
