"""Post an update about one patient or several; it tells exactly those who may read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.consent import record
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared, Refused
from portal.models import Act, FamilyUpdate, OutgoingEmail, Patient, RecordEntry, RelatedPerson, StaffMember
from portal.services import audience, audience_seen, update_names
from portal.services.audience import Audience
from portal.services.consent_steps import lock_patient
from portal.services.schedule import short_name
from portal.services.update_checks import Words, check_how_many, check_words

# Acts


def post(
    *, author_id: int, account_id: int, patient_ids: Collection[int], scope: Scope, words: Words, fingerprint: str,
    at: dt.datetime | None = None,
) -> list[FamilyUpdate]:  # fmt: skip
    """Publish an update about each of these patients and queue an email to each reader who gets one.

    With `at`, a moment to come, it is planned: nobody sees it before, and who is told is found out then.
    `fingerprint` is of the lists as the author saw them. Raises Refused, or NotShared for nobody's patient.
    """
    if scope not in UPDATE_SCOPES:
        raise Refused(_l("Choose what kind of update it is"), "scope")
    check_words(words)
    check_how_many(len(set(patient_ids)))
    patients = [lock_patient(patient_id) for patient_id in sorted(set(patient_ids))]
    update_names.check_left_out(patients, words)
    readers = [audience.of_update(patient.id, scope) for patient in patients]
    audience_seen.check_list(fingerprint, readers)

    said = words.tidied()
    written = [
        FamilyUpdate(
            patient_id=patient.id,
            author_id=author_id,
            scope=scope,
            title=said.title,
            text=said.text,
            language=said.language,
            published_at=at or clock.now(),
            awaits_telling=at is not None,
        )
        for patient in patients
    ]
    session().add_all(written)
    session().flush()
    for update, those in zip(written, readers, strict=True):
        if at is None:
            announce(update, [those], account_id)
        else:
            put_on_record(Act.PLANNED, update, account_id)
    return written


def announce(update: FamilyUpdate, readers: Sequence[Audience], account_id: int | None) -> None:
    """It is posted: queue one email to each reader who gets one, and put it on record."""
    tell(update, readers)
    put_on_record(Act.POSTED, update, account_id)


def tell(update: FamilyUpdate, readers: Sequence[Audience]) -> None:
    """Queue one email to each reader who gets one; not to who has one coming already."""
    waiting = set(
        session().scalars(
            select(OutgoingEmail.account_id).where(
                OutgoingEmail.message == "update_posted",
                OutgoingEmail.about_id == update.id,
                OutgoingEmail.ended_at.is_(None),
            )
        )
    )
    for reader in (reader for one in readers for reader in one.readers):
        if reader.gets_email and reader.account_id not in waiting:
            outbox.queue("update_posted", to=reader.account_id, patient_id=update.patient_id, about_id=update.id)


def put_on_record(act: Act, update: FamilyUpdate, account_id: int | None) -> None:
    """Who did what with an update, in the transaction that does it."""
    what = update.scope or "updates"
    record.write(act, what, door="staff", patient_id=update.patient_id, account_id=account_id, thing_id=update.id)


# Questions of the care team


@dataclass(frozen=True)
class Line:
    """One posted update in a list, without its text."""

    ref: str
    patient_id: int
    patient_given_name: str
    patient_family_name: str
    scope: str | None
    title: str
    language: str
    published_at: dt.datetime
    author: str | None

    @property
    def about(self) -> str:
        return short_name(self.patient_given_name, self.patient_family_name)


@dataclass(frozen=True)
class SeenBy:
    """A relative who opened an update, when they last did, and how often."""

    name: str
    last_at: dt.datetime
    times: int


def posted(*, offset: int = 0, most: int = 25, patient_id: int | None = None) -> list[Line]:
    """Posted updates, newest first; of one patient or of all."""
    rows = session().execute(
        select(
            FamilyUpdate.ref,
            FamilyUpdate.patient_id,
            Patient.given_name,
            Patient.family_name,
            FamilyUpdate.scope,
            FamilyUpdate.title,
            FamilyUpdate.language,
            FamilyUpdate.published_at,
            StaffMember.name,
        )
        .join(Patient, Patient.id == FamilyUpdate.patient_id)
        .outerjoin(StaffMember, StaffMember.id == FamilyUpdate.author_id)
        .where(*_not_withdrawn(patient_id))
        .order_by(FamilyUpdate.published_at.desc(), FamilyUpdate.id.desc())
        .offset(offset)
        .limit(most)
    )
    return [Line(*row) for row in rows]


def how_many(patient_id: int | None = None) -> int:
    """How many updates are posted about one patient, or about all."""
    return session().scalar(select(func.count(FamilyUpdate.id)).where(*_not_withdrawn(patient_id))) or 0


def find(ref: str) -> FamilyUpdate:
    """A posted update with its patient and author. Raises NotShared."""
    update = session().scalar(
        select(FamilyUpdate)
        .options(joinedload(FamilyUpdate.patient), joinedload(FamilyUpdate.author))
        .where(FamilyUpdate.ref == ref, *_not_withdrawn(None))
    )
    if update is None:
        raise NotShared
    return update


def readers_of(update: FamilyUpdate) -> list[Audience]:
    """Who sees an update now; nobody ever does when it came without a kind."""
    if update.scope not in UPDATE_SCOPES:
        return []
    return [audience.of_update(update.patient_id, Scope(update.scope))]


def seen_by(update: FamilyUpdate) -> Sequence[SeenBy]:
    """The relatives who opened it, in the order in which they last did."""
    rows = session().execute(
        select(RelatedPerson.name, func.max(RecordEntry.at).label("last_at"), func.count(RecordEntry.id))
        .join(RelatedPerson, RelatedPerson.id == RecordEntry.related_person_id)
        .where(
            RecordEntry.patient_id == update.patient_id,
            RecordEntry.act == Act.LOOKED,
            RecordEntry.what == update.scope,
            RecordEntry.thing_id == update.id,
        )
        .group_by(RelatedPerson.id, RelatedPerson.name)
        .order_by(func.max(RecordEntry.at).desc())
    )
    return [SeenBy(*row) for row in rows]


def _not_withdrawn(patient_id: int | None) -> list[ColumnElement[bool]]:
    whose = [] if patient_id is None else [FamilyUpdate.patient_id == patient_id]
    return [FamilyUpdate.withdrawn_at.is_(None), FamilyUpdate.published_at <= clock.now(), *whose]
