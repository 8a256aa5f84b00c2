"""Queue an email in the caller's transaction: to whom and about what, never a word of it."""

from __future__ import annotations

import datetime as dt

from flask import current_app
from sqlalchemy import ColumnElement, or_, update

from portal import clock
from portal.db import after_commit, session
from portal.models import Account, OutgoingEmail

# Waits after each failed try; after the last the email is given up and shown to staff.
BACK_OFF = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 480, 960, 1440))
# How long one try may hold a row. A try is cut off before that, see `in_hand.MOMENT` and `line.DEADLINE`.
# A lease is read on the clock of whoever asks. Where that clock is ahead of the postman's by more than a lease, or is
# set forward, his claim looks ended there: at worst the few letters in his hand go twice under one Message-ID, or
# leave after a stop that did not wait for them. No other goes unasked, for he asks the database for each row again
# before he takes it in hand, and cuts himself off by a clock that nobody sets.
LEASE = dt.timedelta(seconds=30)

WITHHELD, SENT, FAILED = "withheld", "sent", "failed"
SHARING_ENDED = "sharing ended"
INVITATION_ENDED = "invitation ended"


def queue(
    message: str,
    *,
    to: Account | int | None,
    patient_id: int | None = None,
    about_id: int | None = None,
    due_at: dt.datetime | None = None,
    is_own_act: bool = False,
) -> OutgoingEmail:
    """Queue `message`, one of `messages.MESSAGES`, for an account; it leaves at once, or when it is `due_at`.

    `patient_id` names the patient whose sharing it depends on. `to=None` queues mail that goes to
    nobody, so that asking about an unknown address costs what asking about a known one does.
    `is_own_act`: the reader did it themselves.
    """
    now = clock.now()
    email = OutgoingEmail(
        message=message,
        account_id=to.id if isinstance(to, Account) else to,
        patient_id=patient_id,
        about_id=about_id,
        is_own_act=is_own_act,
        queued_at=now,
        due_at=due_at or now,
    )
    session().add(email)
    after_commit(ring)
    return email


def is_not_in_hand(now: dt.datetime) -> ColumnElement[bool]:
    """That no postman is handing an email over: then whoever ends it knows that it never leaves."""
    return or_(OutgoingEmail.handing_until.is_(None), OutgoingEmail.handing_until <= now)


def withhold_waiting(
    *about: ColumnElement[bool], patient_id: int, account_id: int | None, reason: str = SHARING_ENDED
) -> None:
    """End the email that waits for one relative (or, with None, for all) about one patient.

    `about` narrows it to some of that email. What is being sent at this moment is not touched:
    `services.fence` waits for it.
    """
    now = clock.now()
    whose = [OutgoingEmail.account_id == account_id] if account_id is not None else []
    session().execute(
        update(OutgoingEmail)
        .where(
            OutgoingEmail.patient_id == patient_id,
            OutgoingEmail.ended_at.is_(None),
            is_not_in_hand(now),
            *whose,
            *about,
        )
        .values(ended_at=now, outcome=WITHHELD, reason=reason)
    )


def ring() -> None:
    """Tell the postman that something is due."""
    ring = current_app.extensions.get("doorbell")
    if ring is not None:
        ring()
