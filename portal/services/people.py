"""The people in treatment as the care team finds and lists them."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import joinedload

from portal import clinic, clock
from portal.consent import record
from portal.consent.live import LIVE, joined
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import (
    Patient,
    Program,
    RelatedPerson,
)
from portal.services import needs

PAGE = 25
FEWEST_LETTERS = 2


class Show(StrEnum):
    """Which of the people to list."""

    EVERYONE = "everyone"
    SHARING = "sharing"
    PAUSED = "paused"
    ENDING = "ending"
    UNUSABLE = "unusable"
    PAPER = "paper"
    TALK = "talk"


@dataclass(frozen=True)
class PatientLine:
    """One person in treatment in a list. `shares_with` counts relatives who can see something now."""

    id: int
    ref: str
    given_name: str
    family_name: str
    program: str
    week: int | None
    weeks: int | None
    shares_with: int
    is_paused: bool
    has_left: bool

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


# Rules


def check_search(words: str) -> None:
    """Raise Refused unless there is enough of a name to look for."""
    if len(words.strip()) < FEWEST_LETTERS:
        raise Refused(_l("Type %(fewest)d or more letters of the name", fewest=FEWEST_LETTERS), "name")


# Questions


def find(ref: str) -> Patient:
    """A person in treatment, with their program. Raises NotShared."""
    patient = session().scalar(
        select(Patient).options(joinedload(Patient.program), joinedload(Patient.account)).where(Patient.ref == ref)
    )
    if patient is None:
        raise NotShared
    return patient


def with_id(patient_id: int) -> Patient:
    """The person in treatment with this number."""
    return session().get_one(Patient, patient_id)


def related_to(patient: Patient, ref: str) -> RelatedPerson:
    """Someone the patient named. Raises NotShared, also for another patient's."""
    person = session().scalar(
        select(RelatedPerson).where(RelatedPerson.ref == ref, RelatedPerson.patient_id == patient.id)
    )
    if person is None:
        raise NotShared
    return person


def in_treatment() -> list[tuple[str, str]]:
    """Ref and name of everybody in treatment now, by family name: to choose one from."""
    rows = session().execute(
        select(Patient.ref, Patient.given_name, Patient.family_name)
        .where(or_(Patient.discharged_at.is_(None), Patient.discharged_at > clock.now()))
        .order_by(*_BY_NAME)
    )
    return [(ref, f"{given_name} {family_name}".strip()) for ref, given_name, family_name in rows]


def listed(show: Show = Show.EVERYONE, *, offset: int = 0) -> list[PatientLine]:
    """A page of people by family name. Two questions, however many people."""
    rows = session().execute(_lines().where(*_which(show)).order_by(*_BY_NAME).offset(offset).limit(PAGE))
    return _with_sharing(rows.all())


def how_many(show: Show = Show.EVERYONE) -> int:
    """How many people there are to list."""
    return session().scalar(select(func.count(Patient.id)).where(*_which(show))) or 0


def search(words: str) -> list[PatientLine]:
    """People whose name holds all of the words, whatever their accents and case; at most 25. Raises Refused."""
    check_search(words)
    wanted = _plain(words).split()
    names = session().execute(select(Patient.id, Patient.given_name, Patient.family_name).order_by(*_BY_NAME))
    found = [
        patient_id
        for patient_id, given_name, family_name in names
        if all(word in _plain(f"{given_name} {family_name}") for word in wanted)
    ]
    rows = session().execute(_lines().where(Patient.id.in_(found[:PAGE])).order_by(*_BY_NAME))
    return _with_sharing(rows.all())


def put_on_record(lines: Sequence[PatientLine]) -> None:
    """Note that these names were shown in a list."""
    for line in lines:
        record.look_at(line.id, "people")


# Steps of the questions

_BY_NAME = (func.lower(Patient.family_name), func.lower(Patient.given_name), Patient.id)


def _lines() -> Any:
    return select(
        Patient.id,
        Patient.ref,
        Patient.given_name,
        Patient.family_name,
        Patient.started_on,
        Patient.paused_at,
        Patient.discharged_at,
        Program.name.label("program"),
        Program.weeks,
    ).outerjoin(Program, Program.id == Patient.program_id)


def _which(show: Show) -> tuple[ColumnElement[bool], ...]:
    sharing = joined(RelatedPerson.patient_id).where(LIVE, RelatedPerson.relative_id.is_not(None))
    here = Patient.discharged_at.is_(None)
    return {
        Show.EVERYONE: (),
        Show.SHARING: (Patient.id.in_(sharing),),
        Show.PAUSED: (Patient.paused_at.is_not(None), here),
        Show.ENDING: (Patient.id.in_(needs.ending(RelatedPerson.patient_id)),),
        Show.UNUSABLE: (Patient.id.in_(needs.unusable(RelatedPerson.patient_id)),),
        Show.PAPER: (Patient.id.in_(needs.on_paper(Patient.id)),),
        Show.TALK: (Patient.id.in_(needs.wanting_to_talk()),),
    }[show]


def _with_sharing(rows: Sequence[Row[Any]]) -> list[PatientLine]:
    counted: Any = session().execute(
        joined(RelatedPerson.patient_id, func.count(func.distinct(RelatedPerson.id)))
        .where(
            and_(LIVE, RelatedPerson.relative_id.is_not(None)),
            RelatedPerson.patient_id.in_([row.id for row in rows]),
        )
        .group_by(RelatedPerson.patient_id)
    )
    counts = dict(counted.all())
    return [
        PatientLine(
            id=row.id,
            ref=row.ref,
            given_name=row.given_name,
            family_name=row.family_name,
            program=row.program or "",
            week=week_of(row.started_on, row.weeks),
            weeks=row.weeks,
            shares_with=counts.get(row.id, 0),
            is_paused=row.paused_at is not None,
            has_left=row.discharged_at is not None and row.discharged_at <= clock.now(),
        )
        for row in rows
    ]


def week_of(started_on: dt.date | None, weeks: int | None) -> int | None:
    """Which planned week this is, from 1; None before the first, after the last, or where none are planned."""
    if started_on is None or weeks is None:
        return None
    week = (clinic.today() - started_on).days // 7 + 1
    return week if 1 <= week <= weeks else None


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
