"""Kinds of email that people turned off: each a row that says when and how, and when it was undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.emails.wanted import EVERY
from portal.models import EmailStop, RelatedPerson, Relative, StopHow


@dataclass(frozen=True)
class Proof:
    """That one kind of email was turned off: by whom (empty: whoever asks), when, how, and when it was undone."""

    name: str
    kind: str
    patient_id: int | None
    stopped_at: dt.datetime
    how: str
    undone_at: dt.datetime | None


# Questions


def live(account_id: int) -> set[tuple[str, int | None]]:
    """What the account has turned off now: kinds, each for one patient or (None) for all."""
    found = session().execute(
        select(EmailStop.message, EmailStop.patient_id).where(
            EmailStop.account_id == account_id, EmailStop.undone_at.is_(None)
        )
    )
    return {(kind, patient_id) for kind, patient_id in found}


def is_off(account_id: int, kind: str, patient_id: int) -> bool:
    """Whether the account has turned this kind off where it is about this patient."""
    off = live(account_id)
    return any((one, whose) in off for one in (kind, EVERY) for whose in (None, patient_id))


def own_proofs(account_id: int, kinds: Collection[str], patient_ids: Collection[int] = ()) -> list[Proof]:
    """What the account turned off of these kinds, the latest first: for all, and for these patients.

    Of others it says nothing.
    """
    rows = session().scalars(
        select(EmailStop)
        .where(
            EmailStop.account_id == account_id,
            EmailStop.message.in_(kinds),
            or_(EmailStop.patient_id.is_(None), EmailStop.patient_id.in_(patient_ids)),
        )
        .order_by(EmailStop.stopped_at.desc(), EmailStop.id.desc())
    )
    return [_proof(row) for row in rows]


def proofs_about(patient_id: int, kinds: Collection[str]) -> list[Proof]:
    """For the care team: what those close to a patient turned off of these kinds, for all or for this patient."""
    rows = session().execute(
        select(EmailStop, RelatedPerson.name)
        .join(Relative, Relative.account_id == EmailStop.account_id)
        .join(RelatedPerson, RelatedPerson.relative_id == Relative.id)
        .where(
            RelatedPerson.patient_id == patient_id,
            EmailStop.message.in_(kinds),
            or_(EmailStop.patient_id.is_(None), EmailStop.patient_id == patient_id),
        )
        .order_by(EmailStop.stopped_at.desc(), EmailStop.id.desc())
    )
    return [_proof(row, name) for row, name in rows]


def _proof(row: EmailStop, name: str = "") -> Proof:
    return Proof(name, row.message, row.patient_id, row.stopped_at, row.how, row.undone_at)


# Acts


def stop(account_id: int, kind: str, *, how: StopHow, patient_id: int | None = None) -> None:
    """Turn a kind of email off, for one patient or for all; twice is once."""
    if (kind, patient_id) in live(account_id):
        return
    row = EmailStop(account_id=account_id, patient_id=patient_id, message=kind, stopped_at=clock.now(), how=how)
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:  # another press of the same link was faster
        return


def undo(account_id: int, kind: str, *, patient_id: int | None = None) -> None:
    """Let a kind of email come again. The row stays, as the proof of what was asked for until now."""
    for row in session().scalars(
        select(EmailStop).where(
            EmailStop.account_id == account_id,
            EmailStop.message == kind,
            EmailStop.patient_id.is_not_distinct_from(patient_id),
            EmailStop.undone_at.is_(None),
        )
    ):
        row.undone_at = clock.now()
