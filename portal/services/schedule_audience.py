"""Who sees a change of the schedule and who gets an email about it: asked once, for the check and for the sending."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, exists, func

from portal import clock
from portal.consent import readers
from portal.consent.live import LIVE, joined
from portal.db import session
from portal.emails.wanted import DOES_NOT_WORK, has_stopped
from portal.models import (
    Account,
    Consent,
    EmailLevel,
    RelatedPerson,
    Relative,
    ScheduleEntry,
)
from portal.models.schedule import Facet

MESSAGE = "schedule_changed"
NOT_AGREED, TURNED_OFF = "no email agreed", "the reader turned this kind off"
IN_THE_LIST = "in the weekly list"
LEVELS = (EmailLevel.NONE, EmailLevel.NOTICE, EmailLevel.TIMES)
# Where an email level stands among them. It obeys the most generous consent that is live, as the postman does.
AGREED = case(
    {level: rank for rank, level in enumerate(LEVELS)},
    value=func.coalesce(Consent.lowered_email_level, Consent.email_level),
)


@dataclass(frozen=True)
class Reader:
    """One relative who sees the change of one patient's sessions, and what their email about it may say.

    `no_email_because` is the postman's reason, where there is none.
    """

    related_person_id: int
    patient_id: int
    account_id: int
    name: str
    relation: str
    email: str
    no_email_because: str = ""


@dataclass(frozen=True)
class Effect:
    """What a change comes to. `sessions` that look different, `patients` whose they are, `readers` who see it.

    Somebody who is close to two patients is two readers, but one relative and one email.
    """

    sessions: int
    patients: int
    readers: tuple[Reader, ...]

    @property
    def relatives(self) -> int:
        """How many relatives see it."""
        return len({one.account_id for one in self.readers})

    @property
    def emails(self) -> int:
        """How many get an email."""
        return len(self._levels())

    @property
    def with_times(self) -> int:
        """How many of the emails say day and time."""
        return sum(level == EmailLevel.TIMES for level in self._levels().values())

    @property
    def notices(self) -> int:
        """How many of the emails say only that there is something new."""
        return self.emails - self.with_times

    @property
    def fingerprint(self) -> str:
        """Changes when anybody begins or ceases to see it or to get an email."""
        facts = sorted((one.related_person_id, one.email) for one in self.readers)
        return hashlib.sha256(repr((self.sessions, facts)).encode()).hexdigest()[:16]

    def _levels(self) -> dict[int, str]:
        # Of several rows for one account the postman sends the first that nothing stands against.
        levels: dict[int, str] = {}
        for one in self.readers:
            if one.email != EmailLevel.NONE:
                levels.setdefault(one.account_id, one.email)
        return levels


NOTHING = Effect(0, 0, ())


def of_changed(changed: Mapping[ScheduleEntry, Facet]) -> Effect:
    """What it comes to that these sessions look different now, and in what, at this moment. Two questions."""
    to_come = {entry: changed[entry] for entry in visible(changed)}
    if not to_come:
        return NOTHING
    patients = session().scalars(readers.patients_in(to_come)).all()
    return Effect(len(to_come), len(patients), tuple(_readers(to_come)))


def visible(entries: Iterable[ScheduleEntry]) -> list[ScheduleEntry]:
    """Those of the sessions that are still to come and hidden from nobody: the ones an email may be about."""
    now = clock.now()
    return sorted(
        (entry for entry in entries if entry.starts_at > now and not entry.is_hidden), key=lambda one: one.starts_at
    )


def _readers(changed: Mapping[ScheduleEntry, Facet]) -> list[Reader]:
    stopped = exists().where(has_stopped(MESSAGE, Account.id, RelatedPerson.patient_id))
    rows: Any = session().execute(
        joined(RelatedPerson, Account, stopped.correlate(Account, RelatedPerson), func.max(AGREED))
        .join(Relative, Relative.id == RelatedPerson.relative_id)
        .join(Account, Account.id == Relative.account_id)
        .where(LIVE, RelatedPerson.id.in_(readers.who_sees(changed)), Account.active.is_(True))
        .group_by(RelatedPerson.id, Account.id)
        .order_by(RelatedPerson.patient_id, RelatedPerson.id)
    )
    return [_reader(person, account, is_off, LEVELS[agreed]) for person, account, is_off, agreed in rows]


def _reader(person: RelatedPerson, account: Account, has_stopped: bool, agreed: str) -> Reader:
    # Where others read along, an email never says when.
    most = EmailLevel.NOTICE if account.shares_mailbox else EmailLevel.TIMES
    level = EmailLevel.NONE if has_stopped else min(agreed, account.wants_email, most, key=_rank)
    why = ""
    if level == EmailLevel.NONE:
        why = NOT_AGREED if agreed == EmailLevel.NONE else TURNED_OFF
    elif account.email_failed_at is not None:
        level, why = EmailLevel.NONE, DOES_NOT_WORK
    elif account.weekly_day is not None:
        level, why = EmailLevel.NONE, IN_THE_LIST
    return Reader(person.id, person.patient_id, account.id, person.name, person.relation, level, why)


def _rank(level: str) -> int:
    return LEVELS.index(EmailLevel(level))
