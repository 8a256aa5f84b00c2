"""Writes down who looked at what, before the answer leaves, and every act in its own transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal import clock
from portal.consent.shared import Shared
from portal.consent.viewer import the_viewer
from portal.db import PortalSession, db, reading, session, writing
from portal.models import Act, RecordEntry

# The same thing seen again within this time is the same look.
ONE_LOOK = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class Look:
    """Something about one patient that was shown to somebody."""

    patient_id: int
    what: str
    thing_id: int | None = None
    version: int = 1


@dataclass(frozen=True)
class Grant:
    """The consent under which a relative sees `what` of a patient."""

    related_person_id: int
    consent_id: int


@event.listens_for(PortalSession, "loaded_as_persistent")
def _note_shared_row(session: Any, row: Any) -> None:
    seen = row.look() if isinstance(row, Shared) else None
    if seen is not None and the_viewer().is_counted:
        what, thing_id, version = seen
        look_at(row.patient_id, what, thing_id, version)


def look_at(patient_id: int, what: str, thing_id: int | None = None, version: int = 1) -> None:
    """Note that something about a patient is being shown; `write_looks` puts it on record."""
    g.setdefault("looks", set()).add(Look(patient_id, str(what), thing_id, version))


def write_looks(
    account_id: int, door: str, grants: dict[tuple[int, str], Grant] | None = None, *, notice_shown: bool = True
) -> None:
    """Put what was noted in this context on record, once per thing, version and half hour.

    `grants` says, for relatives, by which consent each (patient, scope) is seen, and `notice_shown` whether the
    law's notice stood beside it. Call it when the request's own transaction is over (`db.at_the_end`): it writes
    in one of its own.
    """
    looks: set[Look] = g.pop("looks", set())
    if not looks:
        return
    now = clock.now()
    with reading(), db.sessionmaker() as own_session:
        new = looks - _recent(own_session, account_id, now - ONE_LOOK)
    if new:
        with writing(), db.sessionmaker.begin() as own_session:
            own_session.add_all(
                _entry(look, now, account_id, door, grants, notice_shown)
                for look in sorted(new, key=lambda look: repr(look))
            )


def _entry(
    look: Look,
    now: dt.datetime,
    account_id: int,
    door: str,
    grants: dict[tuple[int, str], Grant] | None,
    notice_shown: bool,
) -> RecordEntry:
    grant = (grants or {}).get((look.patient_id, look.what))
    return RecordEntry(
        at=now,
        act=Act.LOOKED,
        door=door,
        account_id=account_id,
        patient_id=look.patient_id,
        related_person_id=grant.related_person_id if grant else None,
        consent_id=grant.consent_id if grant else None,
        what=look.what,
        thing_id=look.thing_id,
        version=look.version,
        notice_shown=grants is not None and notice_shown,
    )


def _recent(own_session: Session, account_id: int, since: dt.datetime) -> set[Look]:
    rows = own_session.execute(
        select(RecordEntry.patient_id, RecordEntry.what, RecordEntry.thing_id, RecordEntry.version).where(
            RecordEntry.account_id == account_id, RecordEntry.act == Act.LOOKED, RecordEntry.at > since
        )
    )
    return {Look(patient_id or 0, what, thing_id, version) for patient_id, what, thing_id, version in rows}


def write(act: Act, what: str, *, door: str, patient_id: int | None, **about: Any) -> None:
    """Put an act on record in the transaction that does it.

    `about` may hold `account_id` (who did it), `related_person_id`, `consent_id`, `thing_id`.
    """
    session().add(RecordEntry(at=clock.now(), act=act, what=str(what), door=door, patient_id=patient_id, **about))
