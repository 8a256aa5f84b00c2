"""Who gets an email, as the outbox names them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from portal.emails import addresses
from portal.emails.letters import Recipient
from portal.models import Account, EmailLevel, Invitation, LeftAddress, NewAddress, OutgoingEmail
from portal.sealing import CannotOpen


def of(session: Session, row: OutgoingEmail) -> Recipient | None:
    """The reader of an email; None where there is nobody."""
    if row.account is None:
        return _invited(session, row)
    if row.message == "new_address":
        return _at_a_new_address(session, row)
    if row.message == "email_changed" and row.about_id is not None:
        left = _opened(session.get(LeftAddress, row.about_id), row)
        return replace(of_account(row.account), email=left) if left is not None else None
    return of_account(row.account)


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


def _at_a_new_address(session: Session, row: OutgoingEmail) -> Recipient | None:
    """Nobody knows yet whose mailbox it is: so neither a name nor the reader's words, and no way to their choices."""
    asked = session.get(NewAddress, row.about_id) if row.about_id else None
    address = _opened(asked, row)
    if asked is None or address is None or asked.asked_at > row.queued_at:
        return None
    return Recipient(
        account_id=asked.account_id,
        account_ref="",
        email=address,
        given_name="",
        language=asked.account.language,
        wants_times=False,
    )


def _opened(address: NewAddress | LeftAddress | None, row: OutgoingEmail) -> str | None:
    """The address that an email is about.

    None where it is gone, also when another one has its number now, and where no key of today opens it: that keeps
    no other letter from leaving.
    """
    if address is None or address.account_id != row.account_id:
        return None
    try:
        return addresses.unseal(address)
    except CannotOpen:
        return None
