"""The record as the privacy office reads it: who did what, about whom, when, under which consent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from portal.consent import record
from portal.db import session
from portal.models import (
    Account,
    Act,
    Consent,
    FamilyUpdate,
    Patient,
    RecordEntry,
    RelatedPerson,
    Relative,
    StaffMember,
)

# What reading the record is called in the record.
READING = "activity"
PAGE = 50


@dataclass(frozen=True)
class Entry:
    """One line: what happened, who did it and about whom. Names are empty where nobody is meant.

    `because` is why an update was withdrawn, in the words of who did that.
    """

    at: dt.datetime
    act: str
    what: str
    door: str
    who: str
    who_ref: str
    about: str
    about_ref: str
    about_id: int | None
    relative: str
    consent_signed_on: dt.date | None
    notice_shown: bool
    because: str = ""


@dataclass(frozen=True)
class Search:
    """What to look for; empty means any. `who` and `about` are the refs of an account and of a patient."""

    who: str = ""
    about: str = ""
    act: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.who or self.about or self.act)


def find(search: Search, *, offset: int = 0) -> list[Entry]:
    """A page of the record, newest first. One question; what it shows is itself put on record."""
    as_patient = aliased(Patient)
    rows: Any = session().execute(
        select(
            RecordEntry,
            Account.ref,
            StaffMember.name,
            Relative.given_name,
            Relative.family_name,
            as_patient.given_name,
            as_patient.family_name,
            Patient.given_name,
            Patient.family_name,
            Patient.ref,
            RelatedPerson.name,
            Consent.signed_on,
            FamilyUpdate.withdrawn_because,
        )
        .outerjoin(Account, Account.id == RecordEntry.account_id)
        .outerjoin(StaffMember, StaffMember.account_id == Account.id)
        .outerjoin(Relative, Relative.account_id == Account.id)
        .outerjoin(as_patient, as_patient.account_id == Account.id)
        .outerjoin(Patient, Patient.id == RecordEntry.patient_id)
        .outerjoin(RelatedPerson, RelatedPerson.id == RecordEntry.related_person_id)
        .outerjoin(Consent, Consent.id == RecordEntry.consent_id)
        .outerjoin(FamilyUpdate, and_(RecordEntry.act == Act.WITHDREW, FamilyUpdate.id == RecordEntry.thing_id))
        .where(*_matches(search))
        .order_by(RecordEntry.at.desc(), RecordEntry.id.desc())
        .offset(offset)
        .limit(PAGE)
    )
    entries = [_entry(*row) for row in rows]
    for entry in entries:
        if entry.about_id is not None:
            record.look_at(entry.about_id, READING)
    return entries


def how_many(search: Search) -> int:
    """How many lines match."""
    return (
        session().scalar(
            select(func.count(RecordEntry.id))
            .outerjoin(Account, Account.id == RecordEntry.account_id)
            .outerjoin(Patient, Patient.id == RecordEntry.patient_id)
            .where(*_matches(search))
        )
        or 0
    )


def people_who_work_here() -> list[tuple[str, str]]:
    """Account ref and name of everybody on the staff, by name."""
    rows = session().execute(
        select(Account.ref, StaffMember.name)
        .join(StaffMember, StaffMember.account_id == Account.id)
        .order_by(StaffMember.name)
    )
    return [(ref, name) for ref, name in rows]


def _matches(search: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search.who:
        conditions.append(Account.ref == search.who)
    else:
        conditions.append(RecordEntry.what != READING)
    if search.about:
        conditions.append(Patient.ref == search.about)
    if search.act:
        conditions.append(RecordEntry.act == search.act)
    return conditions


def _entry(
    line: RecordEntry, who_ref: str | None, staff: str | None, relative_given: str | None, relative_family: str | None,
    patient_given: str | None, patient_family: str | None, about_given: str | None, about_family: str | None,
    about_ref: str | None, relative: str | None, signed_on: dt.date | None, because: str | None,
) -> Entry:  # fmt: skip
    # An account may be a patient and a relative; the door says as whom they came.
    as_relative, as_patient = _name(relative_given, relative_family), _name(patient_given, patient_family)
    who = staff or (as_patient or as_relative if line.door == "patient" else as_relative or as_patient)
    if line.act in (Act.SENT, Act.WITHHELD):
        who, who_ref = "", None  # the postman did it; the account is the recipient's
    return Entry(
        at=line.at,
        act=line.act,
        what=line.what,
        door=line.door,
        who=who,
        who_ref=who_ref or "",
        about=_name(about_given, about_family),
        about_ref=about_ref or "",
        about_id=line.patient_id,
        relative=relative or "",
        consent_signed_on=signed_on,
        notice_shown=line.notice_shown,
        because=because or "",
    )


def _name(given_name: str | None, family_name: str | None) -> str:
    return f"{given_name or ''} {family_name or ''}".strip()
