"""Whether a reader wants an email, and whether they know already."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.emails.letters import SAFETY, About, kind_of
from portal.emails.outbox import SENT
from portal.models import Account, EmailLevel, EmailStop, OutgoingEmail


def is_wanted(session: Session, row: OutgoingEmail) -> bool:
    """Whether the reader wants email of this kind. What keeps an account safe goes to every active one."""
    return not unwanted(session, [row])


def unwanted(session: Session, rows: Sequence[OutgoingEmail]) -> set[int]:
    """The ids of those emails whose readers do not want them. One question, however many there are."""
    accounts = {row.account_id for row in rows if row.account_id is not None}
    asked = select(EmailStop.account_id, EmailStop.message).where(EmailStop.account_id.in_(accounts))
    stopped = {(account_id, kind) for account_id, kind in session.execute(asked)} if accounts else set()
    return {row.id for row in rows if row.account is not None and not _wants(row.account, row.message, stopped)}


def _wants(account: Account, message: str, stopped: set[tuple[int, str]]) -> bool:
    if message in SAFETY:
        return account.active
    return account.active and account.wants_email != EmailLevel.NONE and (account.id, kind_of(message)) not in stopped


def is_told(session: Session, about: About, account_id: int | None) -> bool:
    """Whether an email about the same change of the schedule, for somebody else close to the reader, has gone."""
    same = (
        OutgoingEmail.message == about.message,
        OutgoingEmail.about_id == about.about_id,
        OutgoingEmail.account_id == account_id,
    )
    return session.scalar(select(OutgoingEmail.id).where(*same, OutgoingEmail.outcome == SENT).limit(1)) is not None
