"""Those who see nothing: one for every way of having no consent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from portal.cast.families import in_week
from portal.cast.people import Person
from portal.cast.rows import EVERYTHING, Cast
from portal.consent.scopes import Scope
from portal.models import HowSigned, Patient, RelatedPerson, TimetableMember


@dataclass(frozen=True)
class Stranger:
    """Somebody without a live consent, and the one condition of the rule that they fail."""

    person: Person
    way: str
    fails: str | None = None


def _stranger(name: str, way: str, fails: str | None = None) -> Stranger:
    return Stranger(Person(f"{name.lower()}@strangers.example", name, "Vale", way), way, fails)


NEVER_LINKED = _stranger("Nell", "never linked")
ASKED = _stranger("Asa", "asked")
DECLINED = _stranger("Dell", "declined")
NOT_ACCEPTED = _stranger("Ivy", "invited but not accepted", "accepted")
NOT_BEGUN = _stranger("Bea", "not yet begun", "started")
OTHER_SCOPE = _stranger("Theo", "other scope only")
NARROWED = _stranger("Nora", "narrowed", "scope still on")
PAUSED = _stranger("Pilar", "paused", "not paused")
STOPPED = _stranger("Max", "stopped", "not stopped")
ENDED = _stranger("Lena", "ended by date", "not past its end")
LEFT = _stranger("Lou", "left the program", "not ended by leaving the program")
ON_HOLD = _stranger("Hal", "on hold", "not on hold")
OTHERS_RELATIVE = _stranger("Ora", "other patient's relative")
UNSIGNED = _stranger("Una", "signs in the future", "signed")
INCOMPLETE = _stranger("Ina", "form without a purpose", "complete")
MINOR_ALONE = _stranger("Mina", "minor signed without a parent", "signed by whom the law asks")
OF_AGE = _stranger("Ozzy", "parent signed, then the patient came of age", "signed by whom the law asks")
UNVERIFIED = _stranger("Vera", "paper form that nobody checked", "checked by a second person")
INVALID = _stranger("Inez", "marked invalid", "not marked invalid")
ENDED_SOONER = _stranger("Enzo", "ended sooner than signed", "not past its end")
NO_AUTHORITY = _stranger("Rex", "signed for the patient by nobody knows what right", "signed by whom the law asks")
PATIENT_ON_HOLD = _stranger("Holly", "the patient is on hold", "not on hold")

STRANGERS = (
    NEVER_LINKED, ASKED, DECLINED, NOT_ACCEPTED, NOT_BEGUN, OTHER_SCOPE, NARROWED, PAUSED, STOPPED, ENDED, LEFT,
    ON_HOLD, OTHERS_RELATIVE, UNSIGNED, INCOMPLETE, MINOR_ALONE, OF_AGE, PATIENT_ON_HOLD, UNVERIFIED, INVALID,
    ENDED_SOONER, NO_AUTHORITY,
)  # fmt: skip
# Those of whom not one thing is shared; Theo may read leaving plans and Ora belongs to somebody else.
SEES_NOTHING = tuple(one for one in STRANGERS if one not in (OTHER_SCOPE, OTHERS_RELATIVE))


def strangers(cast: Cast) -> dict[str, Patient]:
    """Add one person for each way of having no consent; returns the patient each of them longs to see."""
    now, day = cast.now, dt.timedelta(days=1)
    sam = cast.patients["Sam"]
    longed_for: dict[str, Patient] = {one.way: sam for one in STRANGERS}

    def somebody_else(name: str, age: int = 30, **more: object) -> Patient:
        person = Person("", name, "Hale", "")
        patient = cast.patient(person, age=age, program_id=sam.program_id, **(in_week(cast, 4) | more))
        cast.session.add(TimetableMember(patient_id=patient.id, timetable_id=_table_of(cast, sam)))
        return patient

    def met(one: Stranger, patient: Patient = sam, **more: object) -> RelatedPerson:
        longed_for[one.way] = patient
        return cast.related(patient, cast.relative(one.person), "A friend", **more)

    cast.relative(NEVER_LINKED.person)
    met(ASKED, accepted_at=None, asked_at=now - day)
    met(DECLINED, accepted_at=None, asked_at=now - 9 * day, declined_at=now - 8 * day)
    cast.consent(met(NOT_ACCEPTED, accepted_at=None), EVERYTHING)
    cast.consent(met(NOT_BEGUN), EVERYTHING, starts_at=now + day)
    cast.consent(met(OTHER_SCOPE), (Scope.LEAVE,))
    for row in cast.consent(met(NARROWED), EVERYTHING).scopes:
        row.off_at = now - day
    cast.consent(met(PAUSED, somebody_else("Quinn", paused_at=now - day)), EVERYTHING)
    cast.consent(met(STOPPED), EVERYTHING, stopped_at=now - day, stopped_how="here")
    cast.consent(met(ENDED), EVERYTHING, ends_on=cast.today - day)
    cast.consent(met(LEFT, somebody_else("Gil", discharged_at=now - day)), EVERYTHING, ends_with_program=True)
    held = met(ON_HOLD, on_hold_since=now - day)
    cast.consent(held, EVERYTHING)
    cast.hold(sam, held, "privacy", "We are checking a letter from a court.")
    cast.consent(met(OTHERS_RELATIVE, somebody_else("Uma")), EVERYTHING)
    longed_for[OTHERS_RELATIVE.way] = sam
    cast.consent(met(UNSIGNED), EVERYTHING, signed_at=now + day)
    cast.consent(met(INCOMPLETE), EVERYTHING, purpose="")
    cast.consent(met(MINOR_ALONE, somebody_else("Kit", age=15)), EVERYTHING)
    cast.consent(met(OF_AGE, somebody_else("Ash", age=18)), EVERYTHING, parent_signer_name="Ozzy Vale")
    cast.consent(met(UNVERIFIED), EVERYTHING, how_signed=HowSigned.PAPER)
    cast.consent(met(INVALID), EVERYTHING, invalid_since=now - day)
    cast.consent(
        met(ENDED_SOONER), EVERYTHING, ends_sooner_on=cast.today - day, ends_sooner_at=cast.instant(cast.today)
    )
    cast.consent(met(NO_AUTHORITY), EVERYTHING, representative_authority="")
    wren = somebody_else("Wren", on_hold_since=now - day)
    cast.consent(met(PATIENT_ON_HOLD, wren), EVERYTHING)
    cast.hold(wren, None, "incapacitated", "In intensive care since Sunday.")
    cast.session.flush()
    return longed_for


def _table_of(cast: Cast, patient: Patient) -> int:
    return cast.session.scalars(
        select(TimetableMember.timetable_id).where(TimetableMember.patient_id == patient.id)
    ).one()
