"""Answer someone who asked to see something. A no is silent: they are never told."""

from __future__ import annotations

from portal import clock
from portal.errors import NotShared
from portal.models import Act, RelatedPerson
from portal.services.consent_steps import lock_patient, note, related_person, send_the_notice


def decline(patient_id: int, related_person_id: int, *, for_good: bool = False) -> None:
    """Say no to a request; `for_good`, also to every later one. Saying it twice is saying it once.

    The patient gets the notice they always get; nothing else tells a no from any other choice.
    Raises NotShared when this person asked this patient nothing.
    """
    patient = lock_patient(patient_id)
    person = _who_asked(related_person(patient, related_person_id))
    if for_good and person.may_not_ask_since is None:
        person.may_not_ask_since = clock.now()
    if person.declined_at is not None and person.asked_at is not None and person.declined_at >= person.asked_at:
        return
    person.declined_at = clock.now()
    note(patient, Act.DECLINED, person, what="request")
    send_the_notice(patient, is_own_act=True)


def let_ask(patient_id: int, related_person_id: int) -> None:
    """Let somebody ask again. They are not told of it. Raises NotShared when they never asked."""
    patient = lock_patient(patient_id)
    _who_asked(related_person(patient, related_person_id)).may_not_ask_since = None


def _who_asked(person: RelatedPerson) -> RelatedPerson:
    if person.asked_at is None:
        raise NotShared
    return person
