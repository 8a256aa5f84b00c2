"""Who has which email: rows kept for one postman, the one in his hand, and how each of them ends.

Fresh rows are kept many at a time. What was tried before is kept alone: if it is what kills postmen, it takes nothing
with it. Keeping a row lets nothing leave; right before each letter its row is taken in hand, a stop waits for that and
for no more, and only then consent is asked. So taking and ending are one short transaction, of statements made once.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload

from portal import clock
from portal.db import core, db, reading, writing
from portal.emails import pacing, reach, recipients, wanted
from portal.emails.letters import SAFETY, About, Recipient
from portal.emails.outbox import FAILED, LEASE, SENT, WITHHELD
from portal.models import Account, Act, Invitation, OutgoingEmail, RecordEntry, RelatedPerson, Relative
from portal.models.base import Instant
from portal.ready import Ready

# So many fresh rows are kept at a time, and so long: what their readers chose is read with them and must not get old.
BATCH = 50
FRESH_FOR = dt.timedelta(seconds=2)
# A row that was in hand when its postman died, so often, is what kills them.
MOST_DEATHS = 5
# Waits after each failed try; after the last the email is given up and shown to staff.
BACK_OFF = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 480, 960, 1440))

_T: Any = OutgoingEmail.__table__
_R: Any = RecordEntry.__table__
_A: Any = Account.__table__
_P: Any = RelatedPerson.__table__
_NOW, _UNTIL = bindparam("now_", type_=Instant), bindparam("until_", type_=Instant)
_DOMAIN = bindparam("domain_", type_=String)
_MINE = (_T.c.id == bindparam("row_"), _T.c.claimed_by == bindparam("postman_"), _T.c.ended_at.is_(None))
# Never waits for somebody who is about to end a row: whoever does may be waiting for the letter before it.
_MINE_AND_FREE = _T.c.id.in_(select(_T.c.id).where(*_MINE).with_for_update(skip_locked=True).scalar_subquery())
_TAKE = Ready(
    update(_T)
    .where(_MINE_AND_FREE)
    .values(
        handing_until=_UNTIL, lease_until=_UNTIL, handed_at=_NOW, attempts=_T.c.attempts + 1, to_domain=_DOMAIN,
        due_at=bindparam("again_", type_=Instant),
    )
)  # fmt: skip
_WAIT = Ready(
    update(_T)
    .where(_MINE_AND_FREE)
    .values(due_at=bindparam("free_at_", type_=Instant), lease_until=None, claimed_by=None, to_domain=_DOMAIN)
)
_ENDED = (
    update(_T)
    .where(_T.c.id == bindparam("row_"), _T.c.ended_at.is_(None))
    .values(
        ended_at=_NOW, outcome=bindparam("outcome_"), reason=bindparam("reason_"), lease_until=None, handing_until=None
    )
)
_END = Ready(_ENDED)
# What was withheld did not leave, so it does not count against its domain.
_END_WITHHELD = Ready(_ENDED.values(handed_at=None))
_NOTED = ("at", "act", "account_id", "patient_id", "related_person_id", "what")
_RECORD = Ready(
    insert(_R)
    .values({**{name: bindparam(name) for name in _NOTED}, "door": "email", "version": 1, "notice_shown": False})
    .inline()
)


@dataclass(frozen=True)
class Claim:
    """A row this postman keeps. `attempts` counts the try that is about to be made.

    `has_waited`: it had a place in the line of its domain before, or was tried.
    """

    id: int
    postman: str
    message_id: str
    attempts: int
    is_deadly: bool
    about: About
    account_id: int | None
    recipient: Recipient | None
    related_person_id: int | None
    why_not: str | None
    is_for_the_list: bool
    has_waited: bool


@dataclass(frozen=True)
class Ending:
    """How one email ended, and why. `tells_of` are those it told something of, where its row names nobody."""

    claim: Claim
    outcome: str
    reason: str | None
    tells_of: frozenset[int] = frozenset()


def keep_fresh(postman: str) -> Iterator[Claim]:
    """Keep rows that nobody has tried, and give one after the other for as long as what was read of them is fresh."""
    claims = _keep(postman, OutgoingEmail.attempts == 0, BATCH)
    until = time.monotonic() + FRESH_FOR.total_seconds()
    for claim in claims:
        if time.monotonic() > until:
            return
        yield claim


def keep_tried(postman: str) -> Iterator[Claim]:
    """Keep the next row that was tried before, alone."""
    yield from _keep(postman, OutgoingEmail.attempts > 0, 1)


def take_in_hand(claim: Claim, ended: Ending | None) -> bool:
    """Write down how the letter before ended, and take this one in hand.

    False when it is not ours any more, or when its domain has had enough for this minute: then it waits, untried.
    The try is counted, and the next one put off, before it is made: who dies in it, or cannot write down how it ended,
    would otherwise send the same letter again at the end of every lease.
    """
    with _core() as connection:
        if ended is not None:
            _end(connection, ended)
        now = clock.now()
        to = claim.recipient
        domain = reach.domain_mark(to.email) if to else None
        mine = {"row_": claim.id, "postman_": claim.postman, "now_": now, "until_": now + LEASE, "domain_": domain}
        if domain and claim.about.message not in SAFETY:
            free_at = pacing.free_at(connection, domain, now, has_waited=claim.has_waited)
            if free_at is not None:
                _WAIT.say(connection, **mine, free_at_=free_at)
                return False
        return _TAKE.say(connection, **mine, again_=now + wait_after(claim.attempts)).rowcount == 1


def end(ended: Ending | None) -> None:
    """Write down how a letter ended, when no other follows."""
    if ended is not None:
        with _core() as connection:
            _end(connection, ended)


def wait_after(attempts: int) -> dt.timedelta:
    """How long after so many tries the next one comes."""
    wait = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    return wait * random.uniform(0.8, 1.2)  # noqa: S311  spreads retries, guards nothing


def try_again(claim: Claim, reason: str) -> None:
    """Lay a row back until its next try."""
    with _core() as connection:
        connection.execute(
            update(_T)
            .where(_T.c.id == claim.id, _T.c.ended_at.is_(None), _T.c.claimed_by == claim.postman)
            .values(
                due_at=clock.now() + wait_after(claim.attempts), lease_until=None, handing_until=None, reason=reason
            )
        )


def mark_address(claim: Claim) -> None:
    """Remember that nobody gets mail at an address; not when another one was chosen meanwhile."""
    to = claim.recipient
    if to is not None and to.account_id is not None:
        with _core() as connection:
            mine = (_A.c.id == to.account_id, _A.c.email == to.email, _A.c.email_failed_at.is_(None))
            connection.execute(update(_A).where(*mine).values(email_failed_at=clock.now()))


def lay_back(postman: str) -> None:
    """Let go of all that was kept and not taken in hand; no try is counted."""
    kept = (_T.c.claimed_by == postman, _T.c.ended_at.is_(None), _T.c.handing_until.is_(None))
    with _core() as connection:
        free = select(_T.c.id).where(*kept).with_for_update(skip_locked=True)
        connection.execute(update(_T).where(_T.c.id.in_(free)).values(lease_until=None, claimed_by=None))


def count_waiting() -> int:
    """How many emails wait, due or not."""
    with reading(), db.sessionmaker.begin() as session:
        return session.scalar(select(func.count()).where(OutgoingEmail.ended_at.is_(None))) or 0


def count_due() -> int:
    """How many emails a pass would try."""
    due = (OutgoingEmail.ended_at.is_(None), OutgoingEmail.due_at <= clock.now())
    with reading(), db.sessionmaker.begin() as session:
        return session.scalar(select(func.count()).where(*due)) or 0


def _keep(postman: str, which: ColumnElement[bool], most: int) -> list[Claim]:
    """Rows that are due now. Those of readers whose quiet hours it is wait for their end instead."""
    now = clock.now()
    free = or_(OutgoingEmail.lease_until.is_(None), OutgoingEmail.lease_until <= now)
    due = (OutgoingEmail.ended_at.is_(None), OutgoingEmail.due_at <= now, free, which)
    in_order = (OutgoingEmail.due_at, OutgoingEmail.id)
    while True:
        with writing(), db.sessionmaker.begin() as session:
            ids = session.scalars(
                select(OutgoingEmail.id).where(*due).order_by(*in_order).limit(most).with_for_update(skip_locked=True)
            ).all()
            if not ids:
                return []
            session.execute(
                update(OutgoingEmail)
                .where(OutgoingEmail.id.in_(ids))
                .values(lease_until=now + LEASE, claimed_by=postman)
                .execution_options(synchronize_session=False)
            )
            rows = session.scalars(
                select(OutgoingEmail)
                .where(OutgoingEmail.id.in_(ids))
                .order_by(*in_order)
                .options(joinedload(OutgoingEmail.account))
            ).all()
            going = [row for row in rows if not _waits(session, row, now)]
            if going:
                return _claims(session, going, postman)


def _waits(session: Session, row: OutgoingEmail, now: dt.datetime) -> bool:
    later = wanted.not_before(session, row, now)
    if later is not None:
        row.due_at, row.lease_until, row.claimed_by = later, None, None
    return later is not None


def _claims(session: Session, rows: Sequence[OutgoingEmail], postman: str) -> list[Claim]:
    reasons = wanted.why_not(session, rows)
    people = _related_people(session, rows)
    return [
        Claim(
            id=row.id,
            postman=postman,
            message_id=row.message_id,
            attempts=row.attempts + 1,
            is_deadly=_is_deadly(row),
            about=About(row.message, row.patient_id, row.about_id, row.queued_at),
            account_id=row.account_id,
            recipient=recipients.of(session, row),
            related_person_id=people.get(row.id),
            why_not=reasons.get(row.id),
            is_for_the_list=wanted.is_for_the_list(row),
            has_waited=row.to_domain is not None,
        )
        for row in rows
    ]


def _is_deadly(row: OutgoingEmail) -> bool:
    """Whether postmen die of it. Where a try came to an end in words, not every one before was a death."""
    most = MOST_DEATHS if row.reason is None else len(BACK_OFF)
    return row.handing_until is not None and row.attempts >= most


def _related_people(session: Session, rows: Sequence[OutgoingEmail]) -> dict[int, int | None]:
    """Whom of the people close to a patient each email is for."""
    invited = and_(OutgoingEmail.message == "invitation", Invitation.id == OutgoingEmail.about_id)
    relative = and_(RelatedPerson.patient_id == OutgoingEmail.patient_id, RelatedPerson.relative_id == Relative.id)
    found = session.execute(
        select(OutgoingEmail.id, func.coalesce(Invitation.related_person_id, RelatedPerson.id).label("person"))
        .outerjoin(Relative, Relative.account_id == OutgoingEmail.account_id)
        .outerjoin(RelatedPerson, relative)
        .outerjoin(Invitation, invited)
        .where(OutgoingEmail.id.in_([row.id for row in rows]))
    )
    return {row.id: row.person for row in found}


def _end(connection: Connection, ended: Ending) -> None:
    now, claim = clock.now(), ended.claim
    done = {"row_": claim.id, "now_": now, "outcome_": ended.outcome, "reason_": ended.reason}
    statement = _END_WITHHELD if ended.outcome == WITHHELD else _END
    if not statement.say(connection, **done).rowcount or ended.outcome == FAILED:
        return
    told = {claim.about.patient_id: claim.related_person_id} if claim.about.patient_id else _told(connection, ended)
    act = Act.SENT if ended.outcome == SENT else Act.WITHHELD
    of = {"at": now, "act": act, "account_id": claim.account_id, "what": claim.about.message}
    for patient_id, person_id in told.items():
        _RECORD.say(connection, **of, patient_id=patient_id, related_person_id=person_id)


def _told(connection: Connection, ended: Ending) -> dict[int, int | None]:
    """Of whom a letter told something whose row names nobody, and who the reader is to each of them."""
    to = ended.claim.recipient
    if not ended.tells_of or to is None or to.relative_id is None:
        return dict.fromkeys(sorted(ended.tells_of))
    theirs = (_P.c.relative_id == to.relative_id, _P.c.patient_id.in_(ended.tells_of))
    found = connection.execute(select(_P.c.patient_id, _P.c.id).where(*theirs))
    return dict.fromkeys(sorted(ended.tells_of)) | {row.patient_id: row.id for row in found}


@contextmanager
def _core() -> Iterator[Connection]:
    """A transaction of the postman's own, for statements that read nobody's rows."""
    with writing(), core() as connection:
        yield connection
