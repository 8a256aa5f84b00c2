"""Whether a reader wants an email, and whether they know already."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.emails.letters import SAFETY, About, kind_of
from portal.emails.outbox import SENT
from portal.models import Account, EmailLevel, EmailStop, OutgoingEmail

UNWANTED = "the reader turned this kind off"
DOES_NOT_WORK = "the address does not work"


def is_wanted(session: Session, row: OutgoingEmail) -> bool:
    """Whether the reader wants email of this kind. What keeps an account safe goes to every active one."""
    return not why_not(session, [row])


def why_not(session: Session, rows: Sequence[OutgoingEmail]) -> dict[int, str]:
    """Why those of these emails, by their ids, are not sent. One question, however many there are."""
    accounts = {row.account_id for row in rows if row.account_id is not None}
    asked = select(EmailStop.account_id, EmailStop.message).where(EmailStop.account_id.in_(accounts))
    stopped = {(account_id, kind) for account_id, kind in session.execute(asked)} if accounts else set()
    reasons = ((row.id, _why_not(row.account, row.message, stopped)) for row in rows if row.account is not None)
    return {row_id: reason for row_id, reason in reasons if reason is not None}


def _why_not(account: Account, message: str, stopped: set[tuple[int, str]]) -> str | None:
    if message in SAFETY:
        return None if account.active else UNWANTED
    wants = account.active and account.wants_email != EmailLevel.NONE and (account.id, kind_of(message)) not in stopped
    if wants and account.email_failed_at is not None:
        return DOES_NOT_WORK
    return None if wants else UNWANTED


def is_told(session: Session, about: About, account_id: int | None) -> bool:
    """Whether an email about the same change of the schedule, for somebody else close to the reader, has gone."""
    same = (
        OutgoingEmail.message == about.message,
        OutgoingEmail.about_id == about.about_id,
        OutgoingEmail.account_id == account_id,
    )
    return session.scalar(select(OutgoingEmail.id).where(*same, OutgoingEmail.outcome == SENT).limit(1)) is not None
