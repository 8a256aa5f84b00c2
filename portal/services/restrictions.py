"""Wishes that something be told to nobody, or not to somebody (45 CFR 164.522(a), 42 CFR 2.26), and the answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from portal import clock
from portal.consent import record
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Act, HowAgreementEnded, Patient, RestrictionRequest, StaffMember
from portal.services.consent_rules import check_asked

MOST_LETTERS = 2000
MOST_LETTERS_OF_AN_ANSWER = 300
# The rules name no day by which to answer; this one is ours.
ANSWER_WITHIN = dt.timedelta(days=30)
PAGE = 25


@dataclass(frozen=True)
class Wish:
    """One wish as the privacy office reads it. `is_agreed` is None until it is decided.

    `ended_at` is when the patient asked for the end of what was agreed, or was told of it.
    """

    ref: str
    patient_id: int
    patient_ref: str
    patient_name: str
    wish: str
    asked_at: dt.datetime
    is_agreed: bool | None
    answer: str | None
    decided_at: dt.datetime | None
    decided_by: str | None
    ended_at: dt.datetime | None
    ended_how: str | None
    ended_note: str | None
    ended_by: str | None

    @property
    def is_kept(self) -> bool:
        """Whether we agreed, and still have to keep to it."""
        return bool(self.is_agreed) and self.ended_at is None

    @property
    def due_at(self) -> dt.datetime:
        return self.asked_at + ANSWER_WITHIN

    def is_late(self, now: dt.datetime) -> bool:
        return self.is_agreed is None and self.due_at < now


# Rules


def check_wish(wish: str) -> None:
    """Raise Refused unless the wish is there, in the patient's words."""
    if not wish.strip():
        raise Refused(_l("Write what they ask for, in their words"), "wish")
    if len(wish.strip()) > MOST_LETTERS:
        raise Refused(_l("Make it shorter: at most %(most)d letters", most=MOST_LETTERS), "wish")


def check_answer(agreed: bool | None, answer: str) -> None:
    """Raise Refused unless it says yes or no, and tells the patient what that means."""
    if agreed is None:
        raise Refused(_l("Choose whether we agree"), "agreed")
    if not answer.strip():
        raise Refused(_l("Write the answer. The person in treatment reads it."), "answer")
    if len(answer.strip()) > MOST_LETTERS_OF_AN_ANSWER:
        raise Refused(_l("Make it shorter: at most %(most)d letters", most=MOST_LETTERS_OF_AN_ANSWER), "answer")


def check_ending(how: str, note: str, ended_at: dt.datetime, agreed_at: dt.datetime) -> None:
    """Raise Refused unless it says how the agreement ends, in what words, and not before it began.

    45 CFR 164.522(a)(2): what the patient says aloud counts when it is written down.
    """
    if how not in tuple(HowAgreementEnded):
        raise Refused(_l("Choose how it ends"), "how")
    if not note.strip():
        raise Refused(_l("Write what was said. The person in treatment reads it."), "note")
    if len(note.strip()) > MOST_LETTERS_OF_AN_ANSWER:
        raise Refused(_l("Make it shorter: at most %(most)d letters", most=MOST_LETTERS_OF_AN_ANSWER), "note")
    if ended_at < agreed_at:
        raise Refused(_l("Enter a time after we agreed"), "asked_at")


# Questions


def waiting() -> Sequence[Wish]:
    """Wishes that nobody has answered, the oldest first. One question."""
    return _wishes(RestrictionRequest.decided_at.is_(None))


def decided(*, most: int = PAGE) -> Sequence[Wish]:
    """Wishes that were answered, the latest first. One question."""
    return _wishes(RestrictionRequest.decided_at.is_not(None), newest_first=True, most=most)


def of_patient(patient_id: int) -> Sequence[Wish]:
    """Every wish of one patient, the latest first. One question."""
    return _wishes(RestrictionRequest.patient_id == patient_id, newest_first=True)


