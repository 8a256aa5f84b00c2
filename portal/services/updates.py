"""Post an update about a patient; it tells exactly those who may read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
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
from portal.models import Act, FamilyUpdate, Patient, RecordEntry, RelatedPerson, StaffMember
from portal.services import audience
from portal.services.schedule import short_name

LONGEST_TITLE = 120
MOST_WORDS = 600
# A word longer than this is not a word.
LONGEST_TEXT = MOST_WORDS * 12


# Rules


def check_title(title: str) -> None:
    """Raise Refused unless there is a title short enough for a list."""
    if not title.strip():
        raise Refused(_l("Give it a title"), "title")
    if len(title.strip()) > LONGEST_TITLE:
        raise Refused(_l("Make the title shorter: at most %(most)d letters", most=LONGEST_TITLE), "title")


def check_words(text: str) -> None:
    """Raise Refused unless there is a text that families can read in a few minutes."""
    if not text.strip():
        raise Refused(_l("Write the update"), "text")
    if len(text.split()) > MOST_WORDS or len(text) > LONGEST_TEXT:
        raise Refused(_l("Make it shorter: at most %(most)d words", most=MOST_WORDS), "text")


def check_text(title: str, text: str) -> None:
    """Raise Refused unless title and text both will do."""
    check_title(title)
    check_words(text)


def check_list(seen: str, now: str) -> None:
    """Raise Refused when somebody began or ceased to see it since the author looked at the list."""
    if seen != now:
        raise Refused(_l("The list changed while you were writing. Check it again"), "fingerprint")


# Acts


def post(
    *, author_id: int, account_id: int, patient_id: int, scope: Scope, title: str, text: str, fingerprint: str
) -> FamilyUpdate:
    """Publish an update and queue an email to each reader who gets one.

    `fingerprint` is the audience's as the author saw it. Raises Refused, or NotShared for nobody's patient.
    """
    if scope not in UPDATE_SCOPES:
        raise Refused(_l("Choose what kind of update it is"), "scope")
    check_text(title, text)
    patient = session().scalar(select(Patient).where(Patient.id == patient_id).with_for_update(of=Patient))
    if patient is None:
        raise NotShared
    readers = audience.of_update(patient_id, scope)
    check_list(fingerprint, readers.fingerprint)

    update = FamilyUpdate(
        patient_id=patient_id,
        author_id=author_id,
        scope=scope,
        title=title.strip(),
        text=text.strip(),
        published_at=clock.now(),
    )
    session().add(update)
    session().flush()
    for reader in readers.readers:
        if reader.gets_email:
            outbox.queue("update_posted", to=reader.account_id, patient_id=patient_id, about_id=update.id)
    record.write(Act.POSTED, scope, door="staff", patient_id=patient_id, account_id=account_id, thing_id=update.id)
    return update


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
