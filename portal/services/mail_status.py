"""What became of each email: waiting, sent, withheld or given up. Never what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from portal import clock
from portal.db import session
from portal.models import Account, Invitation, OutgoingEmail, Patient, Relative, StaffMember
from portal.services.schedule import short_name

# Failed mail older than this is history, not a task.
STILL_A_TASK = dt.timedelta(days=14)


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    WITHHELD = "withheld"
    FAILED = "failed"


@dataclass(frozen=True)
class EmailLine:
    """One email, without its words. `to` is a first letter and a family name, a whole name of staff or of
    somebody invited, empty for nobody."""

    message: str
    to: str
    patient_id: int | None
    state: MailState
    queued_at: dt.datetime
    due_at: dt.datetime
    ended_at: dt.datetime | None
    attempts: int
    reason: str
    message_id: str = ""
    address_works: bool = True


def counts() -> dict[MailState, int]:
    """How many emails stand where. One question."""
    rows = session().execute(
        select(OutgoingEmail.outcome, func.count(OutgoingEmail.id)).group_by(OutgoingEmail.outcome)
    )
    by_outcome = {outcome or MailState.WAITING: count for outcome, count in rows}
    return {state: by_outcome.get(state, 0) for state in MailState}


def given_up_lately() -> int:
    """How many emails were given up in the last two weeks."""
    return (
        session().scalar(
            select(func.count(OutgoingEmail.id)).where(
                OutgoingEmail.outcome == MailState.FAILED, OutgoingEmail.ended_at > clock.now() - STILL_A_TASK
            )
        )
        or 0
    )


def addresses_that_do_not_work() -> int:
    """How many people have an address to which no email comes through."""
    failed = (Account.active.is_(True), Account.email_failed_at.is_not(None))
    return session().scalar(select(func.count(Account.id)).where(*failed)) or 0


def lines(state: MailState | None = None, *, offset: int = 0, most: int = 50) -> Sequence[EmailLine]:
    """Emails, the latest first; all or those in one state. One question."""
    about = aliased(Patient)
    rows = session().execute(
        select(
            OutgoingEmail,
            Relative.given_name,
            Relative.family_name,
            Patient.given_name,
            Patient.family_name,
            func.coalesce(StaffMember.name, Invitation.name),
            about.id,
            Account.email_failed_at,
        )
        .outerjoin(Account, Account.id == OutgoingEmail.account_id)
        .outerjoin(Relative, Relative.account_id == Account.id)
        .outerjoin(Patient, Patient.account_id == Account.id)
        .outerjoin(StaffMember, StaffMember.account_id == Account.id)
        .outerjoin(Invitation, and_(OutgoingEmail.message == "invitation", Invitation.id == OutgoingEmail.about_id))
        .outerjoin(about, about.id == OutgoingEmail.patient_id)
        .where(_in(state))
        .order_by(OutgoingEmail.queued_at.desc(), OutgoingEmail.id.desc())
        .offset(offset)
        .limit(most)
    )
    return [_line(*row) for row in rows]


def _line(
    email: OutgoingEmail,
    relative_given: str | None,
    relative_family: str | None,
    patient_given: str | None,
    patient_family: str | None,
    other_name: str | None,
    patient_id: int | None,
    failed_at: dt.datetime | None,
) -> EmailLine:
    return EmailLine(
        message=email.message,
        to=_to((relative_given, relative_family), (patient_given, patient_family), other_name),
        patient_id=patient_id,
        state=MailState(email.outcome) if email.outcome else MailState.WAITING,
        queued_at=email.queued_at,
        due_at=email.due_at,
        ended_at=email.ended_at,
        attempts=email.attempts,
        reason=email.reason or "",
        message_id=email.message_id,
        address_works=failed_at is None,
    )


def _in(state: MailState | None) -> ColumnElement[bool]:
    if state is None:
        return and_(True)
    return OutgoingEmail.ended_at.is_(None) if state == MailState.WAITING else OutgoingEmail.outcome == state


def _to(*names: tuple[str | None, str | None] | str | None) -> str:
    for name in names:
        if isinstance(name, str):
            return name
        if name is not None and name[0] is not None:
            return short_name(name[0], name[1] or "")
    return ""
