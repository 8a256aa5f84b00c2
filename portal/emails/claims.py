"""Rows of the outbox that are kept for one postman: what he is about to send, and what its readers chose.

Fresh rows are kept many at a time. What was tried before is kept alone: if it is what kills postmen, it takes nothing
with it. Keeping a row lets nothing leave; that begins with `in_hand.take`.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from portal import clock
from portal.db import core, db, reading, writing
from portal.emails import recipients, wanted
from portal.emails.letters import About, Recipient
from portal.emails.outbox import BACK_OFF, LEASE
from portal.models import Invitation, OutgoingEmail, RelatedPerson, Relative

# So many fresh rows are kept at a time, and so long: what their readers chose is read with them and must not get old.
BATCH = 50
FRESH_FOR = dt.timedelta(seconds=2)
# A row that was in hand when its postman died, so often, is what kills them.
MOST_DEATHS = 5


@dataclass(frozen=True)
class Claim:
    """A row this postman keeps. `attempts` counts the try that is about to be made.

    `people`: who the reader is to each patient it may tell of. `has_waited`: it had a place in the line of its domain
    before, or was tried.
    """

    id: int
    postman: str
    message_id: str
    attempts: int
    is_deadly: bool
    about: About
    account_id: int | None
    recipient: Recipient | None
    people: Mapping[int | None, int | None]
    why_not: str | None
    is_for_the_list: bool
    has_waited: bool


@dataclass
class Armful:
    """What is kept at a time, and until when (of `time.monotonic`) what was read of its readers is fresh."""

    claims: list[Claim]
    until: float = field(default_factory=lambda: time.monotonic() + FRESH_FOR.total_seconds())

    def handful(self, most: int) -> list[Claim]:
        """The next few of different readers, so that none is written before another to the same reader has left.

        None of them when they are no longer fresh.
        """
        if time.monotonic() > self.until:
            return []
        few: list[Claim] = []
        readers: set[int] = set()
        while self.claims and len(few) < most and self.claims[0].account_id not in readers:
            few.append(self.claims.pop(0))
            readers |= {few[-1].account_id} - {None}  # type: ignore[arg-type]
        return few


def keep_fresh(postman: str) -> Armful:
    """Keep rows that nobody has tried."""
    return Armful(_keep(postman, OutgoingEmail.attempts == 0, BATCH))


def keep_tried(postman: str) -> Armful:
    """Keep the next row that was tried before, alone."""
    return Armful(_keep(postman, OutgoingEmail.attempts > 0, 1), until=math.inf)


def lay_back(postman: str) -> None:
    """Let go of all that was kept and not taken in hand; no try is counted."""
    kept = (
        OutgoingEmail.claimed_by == postman,
        OutgoingEmail.ended_at.is_(None),
        OutgoingEmail.handing_until.is_(None),
    )
    with writing(), core() as connection:
        free = select(OutgoingEmail.id).where(*kept).with_for_update(skip_locked=True)
        letting_go = update(OutgoingEmail).where(OutgoingEmail.id.in_(free))
        connection.execute(letting_go.values(lease_until=None, claimed_by=None))


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
            people=people.get(row.id, {}),
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


def _related_people(session: Session, rows: Sequence[OutgoingEmail]) -> dict[int, dict[int | None, int | None]]:
    """Who the reader of each email is to the patient it is about; to each of theirs, where its row names none."""
    invited = and_(OutgoingEmail.message == "invitation", Invitation.id == OutgoingEmail.about_id)
    about = or_(OutgoingEmail.patient_id.is_(None), RelatedPerson.patient_id == OutgoingEmail.patient_id)
    found = session.execute(
        select(
            OutgoingEmail.id,
            func.coalesce(OutgoingEmail.patient_id, RelatedPerson.patient_id),
            func.coalesce(Invitation.related_person_id, RelatedPerson.id),
        )
        .outerjoin(Relative, Relative.account_id == OutgoingEmail.account_id)
        .outerjoin(RelatedPerson, and_(RelatedPerson.relative_id == Relative.id, about))
        .outerjoin(Invitation, invited)
        .where(OutgoingEmail.id.in_([row.id for row in rows]))
    )
    people: dict[int, dict[int | None, int | None]] = {}
    for row_id, patient_id, person_id in found:
        people.setdefault(row_id, {})[patient_id] = person_id
    return people
