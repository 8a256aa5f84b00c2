"""The postman: claim, compose as the recipient, hand over or withhold, and write down which."""

from __future__ import annotations

import datetime as dt
import random
import smtplib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from flask import current_app
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from portal import clock
from portal.db import db, reading, writing
from portal.emails import line as lines
from portal.emails import recipients, wanted
from portal.emails.letters import About, Letter, Recipient
from portal.emails.line import Line, NoLine
from portal.emails.messages import MESSAGES, Withheld
from portal.emails.outbox import FAILED, LEASE, SENT, WITHHELD
from portal.models import Act, Invitation, OutgoingEmail, RecordEntry, RelatedPerson

log = structlog.get_logger()

# Waits after each failed try; after the last the email is given up and shown to staff.
BACK_OFF = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 480, 960, 1440))


@dataclass(frozen=True)
class Claim:
    """A row this postman holds until its lease ends. `until` is a moment of `time.monotonic`."""

    id: int
    postman: str
    message_id: str
    attempts: int
    about: About
    recipient: Recipient | None
    is_wanted: bool
    is_told: bool
    is_for_the_list: bool
    until: float


def deliver(should_stop: Callable[[], bool] = lambda: False) -> Counter[str]:
    """One pass over everything due. Counts `sent`, `withheld`, `failed` and what is `waiting` after it.

    Ends early when `should_stop` says so, or when the mail server cannot be reached: the rest waits
    without a try being counted.
    """
    counts: Counter[str] = Counter(sent=0, withheld=0, failed=0, waiting=0)
    if current_app.config["MAIL_SERVER"]:  # without one nothing is tried, so nothing is given up
        _deliver_into(counts, should_stop)
    counts["waiting"] = _count_waiting()
    return counts


def _deliver_into(counts: Counter[str], should_stop: Callable[[], bool]) -> None:
    postman = str(uuid.uuid4())
    with lines.open_line() as line:
        while not should_stop():
            claim = _claim_next(postman)
            if claim is None:
                return
            try:
                counts[_handle(claim, line)] += 1
            except NoLine as trouble:
                counts[_failed(claim, f"mail server not reached ({trouble})")] += 1
                return


