"""Sends an email again that was given up, when it still makes sense; and how far a large run of emails is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from portal import clock
from portal.db import after_commit, session
from portal.emails import outbox
from portal.emails.letters import SAFETY
from portal.errors import NotShared, Refused
from portal.models import OutgoingEmail
from portal.services.mail_status import STILL_A_TASK, MailState

# So many emails that are due are a run that takes a while.
LARGE = 50

GONE = _l("This email has left meanwhile, or waits to leave.")
TOO_OLD = _l("This email is too old. What it told of is over.")
NEW_PASSWORD = _l("A link for a new password ends soon. They can ask for a new one on the sign-in page.")
DOES_NOT_WORK = _l("The address does not work. Ask them for another one first.")


@dataclass(frozen=True)
class Run:
    """A large number of emails on their way. `minutes` is how long the rest may take, if that can be told."""

    sent: int
    waiting: int
    minutes: int | None

    @property
    def total(self) -> int:
        return self.sent + self.waiting


def check(email: OutgoingEmail, now: dt.datetime) -> None:
    """Whether an email may be sent again. Raises Refused. Who may read it is asked when it leaves, as always."""
    if email.outcome != MailState.FAILED or email.ended_at is None:
        raise Refused(GONE)
    if email.ended_at <= now - STILL_A_TASK:
        raise Refused(TOO_OLD)
    if email.message == "new_password":
        raise Refused(NEW_PASSWORD)
    if email.account is not None and email.account.email_failed_at is not None and email.message not in SAFETY:
        raise Refused(DOES_NOT_WORK)


def send(message_id: str) -> None:
    """Send an email again, as if it had never been tried. Raises Refused, NotShared when there is none."""
    found = select(OutgoingEmail).where(OutgoingEmail.message_id == message_id).with_for_update()
    email = session().scalar(found)
    if email is None:
        raise NotShared
    check(email, clock.now())
    email.ended_at = email.outcome = email.reason = email.lease_until = email.handing_until = None
    email.attempts, email.due_at = 0, clock.now()
    after_commit(outbox.ring)


def run() -> Run | None:
    """How far the present run is; None when little waits. Two questions."""
    now = clock.now()
    due = (OutgoingEmail.ended_at.is_(None), OutgoingEmail.due_at <= now)
    waiting, began = session().execute(select(func.count(), func.min(OutgoingEmail.due_at)).where(*due)).one()
    if waiting < LARGE:
        return None
    since = select(func.count(), func.min(OutgoingEmail.ended_at)).where(OutgoingEmail.ended_at >= began)
    sent, first = session().execute(since).one()
    seconds = (now - first).total_seconds() if first else 0
    return Run(sent, waiting, max(1, round(waiting * seconds / sent / 60)) if sent and seconds else None)
