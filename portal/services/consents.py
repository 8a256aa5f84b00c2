"""Sign and stop, and every other act on a consent. Less sharing is one act; more sharing needs a signature."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal import clinic, clock
from portal.consent import text
from portal.db import session
from portal.errors import Refused
from portal.models import Act, Consent, ConsentScope, MinorRule, Patient, RelatedPerson
from portal.services import endings, fence, session_news
from portal.services.consent_rules import (
    Answers,
    Signature,
    backstop,
    check_asked,
    check_document,
    check_parent,
    check_parent_name,
    check_program,
    check_same_text,
    check_signature,
    check_until,
    check_what,
    check_who,
    check_why,
)
from portal.services.consent_steps import end_consents, lock_patient, note, related_person, send_the_notice
from portal.services.narrowing import end_sooner, narrow, say_less
from portal.services.pauses import pause, remind, resume

__all__ = [
    "COLOURS",
    "Answers",
    "Signature",
    "backstop",
    "check_asked",
    "check_document",
    "check_parent",
    "check_parent_name",
    "check_program",
    "check_same_text",
    "check_signature",
    "check_until",
    "check_what",
    "check_who",
    "check_why",
    "end_sooner",
    "narrow",
    "needs_a_parent",
    "pause",
    "remind",
    "resume",
    "say_less",
    "show_weeks",
    "sign",
    "stop",
    "stop_everything",
]


def needs_a_parent(adult_on: dt.date | None) -> bool:
    """Whether a parent or guardian has to sign too, today at this clinic (42 CFR 2.14)."""
    is_minor = adult_on is not None and adult_on > clinic.today()
    return is_minor and clinic.facts().minor_rule == MinorRule.MINOR_AND_PARENT


# Acts


def sign(patient_id: int, answers: Answers, signature: Signature) -> Consent:
    """Store one signed consent. Anything the same people had before is ended by it.

    Raises Refused when an element is missing, NotShared when the related person is someone else's.
    """
    patient = lock_patient(patient_id)
    check_who(answers, patient_email=patient.account.email if patient.account else None)
    check_what(answers)
    check_until(answers, today=clinic.today())
    check_program(answers, has_left=patient.discharged_at is not None and patient.discharged_at <= clock.now())
    check_why(answers)
    check_document(signature, discloser=clinic.facts().legal_name)
    check_signature(signature, full_name=patient.name)
    with_parent = needs_a_parent(patient.adult_on)
    if with_parent:
        check_parent(signature, patient_name=patient.name)

    person = _person(patient, answers)
    now = clock.now()
    end_consents(person, now, how="replaced")
    assert answers.ends_on is not None
    consent = Consent(
        patient_id=patient.id,
        related_person=person,
        discloser=clinic.facts().legal_name,
        purpose=answers.purpose.strip(),
        how_to_stop=signature.how_to_stop,
        signer_name=" ".join(signature.typed_name.split()),
        parent_signer_name=" ".join(signature.parent_name.split()) if with_parent else None,
        signed_at=now,
        signed_on=clinic.today(),
        starts_at=now,
        ends_on=answers.ends_on,
        ends_at=clock.midnight(answers.ends_on + dt.timedelta(days=1), clinic.zone()),
        ends_with_program=answers.ends_with_program,
        email_level=answers.email_level,
        text_shown=signature.text_shown,
        text_language=signature.text_language,
        text_version=signature.text_version,
        text_hash=text.fingerprint(signature.text_shown),
        how_signed="here",
        scopes=[ConsentScope(scope=scope) for scope in dict.fromkeys(answers.scopes)],
    )
    session().add(consent)
    session().flush()
    # It may allow less than the one before; what goes out under that one must be over first.
    fence.wait_for_the_postman(patient.id, fence.accounts_of([person]))
    endings.are_known(consent, days_left=(answers.ends_on - clinic.today()).days)
    session_news.remind_again(patient.id)
    note(patient, Act.SIGNED, person, consent_id=consent.id)
    send_the_notice(patient, is_own_act=True)
    return consent


def stop(
    patient_id: int,
    related_person_id: int,
    *,
    how: str = "here",
    asked_at: dt.datetime | None = None,
    door: str = "patient",
    account_id: int | None = None,
) -> None:
    """End all sharing with one person. Nothing that discloses starts after this has returned.

    `account_id` is who did it, when it was not the patient, and `asked_at` when the patient asked
    them; None for just now. Raises NotShared when the person is not the patient's, Refused when
    nothing is shared or the patient asked in the future.
    """
    check_asked(asked_at, clock.now())
    patient = lock_patient(patient_id)
    person = related_person(patient, related_person_id)
    now = clock.now()
    if not end_consents(person, now, how=how, asked_at=asked_at or now):
        fence.refuse(patient.id, person, _l("You do not share anything with this person"))
    fence.close(patient, [person])
    note(patient, Act.STOPPED, person, door=door, account_id=account_id)
    send_the_notice(patient, is_own_act=account_id is None)


def stop_everything(patient_id: int) -> None:
    """End all sharing with everybody, for good: each needs a new signature. Raises Refused when nothing is shared.

    A pause is over with it, there being nothing left to start again.
    """
    patient = lock_patient(patient_id)
    now = clock.now()
    stopped = [person for person in patient.related_people if end_consents(person, now, how="here", asked_at=now)]
    fence.close(patient, patient.related_people)
    if not stopped:
        raise Refused(_l("You do not share anything with anybody"))
    patient.paused_at = patient.remind_of_pause_on = None
    for person in stopped:
        note(patient, Act.STOPPED, person)
    send_the_notice(patient, is_own_act=True)


def show_weeks(patient_id: int, *, shown: bool) -> None:
    """Let people the patient shares session times with see the planned weeks, or hide them."""
    lock_patient(patient_id).shows_weeks = shown


# Steps of the acts

COLOURS = ("pine", "dusk", "plum", "ochre")


def _person(patient: Patient, answers: Answers) -> RelatedPerson:
    if answers.related_person_id is not None:
        return related_person(patient, answers.related_person_id)
    email = answers.email.strip().lower() or None
    known = select(RelatedPerson).where(RelatedPerson.patient_id == patient.id, RelatedPerson.email == email)
    person = session().scalar(known) if email else None
    if person is None:
        person = RelatedPerson(
            patient_id=patient.id,
            name=answers.name.strip(),
            email=email,
            relation=answers.relation.strip(),
            known_as=answers.known_as.strip() or patient.given_name,
            colour=COLOURS[len(patient.related_people) % len(COLOURS)],
        )
        session().add(person)
    return person
