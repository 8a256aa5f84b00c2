"""What ends by itself: patients are told, 30, 14 and 3 days before, each once; old drafts are forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import clinic, clock
from portal.consent.live import joined, rule_without
from portal.db import commit, reading, rollback, session, writing
from portal.emails import outbox
from portal.models import Consent, EndingNotice, Patient
from portal.models.base import Instant
from portal.services import sharing_drafts

# How many days before its end the patient is told of a consent.
DAYS_BEFORE = (30, 14, 3)
# A pass that found nothing to say is not made again for this long.
LOOK_EVERY = dt.timedelta(minutes=15)

# A consent that ends with the program has its backstop here; an earlier end that was chosen later counts.
ENDS_AT = func.coalesce(Consent.ends_sooner_at, Consent.ends_at, type_=Instant)


def queue_due() -> int:
    """Queue the email for every consent that has come so near to its end; returns how many were queued.

    Commits. To be called from a context of its own, as often as one likes: a consent and a number of
    days make one row, and the row makes the email, so two postmen send one.
    """
    with reading():
        due = _due()
        rollback()
    queued = 0
    with writing():
        for consent_id, days in due:
            queued += _notice(consent_id, days)
            commit()
    return queued


def now_and_then() -> None:
    """Both, for a postman who comes round every few seconds: most of the time it does nothing."""
    last: dt.datetime | None = current_app.extensions.get("endings_looked_at")
    now = clock.now()
    if last is not None and last <= now < last + LOOK_EVERY:
        return
    queue_due()
    sharing_drafts.forget_old()
    current_app.extensions["endings_looked_at"] = now


def are_known(consent: Consent, *, days_left: int) -> None:
    """Note that the patient has just chosen this end, so that nobody tells them what they did a moment ago."""
    known = set(session().scalars(select(EndingNotice.days).where(EndingNotice.consent_id == consent.id)))
    session().add_all(
        EndingNotice(consent_id=consent.id, days=days, noticed_at=clock.now())
        for days in DAYS_BEFORE
        if days_left <= days and days not in known
    )


def _due() -> list[tuple[int, tuple[int, ...]]]:
    """Consents in force of patients with a sign-in that end soon, each with the thresholds that nobody noticed."""
    horizon = clock.midnight(clinic.today() + dt.timedelta(days=max(DAYS_BEFORE) + 1), clinic.zone())
    rows: Any = session().execute(
        joined(Consent.id, ENDS_AT)
        .where(rule_without(["not paused", "accepted"]), horizon >= ENDS_AT, Patient.account_id.is_not(None))
        .order_by(ENDS_AT, Consent.id)
        .distinct()
    )
    days_left = {
        consent_id: (ends_at.astimezone(clinic.zone()).date() - clinic.today()).days - 1 for consent_id, ends_at in rows
    }
    noticed = {
        (consent_id, days)
        for consent_id, days in session().execute(
            select(EndingNotice.consent_id, EndingNotice.days).where(EndingNotice.consent_id.in_(days_left))
        )
    }
    due = {
        consent_id: tuple(days for days in DAYS_BEFORE if left <= days and (consent_id, days) not in noticed)
        for consent_id, left in days_left.items()
    }
    return [(consent_id, days) for consent_id, days in due.items() if days]


def _notice(consent_id: int, days: tuple[int, ...]) -> bool:
    """One email for all thresholds that are due at once. False when another postman was faster."""
    try:
        with session().begin_nested():
            session().add_all(EndingNotice(consent_id=consent_id, days=one, noticed_at=clock.now()) for one in days)
    except IntegrityError:
        return False
    account_id = session().scalar(
        select(Patient.account_id).join(Consent, Consent.patient_id == Patient.id).where(Consent.id == consent_id)
    )
    outbox.queue("sharing_ends", to=account_id, about_id=consent_id)
    return True
