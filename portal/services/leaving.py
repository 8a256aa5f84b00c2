"""Leaving the program: written down by the care team, it ends whatever was signed to end with it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal import clock
from portal.consent.live import not_over
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import Act, Consent, Patient, RelatedPerson
from portal.services import fence, invitations
from portal.services.bookings_list import may_come
from portal.services.consent_steps import lock_patient, note, send_the_notice


@dataclass(frozen=True)
class Effect:
    """Whose sharing depends on the program: all of it, or beside something that ends by date only."""

    all_of_it: list[RelatedPerson]
    some_of_it: list[RelatedPerson]


def has_left(patient: Patient) -> bool:
    """Whether this person has left the program by now."""
    return patient.discharged_at is not None and patient.discharged_at <= clock.now()


def what_it_ends(patient: Patient) -> Effect:
    """The people for whom something that was signed and is not over ends with the program."""
    signed = session().execute(
        select(Consent.related_person_id, Consent.ends_with_program).where(
            Consent.patient_id == patient.id, Consent.signed_at.is_not(None), not_over(clock.now())
        )
    )
    ends: dict[bool, set[int]] = {True: set(), False: set()}
    for person_id, with_program in signed:
        ends[with_program].add(person_id)
    return Effect(
        all_of_it=[one for one in patient.related_people if one.id in ends[True] - ends[False]],
        some_of_it=[one for one in patient.related_people if one.id in ends[True] & ends[False]],
    )


def leave(patient_id: int, *, account_id: int) -> None:
    """Write down that the person in treatment has left the program, now. `account_id` is who wrote it.

    Nothing that discloses under what ends with the program starts after this has returned; what ends
    by date goes on, without sessions to come of groups. Leaving twice is leaving once, and waits as the
    first does. Raises NotShared.
    """
    patient = lock_patient(patient_id)
    effect = what_it_ends(patient)
    is_news = not has_left(patient)
    if is_news:
        patient.discharged_at = clock.now()
    fence.close(patient, effect.all_of_it)
    invitations.end_where_nothing_is_left(effect.some_of_it)
    seeing = {person.id for person in may_come(patient.id)}
    for person in effect.some_of_it:
        if person.id not in seeing:
            fence.close_for(patient, person, Scope.FAMILY)
    # Whoever sees until a date sees the group no more, so what is on its way to them has to arrive first.
    fence.wait_for_the_postman(patient.id, fence.accounts_of(patient.related_people))
    if is_news:
        note(patient, Act.LEFT, door="staff", account_id=account_id)
        send_the_notice(patient)
