"""How the people become rows: each way of being born, signing, booking, looking."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from typing import Any

from flask_security import hash_password
from sqlalchemy.orm import Session

from portal.cast.people import PASSWORD, ZONE, Person
from portal.consent.scopes import Scope, with_details
from portal.models import (
    Account,
    Act,
    Appointment,
    AppointmentParticipant,
    Consent,
    ConsentScope,
    EmailLevel,
    FamilyUpdate,
    Frequency,
    Hold,
    Kind,
    Patient,
    RecordEntry,
    RelatedPerson,
    Relative,
    ScheduleEntry,
    Series,
    SessionType,
    StaffMember,
    StaffRole,
    Timetable,
)

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EVERYTHING = tuple(Scope)
HOW_TO_STOP = "You can stop at any time: here, by phone or in writing. What was already shared cannot be pulled back."


@cache
def _sealed_password() -> str:
    """The one password of them all; to make it takes long on purpose, so it is made once."""
    return str(hash_password(PASSWORD))


class Cast:
    """The people as rows of one session, at one moment."""

    def __init__(self, session: Session, now: dt.datetime) -> None:
        self.session = session
        self.now = now
        self.today = now.astimezone(ZONE).date()
        self._password = _sealed_password()
        self.patients: dict[str, Patient] = {}
        self.relatives: dict[str, Relative] = {}
        self.staff: dict[str, StaffMember] = {}

    # How somebody is born

    def account(self, person: Person, **more: object) -> Account:
        account = Account(email=person.email, password=self._password, language=person.language, **more)
        self.session.add(account)
        return account

    def patient(self, person: Person, *, age: int = 44, **more: Any) -> Patient:
        birth_date = self.today.replace(year=self.today.year - age, month=1, day=5)
        patient = Patient(
            account=self.account(person) if person.email else None,
            given_name=person.given_name,
            family_name=person.family_name,
            birth_date=birth_date,
            adult_on=birth_date.replace(year=birth_date.year + 18),
            language=person.language,
            **more,
        )
        self.session.add(patient)
        self.session.flush()
        self.patients[person.given_name] = patient
        return patient

    def relative(self, person: Person, **more: object) -> Relative:
        relative = Relative(
            account=self.account(person, **more), given_name=person.given_name, family_name=person.family_name
        )
        self.session.add(relative)
        self.session.flush()
        self.relatives[person.given_name] = relative
        return relative

    def staff_member(self, person: Person, roles: list[StaffRole]) -> StaffMember:
        member = StaffMember(account=self.account(person), name=person.name, staff_roles=[str(role) for role in roles])
        self.session.add(member)
        self.session.flush()
        self.staff[person.given_name] = member
        return member

    def related(self, patient: Patient, relative: Relative, relation: str, **more: object) -> RelatedPerson:
        facts: dict[str, object] = {
            "name": relative.name,
            "email": relative.account.email,
            "relation": relation,
            "known_as": patient.given_name,
            "accepted_at": self.now - dt.timedelta(days=6),
        }
        person = RelatedPerson(patient_id=patient.id, relative_id=relative.id, **(facts | more))
        self.session.add(person)
        self.session.flush()
        return person

    def consent(self, person: RelatedPerson, scopes: tuple[Scope, ...], **more: object) -> Consent:
        """A complete consent, signed a week ago and good for 81 days, unless `more` says otherwise."""
        patient = self.session.get_one(Patient, person.patient_id)
        signed_at = self.now - dt.timedelta(days=7)
        facts: dict[str, object] = {
            "discloser": "Riverbend Recovery Services LLC",
            "purpose": "So they can support me",
            "how_to_stop": HOW_TO_STOP,
            "signer_name": patient.name,
            "signed_at": signed_at,
            "signed_on": signed_at.astimezone(ZONE).date(),
            "starts_at": signed_at,
            "ends_on": self.today + dt.timedelta(days=81),
            "email_level": EmailLevel.NOTICE,
            "text_shown": f"Signed by {patient.name} for {person.name}.",
            "text_version": "1",
        }
        facts |= more
        facts.setdefault("ends_at", self.instant(facts["ends_on"], 1))  # type: ignore[arg-type]
        facts["text_hash"] = hashlib.sha256(str(facts["text_shown"]).encode()).hexdigest()
        consent = Consent(
            patient_id=person.patient_id,
            related_person=person,
            scopes=[ConsentScope(scope=scope) for scope in with_details(scopes)],
            **facts,
        )
        self.session.add(consent)
        self.session.flush()
        return consent

    def series(
        self,
        timetable: Timetable,
        session_type: SessionType,
        wall: str,
        minutes: int,
        place: str,
        *,
        on: tuple[int, ...],
        leader_id: int | None = None,
    ) -> Series:
        """A series of eight weeks, all written down, on the weekdays that are so many days from today."""
        series = Series(
            uid=f"{timetable.name}-{session_type}@cast",
            timetable=timetable,
            type=session_type,
            starts_on=self.today + dt.timedelta(days=on[0]),
            wall_time=dt.time.fromisoformat(wall),
            minutes=minutes,
            zone=ZONE.key,
            frequency=Frequency.WEEKLY,
            by_day=",".join(WEEKDAYS[(self.today.weekday() + days) % 7] for days in on),
            until=self.today + dt.timedelta(weeks=8, days=-1),
            place=place,
            leader_id=leader_id,
            published_at=self.now - dt.timedelta(days=30),
        )
        self.session.add(series)
        return series

    def session_on(
        self, timetable: Timetable, day: dt.date, wall: str, hours: float, kind: Kind, place: str, **more: object
    ) -> ScheduleEntry:
        starts_at = dt.datetime.combine(day, dt.time.fromisoformat(wall), ZONE)
        entry = ScheduleEntry(
            timetable=timetable,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=hours),
            kind=kind,
            place=place,
            **more,
        )
        self.session.add(entry)
        return entry

    def update(
        self, patient: Patient, scope: Scope | None, title: str, text: str, ago: dt.timedelta, by: str
    ) -> FamilyUpdate:
        update = FamilyUpdate(
            patient_id=patient.id,
            author_id=self.staff[by].id,
            scope=scope,
            title=title,
            text=text,
            published_at=self.now - ago,
        )
        self.session.add(update)
        self.session.flush()
        return update

    def appointment(
        self, patient: Patient, therapist: str, with_: list[Relative], day: dt.date, wall: str, **more: object
    ) -> Appointment:
        starts_at = dt.datetime.combine(day, dt.time.fromisoformat(wall), ZONE)
        ends_at = starts_at + dt.timedelta(minutes=50)
        appointment = Appointment(
            patient_id=patient.id,
            staff_id=self.staff[therapist].id,
            starts_at=starts_at,
            ends_at=ends_at,
            busy_until=ends_at + dt.timedelta(minutes=10),
            **more,
        )
        appointment.participants = [AppointmentParticipant(relative_id=relative.id) for relative in with_]
        self.session.add(appointment)
        self.session.flush()
        return appointment

    def hold(self, patient: Patient, person: RelatedPerson | None, kind: str, reason: str) -> None:
        """What stands behind an `on_hold_since` of a day ago."""
        self.session.add(
            Hold(
                patient_id=patient.id,
                related_person_id=person.id if person else None,
                kind=kind,
                reason=reason,
                placed_at=self.now - dt.timedelta(days=1),
                placed_by_id=self.staff["Ruth"].id,
            )
        )

    def look(self, person: RelatedPerson, what: str, ago: dt.timedelta, **more: object) -> None:
        relative = self.session.get_one(Relative, person.relative_id)
        self.session.add(
            RecordEntry(
                at=self.now - ago,
                act=Act.LOOKED,
                door="family",
                account_id=relative.account_id,
                patient_id=person.patient_id,
                related_person_id=person.id,
                what=what,
                notice_shown=True,
                **more,
            )
        )

    def instant(self, day: dt.date, days_later: int = 0) -> dt.datetime:
        """Midnight at the clinic."""
        return dt.datetime.combine(day + dt.timedelta(days=days_later), dt.time(), ZONE).astimezone(dt.UTC)