def _claim_next(postman: str) -> Claim | None:
    """Take the next due row. The attempt is counted before it is made, so poison cannot loop for ever.

    A row of a reader whose quiet hours it is waits for their end instead.
    """
    while True:
        until = time.monotonic() + lines.DEADLINE.total_seconds()
        now = clock.now()
        free = or_(OutgoingEmail.lease_until.is_(None), OutgoingEmail.lease_until <= now)
        due = (OutgoingEmail.ended_at.is_(None), OutgoingEmail.due_at <= now, free)
        with _writing() as session:
            next_id = session.scalar(
                select(OutgoingEmail.id)
                .where(*due)
                .order_by(OutgoingEmail.due_at, OutgoingEmail.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if next_id is None:
                return None
            claimed = session.execute(
                update(OutgoingEmail)
                .where(OutgoingEmail.id == next_id, *due)
                .values(lease_until=now + LEASE, claimed_by=postman, attempts=OutgoingEmail.attempts + 1)
                .execution_options(synchronize_session=False)
            )
            if claimed.rowcount == 0:  # type: ignore[attr-defined]
                continue  # another postman was faster
            row = session.get_one(OutgoingEmail, next_id, options=[joinedload(OutgoingEmail.account)])
            later = wanted.not_before(session, row, now)
            if later is not None:
                row.due_at, row.lease_until, row.claimed_by = later, None, None
                row.attempts -= 1
                continue
            return Claim(
                id=row.id,
                postman=postman,
                message_id=row.message_id,
                attempts=row.attempts,
                about=About(row.message, row.patient_id, row.about_id, row.queued_at),
                recipient=recipients.of(session, row),
                is_wanted=wanted.is_wanted(session, row),
                is_told=wanted.is_told(session, row),
                is_for_the_list=wanted.is_for_the_list(row),
                until=until,
            )


def _handle(claim: Claim, line: Line) -> str:  # noqa: PLR0911  one line per way it can end
    try:
        letter = _compose(claim)
        line.send(letter, claim.message_id, until=claim.until)
    except NoLine:
        raise
    except Withheld as reason:
        _end(claim, WITHHELD, str(reason))
        return "withheld"
    except smtplib.SMTPRecipientsRefused as refused:
        code = next(iter(refused.recipients.values()))[0]
        return _failed(claim, f"refused by the mail server ({code})", for_good=code >= 500)
    except smtplib.SMTPDataError as answer:
        return _failed(claim, f"mail server answered {answer.smtp_code}", for_good=answer.smtp_code >= 550)
    except smtplib.SMTPResponseException as answer:
        # It refused us, not the letter: our address, our password, our greeting. That can be mended.
        line.close()
        return _failed(claim, f"mail server answered {answer.smtp_code}")
    except (OSError, smtplib.SMTPException) as trouble:
        # Cut in the middle: perhaps accepted, perhaps not. It goes again under the same Message-ID.
        line.close()
        return _failed(claim, f"conversation broke off ({type(trouble).__name__})")
    except Exception as trouble:  # one bad row must not stop the others
        log.exception("email.broken", email=claim.id, kind=type(trouble).__name__)
        line.close()
        return _failed(claim, f"could not be written ({type(trouble).__name__})")
    _end(claim, SENT, None, letter.tells_of)
    return "sent"


def _compose(claim: Claim) -> Letter:
    if claim.recipient is None:
        raise Withheld("no such account")
    if not claim.is_wanted:
        raise Withheld("the reader turned this kind off")
    if claim.is_told:
        raise Withheld("told of it in another email")
    if claim.is_for_the_list:
        raise Withheld("in the weekly list")
    return MESSAGES[claim.about.message](claim.recipient, claim.about)


def _end(claim: Claim, outcome: str, reason: str | None, tells_of: frozenset[int] = frozenset()) -> None:
    """Write down how it ended, for the patient it depends on or for those `tells_of` whom it told something."""
    now = clock.now()
    with _writing() as session:
        row = session.get_one(OutgoingEmail, claim.id, with_for_update=True)
        if row.ended_at is not None:
            return
        row.ended_at, row.outcome, row.reason, row.lease_until = now, outcome, reason, None
        patients = tells_of if row.patient_id is None else {row.patient_id}
        for patient_id in sorted(patients) if outcome != FAILED else ():
            session.add(
                RecordEntry(
                    at=now,
                    act=Act.SENT if outcome == SENT else Act.WITHHELD,
                    door="email",
                    account_id=row.account_id,
                    patient_id=patient_id,
                    related_person_id=_related_person_id(session, row, claim, patient_id),
                    what=row.message,
                )
            )


def _related_person_id(session: Session, row: OutgoingEmail, claim: Claim, patient_id: int) -> int | None:
    if row.message == "invitation":
        return session.scalar(select(Invitation.related_person_id).where(Invitation.id == row.about_id))
    if claim.recipient is None or claim.recipient.relative_id is None:
        return None
    return session.scalar(
        select(RelatedPerson.id).where(
            RelatedPerson.patient_id == patient_id, RelatedPerson.relative_id == claim.recipient.relative_id
        )
    )


def _failed(claim: Claim, reason: str, *, for_good: bool = False) -> str:
    log.warning("email.not_sent", email=claim.id, attempt=claim.attempts, for_good=for_good)
    if for_good or claim.attempts > len(BACK_OFF):
        _end(claim, FAILED, reason)
        return "failed"
    wait = BACK_OFF[claim.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  spreads retries, guards nothing
    with _writing() as session:
        row = session.get_one(OutgoingEmail, claim.id, with_for_update=True)
        if row.ended_at is None and row.claimed_by == claim.postman:
            row.due_at, row.lease_until, row.reason = clock.now() + wait, None, reason
    return "failed"


def _count_waiting() -> int:
    with reading(), db.sessionmaker.begin() as session:
        return session.scalar(select(func.count()).where(OutgoingEmail.ended_at.is_(None))) or 0


@contextmanager
def _writing() -> Iterator[Session]:
    """A session of the postman's own, one transaction long."""
    with writing(), db.sessionmaker.begin() as session:
        yield session