def find(ref: str) -> Wish:
    """One wish. Raises NotShared."""
    found = _wishes(RestrictionRequest.ref == ref)
    if not found:
        raise NotShared
    return found[0]


def _wishes(condition: ColumnElement[bool], *, newest_first: bool = False, most: int | None = None) -> list[Wish]:
    moment = RestrictionRequest.decided_at if newest_first else RestrictionRequest.asked_at
    decided_by, ended_by = aliased(StaffMember), aliased(StaffMember)
    rows: Any = session().execute(
        select(RestrictionRequest, Patient, decided_by.name, ended_by.name)
        .join(Patient, Patient.id == RestrictionRequest.patient_id)
        .outerjoin(decided_by, decided_by.id == RestrictionRequest.decided_by_id)
        .outerjoin(ended_by, ended_by.id == RestrictionRequest.ended_by_id)
        .where(condition)
        .order_by(moment.desc().nulls_first() if newest_first else moment, RestrictionRequest.id)
        .limit(most)
    )
    return [
        Wish(
            ref=one.ref,
            patient_id=patient.id,
            patient_ref=patient.ref,
            patient_name=patient.name,
            wish=one.wish,
            asked_at=one.asked_at,
            is_agreed=one.is_agreed,
            answer=one.answer,
            decided_at=one.decided_at,
            decided_by=decider,
            ended_at=one.ended_at,
            ended_how=one.ended_how,
            ended_note=one.ended_note,
            ended_by=ender,
        )
        for one, patient, decider, ender in rows
    ]


# Acts


def write_down(patient_id: int, *, wish: str, asked_at: dt.datetime | None, by: StaffMember) -> RestrictionRequest:
    """Keep a patient's wish in their words. It changes nothing by itself. `asked_at` None: just now. Raises Refused."""
    now = clock.now()
    check_wish(wish)
    check_asked(asked_at, now)
    request = RestrictionRequest(patient_id=patient_id, wish=wish.strip(), asked_at=asked_at or now)
    session().add(request)
    session().flush()
    _record(Act.ASKED, request, by, door="staff")
    return request


def decide(ref: str, *, agreed: bool | None, answer: str, by: StaffMember) -> RestrictionRequest:
    """Answer a wish, once. Raises NotShared, Refused without a yes or no, without words, or when it has an answer."""
    request = _locked(ref)
    if request.decided_at is not None:
        raise Refused(_l("This wish has an answer already. Write down a new wish if they ask again."))
    check_answer(agreed, answer)
    request.is_agreed = agreed
    request.answer = answer.strip()
    request.decided_at = clock.now()
    request.decided_by_id = by.id
    _record(Act.DECIDED, request, by, door="privacy")
    return request


def end(ref: str, *, how: str, note: str, at: dt.datetime | None, by: StaffMember) -> RestrictionRequest:
    """End what was agreed, once: since `at` (None: just now), as the patient said, or as we told them.

    It changes no sharing by itself. Raises NotShared, and Refused when nothing agreed is in force, or a
    word of the documentation is missing.
    """
    now = clock.now()
    request = _locked(ref)
    if not request.is_agreed or request.decided_at is None or request.ended_at is not None:
        raise Refused(_l("There is no agreement in force that could end."))
    check_asked(at, now)
    check_ending(how, note, at or now, request.decided_at)
    request.ended_at = at or now
    request.ended_how = how
    request.ended_note = note.strip()
    request.ended_by_id = by.id
    _record(Act.ENDED, request, by, door="privacy")
    return request


def _locked(ref: str) -> RestrictionRequest:
    request = session().scalar(select(RestrictionRequest).where(RestrictionRequest.ref == ref).with_for_update())
    if request is None:
        raise NotShared
    return request


def _record(act: Act, request: RestrictionRequest, by: StaffMember, *, door: str) -> None:
    record.write(
        act, "restriction", door=door, patient_id=request.patient_id, account_id=by.account_id, thing_id=request.id
    )
