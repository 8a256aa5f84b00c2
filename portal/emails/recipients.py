"""Who gets an email, as the outbox names them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.emails.letters import Recipient
from portal.models import Account, EmailLevel, Invitation, OutgoingEmail


def of(session: Session, row: OutgoingEmail) -> Recipient | None:
    """The reader of an email; None where there is nobody."""
    return of_account(row.account) if row.account else _invited(session, row)


def of_account(account: Account) -> Recipient:
    """The holder of an account, and what they chose."""
    person = account.relative or account.patient
    wants_times = account.wants_email == EmailLevel.TIMES and not account.shares_mailbox
    return Recipient(
        account_id=account.id,
        account_ref=account.ref,
        email=account.email,
        # Where others read along, not even the reader's name.
        given_name=person.given_name if person and not account.shares_mailbox else "",
        language=account.language,
        wants_times=wants_times,
        wants_calendar_files=wants_times and account.wants_calendar_files,
        time_zone=account.time_zone,
        relative_id=account.relative.id if account.relative else None,
        patient_id=account.patient.id if account.patient else None,
        mail_word=account.mail_word or "",
    )


def _invited(session: Session, row: OutgoingEmail) -> Recipient | None:
    """Who is invited has an address and no account yet. Other mail without an account goes to nobody."""
    invitation = session.get(Invitation, row.about_id) if row.message == "invitation" and row.about_id else None
    if invitation is None or invitation.email is None:
        return None
    return Recipient(
        account_id=None,
        account_ref="",
        email=invitation.email,
        given_name="",
        language=invitation.language,
        wants_times=False,
    )
