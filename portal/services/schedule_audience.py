"""Who sees a change of the schedule and who gets an email about it: asked once, for the check and for the sending."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from portal import clock
from portal.consent.live import LIVE, joined
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import (
    Account,
    Consent,
    ConsentScope,
    EmailLevel,
    EmailStop,
    HiddenSession,
    Patient,
    RelatedPerson,
    Relative,
    ScheduleEntry,
    TimetableMember,
)
from portal.models.schedule import Facet

MESSAGE = "schedule_changed"
NOT_AGREED, TURNED_OFF = "no email agreed", "the reader turned this kind off"
LEVELS = (EmailLevel.NONE, EmailLevel.NOTICE, EmailLevel.TIMES)


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
    """What it comes to that these sessions look different now, and in what, at this moment. Three questions."""
    to_come = visible(changed)
    if not to_come:
        return NOTHING
    theirs = _sessions_of_patients(to_come)
    kept = _kept_from(to_come)
    readers = [
        one
        for one, sees in _readers(theirs)
        if any(
            changed[entry] & sees
            and kept.isdisjoint({(entry.id, one.patient_id, None), (entry.id, one.patient_id, one.related_person_id)})
            for entry in theirs[one.patient_id]
        )
    ]
    return Effect(len(to_come), len(theirs), tuple(readers))


def _sessions_of_patients(entries: Sequence[ScheduleEntry]) -> dict[int, list[ScheduleEntry]]:
    """Which of the sessions each patient is in, who has not left by then."""
    members = session().execute(
        select(TimetableMember.timetable_id, Patient.id, Patient.discharged_at)
        .join(Patient, Patient.id == TimetableMember.patient_id)
        .where(TimetableMember.timetable_id.in_({entry.timetable_id for entry in entries}))
    )
    theirs: dict[int, list[ScheduleEntry]] = defaultdict(list)
    for timetable_id, patient_id, left_at in members:
        theirs[patient_id] += [
            one for one in entries if one.timetable_id == timetable_id and (left_at is None or left_at > one.starts_at)
        ]
    return {patient_id: found for patient_id, found in theirs.items() if found}


def _kept_from(entries: Sequence[ScheduleEntry]) -> set[tuple[int, int, int | None]]:
    """What patients hide: session, patient and from whom; none: from everybody."""
    rows = session().execute(
        select(HiddenSession.entry_id, HiddenSession.patient_id, HiddenSession.related_person_id).where(
            HiddenSession.entry_id.in_([entry.id for entry in entries])
        )
    )
    return {(entry_id, patient_id, person_id) for entry_id, patient_id, person_id in rows}


def visible(entries: Iterable[ScheduleEntry]) -> list[ScheduleEntry]:
    """Those of the sessions that are still to come and hidden from nobody: the ones an email may be about."""
    now = clock.now()
    return sorted(
        (entry for entry in entries if entry.starts_at > now and not entry.is_hidden), key=lambda one: one.starts_at
    )


def soonest(entries: Sequence[ScheduleEntry]) -> dt.datetime:
    """The first moment that a change is about: a session's new start, or the old one."""
    return min(moment for entry in entries for moment in (entry.starts_at, entry.was_at) if moment is not None)


def _readers(patients: Iterable[int]) -> list[tuple[Reader, Facet]]:
    """Who sees the sessions of these patients, and what of them."""
    rows: Any = session().execute(
        joined(
            RelatedPerson,
            Account,
            EmailStop.message,
            ConsentScope.scope,
            func.coalesce(Consent.lowered_email_level, Consent.email_level),
        )
        .join(Relative, Relative.id == RelatedPerson.relative_id)
        .join(Account, Account.id == Relative.account_id)
        .outerjoin(EmailStop, and_(EmailStop.account_id == Account.id, EmailStop.message == MESSAGE))
        .where(LIVE, RelatedPerson.patient_id.in_(list(patients)), Account.active.is_(True))
        .order_by(RelatedPerson.patient_id, RelatedPerson.id)
    )
    agreed: dict[RelatedPerson, str] = {}
    accounts: dict[RelatedPerson, tuple[Account, bool]] = {}
    shared: dict[RelatedPerson, set[str]] = defaultdict(set)
    for person, account, stopped, scope, level in rows:
        # An email obeys the most generous consent that is live, as the postman does.
        agreed[person] = max(agreed.get(person, EmailLevel.NONE), level, key=_rank)
        accounts[person] = (account, stopped is not None)
        shared[person].add(scope)
    return [
        (_reader(person, *accounts[person], agreed[person]), _what_is_seen(shared[person]))
        for person in accounts
        if Scope.TIMES in shared[person]
    ]


def _what_is_seen(scopes: Collection[str]) -> Facet:
    place = Facet.PLACE if Scope.PLACE in scopes else Facet(0)
    kind = Facet.KIND if Scope.KIND in scopes else Facet(0)
    return Facet.TIMES | place | kind


def _reader(person: RelatedPerson, account: Account, has_stopped: bool, agreed: str) -> Reader:
    # Where others read along, an email never says when.
    most = EmailLevel.NOTICE if account.shares_mailbox else EmailLevel.TIMES
    level = EmailLevel.NONE if has_stopped else min(agreed, account.wants_email, most, key=_rank)
    why = ""
    if level == EmailLevel.NONE:
        why = NOT_AGREED if agreed == EmailLevel.NONE else TURNED_OFF
    return Reader(person.id, person.patient_id, account.id, person.name, person.relation, level, why)


def _rank(level: str) -> int:
    return LEVELS.index(EmailLevel(level))
