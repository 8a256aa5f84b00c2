"""Updates for later: planned on the clinic's wall clock, published by the clock, told of by the postman."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from portal import clinic, clock
from portal.db import commit, reading, rollback, session, writing
from portal.errors import NotShared, Refused
from portal.models import Act, FamilyUpdate, Patient, StaffMember
from portal.services import audience_seen, updates
from portal.services.consent_steps import lock_patient
from portal.services.schedule import short_name
from portal.services.update_checks import Words, check_words

log = structlog.get_logger()

FURTHEST = dt.timedelta(days=90)
# A pass is not made again for this long: who is told a minute after it can be read is told in time.
LOOK_EVERY = dt.timedelta(minutes=1)

# Rules


def check_moment(day: dt.date | None, time: dt.time | None) -> dt.datetime:
    """The instant of a day and a time on the clinic's wall clock. Raises Refused unless it comes, once, and soon."""
    if day is None:
        raise Refused(_l("Enter the day"), "day")
    if time is None:
        raise Refused(_l("Enter the time"), "time")
    if day > clinic.today() + FURTHEST:
        raise Refused(_l("Choose a day in the next %(days)d days", days=FURTHEST.days), "day")
    first, second = (
        dt.datetime.combine(day, time, clinic.zone()).replace(fold=fold).astimezone(clock.UTC) for fold in (0, 1)
    )
    if first > second:
        raise Refused(_l("The clock is put forward that night, and this time is left out. Choose another"), "time")
    if first < second:
        raise Refused(_l("The clock is put back that night, and this time comes twice. Choose another"), "time")
    if first <= clock.now():
        field = "day" if day < clinic.today() else "time"
        raise Refused(_l("That time is over. Choose a later one, or post it now"), field)
    return first


def check_no_moment(day: dt.date | None, time: dt.time | None) -> None:
    """Raise Refused when what is posted now has a moment beside it: it may have been meant for then."""
    if day is not None or time is not None:
        raise Refused(_l("Choose “On a day and at a time”, or leave the day and the time empty"), "when")


# Acts of the care team


def change(ref: str, *, account_id: int, words: Words, at: dt.datetime) -> FamilyUpdate:
    """Other words, another moment. Nobody has read it, so nothing is kept of what it was. Raises Refused, NotShared."""
    check_words(words)
    update, said = _locked(ref), words.tidied()
    update.title, update.text, update.language = said.title, said.text, said.language
    update.published_at = at
    updates.put_on_record(Act.PLANNED, update, account_id)
    return update


def post_now(ref: str, *, account_id: int, fingerprint: str) -> FamilyUpdate:
    """Post it at once, to those whom the author sees in the list. Raises Refused, and NotShared when it is posted."""
    update = _locked(ref)
    readers = updates.readers_of(update)
    audience_seen.check_list(fingerprint, readers)
    update.published_at, update.awaits_telling = clock.now(), False
    updates.announce(update, readers, account_id)
    return update


def drop(ref: str, *, account_id: int) -> None:
    """Do not post it: withdrawn before its moment, so that it never was published. Raises NotShared."""
    update = _locked(ref)
    update.withdrawn_at, update.awaits_telling = clock.now(), False
    updates.put_on_record(Act.DROPPED, update, account_id)


# What happens by itself


def tell_due() -> int:
    """Tell the readers of every planned update whose moment has come; returns how many updates that were.

    Who reads it, and who gets an email, is found out at this moment. Commits. To be called from a context of its
    own, by as many postmen as there are: the patient is held while one tells, and who comes second finds nothing
    to do. One that cannot be told of stops none of the others, and is tried again the next time.
    """
    with reading():
        due = (
            session()
            .execute(
                select(FamilyUpdate.id, FamilyUpdate.patient_id)
                .where(FamilyUpdate.awaits_telling.is_(True), FamilyUpdate.published_at <= clock.now())
                .order_by(FamilyUpdate.published_at, FamilyUpdate.id)
            )
            .all()
        )
        rollback()
    told = 0
    with writing():
        for update_id, patient_id in due:
            try:
                told += _tell(update_id, patient_id)
                commit()
            except Exception as trouble:
                rollback()
                log.warning("update.not_told", update=update_id, kind=type(trouble).__name__)
    return told


def now_and_then() -> None:
    """`tell_due`, for a postman who comes round every few seconds: most of the time it does nothing."""
    last: dt.datetime | None = current_app.extensions.get("planned_updates_looked_at")
    now = clock.now()
    if last is not None and last <= now < last + LOOK_EVERY:
        return
    tell_due()
    current_app.extensions["planned_updates_looked_at"] = now


def _tell(update_id: int, patient_id: int) -> bool:
    lock_patient(patient_id)
    update = session().scalar(
        select(FamilyUpdate)
        .where(
            FamilyUpdate.id == update_id,
            FamilyUpdate.awaits_telling.is_(True),
            FamilyUpdate.published_at <= clock.now(),
        )
        .execution_options(populate_existing=True)
    )
    if update is None:
        return False
    update.awaits_telling = False
    if update.withdrawn_at is not None:
        return False
    account_id = update.author.account_id if update.author is not None else None
    updates.announce(update, updates.readers_of(update), account_id)
    return True


# Questions


@dataclass(frozen=True)
class Line:
    """One planned update in a list."""

    ref: str
    patient_id: int
    patient_given_name: str
    patient_family_name: str
    scope: str | None
    title: str
    language: str
    at: dt.datetime
    author: str | None

    @property
    def about(self) -> str:
        return short_name(self.patient_given_name, self.patient_family_name)


def planned() -> list[Line]:
    """All that is planned, the next first."""
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
        .where(*_is_planned())
        .order_by(FamilyUpdate.published_at, FamilyUpdate.id)
    )
    return [Line(*row) for row in rows]


def find(ref: str) -> FamilyUpdate:
    """A planned update with its patient and author. Raises NotShared, also once it is posted."""
    update = session().scalar(
        select(FamilyUpdate)
        .options(joinedload(FamilyUpdate.patient), joinedload(FamilyUpdate.author))
        .where(FamilyUpdate.ref == ref, *_is_planned())
        .execution_options(populate_existing=True)
    )
    if update is None:
        raise NotShared
    return update


def _locked(ref: str) -> FamilyUpdate:
    lock_patient(find(ref).patient_id)
    return find(ref)  # again: its moment may have come while we waited


def _is_planned() -> tuple[ColumnElement[bool], ...]:
    return (
        FamilyUpdate.awaits_telling.is_(True),
        FamilyUpdate.withdrawn_at.is_(None),
        FamilyUpdate.published_at > clock.now(),
    )
