"""Letters in a postman's hand: taken a few at a time, and how each of them ends, noted before the next one leaves.

While a letter is in hand a stop waits for it, and only then consent is asked. What is taken is counted as tried first;
who dies with it in hand, or cannot write down how it ended, would otherwise send it again at the end of every lease.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, bindparam, case, insert, select, update

from portal import clock
from portal.db import core, writing
from portal.emails import pacing, reach
from portal.emails.claims import Claim
from portal.emails.letters import SAFETY
from portal.emails.outbox import BACK_OFF, FAILED, LEASE, SENT, WITHHELD
from portal.models import Account, Act, OutgoingEmail, RecordEntry
from portal.models.base import Instant
from portal.ready import Ready

# So many at a time. A stop may wait for the last of them, so none is in hand for longer than a moment before it leaves.
HANDFUL = 10
MOMENT = dt.timedelta(seconds=2)

_T: Any = OutgoingEmail.__table__
_R: Any = RecordEntry.__table__
_A: Any = Account.__table__
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
# What was tried before keeps the mark of having been in hand, by which deaths are known; fresh rows have none.
_DEATHS = case((_T.c.attempts > 1, _NOW), else_=None)
_LET_GO = Ready(
    update(_T)
    .where(*_MINE)
    .values(
        attempts=_T.c.attempts - 1,
        handing_until=_DEATHS,
        lease_until=None,
        claimed_by=None,
        handed_at=None,
        due_at=_NOW,
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
class Ending:
    """How one email ended, and why. `tells_of` are those it told something of, where its row names nobody."""

    claim: Claim
    outcome: str
    reason: str | None
    tells_of: frozenset[int] = frozenset()


def take(claims: Sequence[Claim], ended: Ending | None) -> list[Claim]:
    """Write down how the letter before ended, and take these in hand; gives those that were taken.

    Not taken is what is not ours any more, and what goes to a domain that has had enough for this minute: that waits,
    untried. The try is counted, and the next one put off, before it is made.
    """
    with _note() as connection:
        if ended is not None:
            _end(connection, ended)
        return [claim for claim in claims if _take(connection, claim)]


def let_go(claims: Collection[Claim]) -> None:
    """Put back what was in hand and has not left; no try is counted."""
    if claims:
        with _note() as connection:
            for claim in claims:
                _LET_GO.say(connection, row_=claim.id, postman_=claim.postman, now_=clock.now())


def end(ended: Ending, *, survives_power: bool = True) -> None:
    """Write down how a letter ended.

    Without `survives_power` that waits for no disk: a loss of power, or a fall of PostgreSQL itself, before anything
    else is written may let the few come again, under their own Message-IDs. The death of a postman does not.
    """
    with _note(survives_power=survives_power) as connection:
        _end(connection, ended)


def wait_after(attempts: int) -> dt.timedelta:
    """How long after so many tries the next one comes."""
    wait = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    return wait * random.uniform(0.8, 1.2)  # noqa: S311  spreads retries, guards nothing


def try_again(claim: Claim, reason: str) -> None:
    """Lay a row back until its next try."""
    with _note() as connection:
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
        with _note() as connection:
            mine = (_A.c.id == to.account_id, _A.c.email == to.email, _A.c.email_failed_at.is_(None))
            connection.execute(update(_A).where(*mine).values(email_failed_at=clock.now()))


def _take(connection: Connection, claim: Claim) -> bool:
    now = clock.now()
    to = claim.recipient
    domain = reach.domain_mark(to.email) if to else None
    mine = {"row_": claim.id, "postman_": claim.postman, "now_": now, "until_": now + LEASE, "domain_": domain}
    if domain and claim.about.message not in SAFETY:
        free_at = pacing.free_at(connection, domain, now, has_waited=claim.has_waited)
        if free_at is not None:
            _WAIT.say(connection, **mine, free_at_=free_at)
            return False
    return _TAKE.say(connection, **mine, again_=now + wait_after(claim.attempts)) == 1


def _end(connection: Connection, ended: Ending) -> None:
    now, claim = clock.now(), ended.claim
    done = {"row_": claim.id, "now_": now, "outcome_": ended.outcome, "reason_": ended.reason}
    statement = _END_WITHHELD if ended.outcome == WITHHELD else _END
    if not statement.say(connection, **done) or ended.outcome == FAILED:
        return
    act = Act.SENT if ended.outcome == SENT else Act.WITHHELD
    of = {"at": now, "act": act, "account_id": claim.account_id, "what": claim.about.message}
    for patient_id in (claim.about.patient_id,) if claim.about.patient_id else sorted(ended.tells_of):
        _RECORD.say(connection, **of, patient_id=patient_id, related_person_id=claim.people.get(patient_id))


@contextmanager
def _note(*, survives_power: bool = True) -> Iterator[Connection]:
    """A transaction of the postman's own, for statements that read nobody's rows."""
    with writing(), core(survives_power=survives_power) as connection:
        yield connection
