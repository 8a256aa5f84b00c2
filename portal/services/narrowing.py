"""Share less with one person, at once and without a signature: fewer things, an earlier end, emails that say less."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal import clinic, clock
from portal.consent.live import not_over
from portal.consent.scopes import DETAILS, Scope
from portal.db import session
from portal.models import Act, Consent, ConsentScope, EmailLevel, RelatedPerson
from portal.services import endings, fence, invitations
from portal.services.consent_rules import check_less_email, check_sooner
from portal.services.consent_steps import lock_patient, note, related_person, send_the_notice

# From saying most to saying nothing.
LEVELS = (EmailLevel.TIMES, EmailLevel.NOTICE, EmailLevel.NONE)


def narrow(patient_id: int, related_person_id: int, scope: Scope) -> None:
    """Turn one thing off for one person, at once. Raises NotShared, or Refused when it was off."""
    patient = lock_patient(patient_id)
    person = related_person(patient, related_person_id)
    now = clock.now()
    on = (
        session()
        .scalars(
            select(ConsentScope)
            .join(Consent)
            .where(
                Consent.related_person_id == person.id,
                not_over(now),
                ConsentScope.scope.in_((scope, *DETAILS) if scope == Scope.TIMES else (scope,)),
                ConsentScope.off_at.is_(None),
            )
        )
        .all()
    )
    if not any(row.scope == scope for row in on):
        fence.refuse(patient.id, person, _l("You do not share that with this person"))
    for row in on:
        row.off_at = now
    invitations.end_where_nothing_is_left([person])
    fence.close_for(patient, person, scope)
    note(patient, Act.NARROWED, person, what=scope)
    send_the_notice(patient, is_own_act=True)


def end_sooner(patient_id: int, related_person_id: int, day: dt.date | None) -> None:
    """Let sharing with one person end with `day`, a date at the clinic that is earlier than the end set now.

    Raises NotShared, or Refused in a sentence when the day would not make it less.
    """
    patient = lock_patient(patient_id)
    person = related_person(patient, related_person_id)
    signed = _not_over(person)
    last_days = [one.ends_sooner_on or one.ends_on for one in signed]
    known = [last_day for last_day in last_days if last_day is not None]
    check_sooner(day, today=clinic.today(), ends_on=max(known, default=None))
    assert day is not None
    ends_at = clock.midnight(day + dt.timedelta(days=1), clinic.zone())
    for one, last_day in zip(signed, last_days, strict=True):
        if last_day is not None and day < last_day:
            one.ends_sooner_on, one.ends_sooner_at = day, ends_at
            endings.are_known(one, days_left=(day - clinic.today()).days)
    fence.wait_for_the_postman(patient.id, fence.accounts_of([person]))
    note(patient, Act.NARROWED, person, what="end")
    send_the_notice(patient, is_own_act=True)


def say_less(patient_id: int, related_person_id: int, level: str) -> None:
    """Let emails to one person say less: `level` is one of EmailLevel, lower than what is allowed now.

    Raises NotShared, or Refused when it would be more, which needs a signature.
    """
    patient = lock_patient(patient_id)
    person = related_person(patient, related_person_id)
    signed = _not_over(person)
    now_allowed = min((LEVELS.index(_level(one)) for one in signed), default=len(LEVELS))
    check_less_email(level, [one for one in LEVELS if LEVELS.index(one) > now_allowed])
    for one in signed:
        if LEVELS.index(EmailLevel(level)) > LEVELS.index(_level(one)):
            one.lowered_email_level = level
    fence.wait_for_the_postman(patient.id, fence.accounts_of([person]))
    note(patient, Act.NARROWED, person, what="emails")
    send_the_notice(patient, is_own_act=True)


def _not_over(person: RelatedPerson) -> Sequence[Consent]:
    return (
        session()
        .scalars(
            select(Consent).where(
                Consent.related_person_id == person.id, Consent.signed_at.is_not(None), not_over(clock.now())
            )
        )
        .all()
    )


def _level(consent: Consent) -> EmailLevel:
    return EmailLevel(consent.lowered_email_level or consent.email_level)
