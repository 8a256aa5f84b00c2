"""Whether a reader wants an email, and whether they know already."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.emails.letters import SAFETY, kind_of
from portal.emails.outbox import SENT
from portal.models import EmailLevel, EmailStop, OutgoingEmail


def is_wanted(session: Session, row: OutgoingEmail) -> bool:
    """Whether the reader wants email of this kind. What keeps an account safe goes to every active one."""
    account = row.account
    if row.message in SAFETY or account is None:
        return account is None or account.active
    stopped = session.get(EmailStop, (account.id, kind_of(row.message)))
    return account.active and account.wants_email != EmailLevel.NONE and stopped is None


def is_told(session: Session, row: OutgoingEmail) -> bool:
    """Whether an email about the same change of the schedule, for somebody else close to the reader, has gone."""
    if row.message != "schedule_changed":
        return False
    same = (
        OutgoingEmail.message == row.message,
        OutgoingEmail.about_id == row.about_id,
        OutgoingEmail.account_id == row.account_id,
    )
    return session.scalar(select(OutgoingEmail.id).where(*same, OutgoingEmail.outcome == SENT).limit(1)) is not None
