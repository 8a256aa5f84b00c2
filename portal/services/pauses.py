"""Pause all sharing and start it again: one act each, no signature, because the consents never end by it."""

from __future__ import annotations

import datetime as dt

from portal import clinic, clock
from portal.models import Act
from portal.services import fence, session_news
from portal.services.consent_steps import lock_patient, note, send_the_notice

# After so many days a patient who asked for it is reminded, on their own page and nowhere else.
REMIND_AFTER = dt.timedelta(days=7)


def pause(patient_id: int, *, door: str = "patient", account_id: int | None = None) -> None:
    """Stop all sharing of one patient for now. Pausing twice is pausing once, and waits as the first does."""
    patient = lock_patient(patient_id)
    fence.close(patient, patient.related_people)
    if patient.paused_at is not None:
        return
    patient.paused_at = clock.now()
    note(patient, Act.PAUSED, door=door, account_id=account_id)
    send_the_notice(patient, is_own_act=account_id is None)


def resume(patient_id: int) -> None:
    """Start again what was paused. What ended meanwhile stays ended."""
    patient = lock_patient(patient_id)
    patient.remind_of_pause_on = None
    if patient.paused_at is None:
        return
    patient.paused_at = None
    session_news.remind_again(patient_id)
    note(patient, Act.RESUMED)
    send_the_notice(patient, is_own_act=True)


def remind(patient_id: int, *, wanted: bool) -> None:
    """Put a card on the patient's own home in seven days, or do not. No email; nothing while nothing is paused."""
    patient = lock_patient(patient_id)
    is_paused = patient.paused_at is not None
    patient.remind_of_pause_on = clinic.today() + REMIND_AFTER if wanted and is_paused else None
