"""The families of the demo: who is close to whom, what they signed, booked, wrote and read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from portal.cast.house import a_class, free_hours, programs, the_clinic
from portal.cast.people import ALEX, DANA, JO, JOEL, MAYA, OTHERS_IN_TREATMENT, PAT, ROBIN, ROSA, SAM, STAFF
from portal.cast.rows import Cast
from portal.consent.scopes import Scope
from portal.models import (
    Act,
    CareTeamMember,
    HowSigned,
    Patient,
    RecordEntry,
    RelatedPerson,
    Timetable,
    TimetableMember,
)


def gather(session: Session, now: dt.datetime) -> Cast:
    """Everybody of the demo, with their sessions, bookings, updates and looks."""
    cast = Cast(session, now)
    the_clinic(cast)
    for person, roles in STAFF.items():
        cast.staff_member(person, roles)
    free_hours(cast)
    a_class(cast)
    evening_a, evening_b = programs(cast)
    _sam_and_his_family(cast, evening_a)
    _robin(cast, evening_b)
    _maya_and_rosa(cast, evening_b)
    others = _everybody_else(cast, evening_a, evening_b)
    _joel_can_be_invited(cast, others["Grace Abara"])
    session.flush()
    return cast


def in_week(cast: Cast, week: int) -> dict[str, Any]:
    started_on = cast.today - dt.timedelta(days=cast.today.weekday() + 7 * (week - 1))
    return {"started_on": started_on, "planned_end_on": started_on + dt.timedelta(weeks=12, days=-3)}


def _sam_and_his_family(cast: Cast, table: Timetable) -> None:
    sam = cast.patient(SAM, program_id=table.program_id, **in_week(cast, 5))
    cast.session.add_all(
        [
            TimetableMember(patient_id=sam.id, timetable_id=table.id),
            CareTeamMember(patient_id=sam.id, staff_id=cast.staff["Ben"].id),
        ]
    )
    dana = cast.related(sam, cast.relative(DANA), "My mom", relationship_code="MTH", colour="pine")
    alex = cast.related(
        sam, cast.relative(ALEX, shares_mailbox=True), "My husband", relationship_code="SPS", colour="dusk"
    )
    cast.related(
        sam,
        cast.relative(JO),
        "My daughter",
        relationship_code="CHILD",
        colour="plum",
        accepted_at=None,
        asked_at=cast.now - dt.timedelta(days=2),
    )
    pat = cast.related(sam, cast.relative(PAT), "My dad", relationship_code="FTH", colour="ochre")

    with_dana = cast.consent(dana, (Scope.TIMES, Scope.FAMILY, Scope.GOING, Scope.PLAN))
    with_alex = cast.consent(
        alex,
        (Scope.TIMES, Scope.FAMILY, Scope.PLAN),
        ends_with_program=True,
        ends_on=cast.today + dt.timedelta(days=110),
    )
    cast.consent(
        pat,
        (Scope.TIMES, Scope.GOING),
        signed_at=cast.now - dt.timedelta(days=40),
        starts_at=cast.now - dt.timedelta(days=40),
        ends_on=cast.today - dt.timedelta(days=1),
    )
    tomorrow = cast.today + dt.timedelta(days=1)
    cast.appointment(sam, "Ben", [cast.relatives["Dana"]], tomorrow, "17:30")
    in_ten_days = cast.today + dt.timedelta(days=10)
    cast.appointment(sam, "Ben", [cast.relatives["Alex"]], in_ten_days, "16:30", mode="in person")

    cast.update(
        sam,
        Scope.PLAN,
        "Group moves to 6:30 once",
        "The second group this week starts at 6:30 PM, in Room 2. It ends at 9:30 PM.\n\nThe week after, it is back "
        "to 6:00 PM.",
        dt.timedelta(days=3),
        "Priya",
    )
    latest = cast.update(
        sam,
        Scope.GOING,
        "What we are working on this week",
        "This week the group is practicing how to ask for help early.\n\nAt home, it can help to ask: “Do you want me "
        "to listen, or to help fix it?” Then wait for the answer.",
        dt.timedelta(minutes=15),
        "Ben",
    )
    cast.session.add(
        RecordEntry(
            at=latest.published_at,
            act=Act.POSTED,
            door="staff",
            account_id=cast.staff["Ben"].account_id,
            patient_id=sam.id,
            what="going",
            thing_id=latest.id,
        )
    )
    cast.look(dana, "times", dt.timedelta(minutes=38), consent_id=with_dana.id)
    cast.look(dana, "times", dt.timedelta(days=3), consent_id=with_dana.id)
    cast.look(alex, "times", dt.timedelta(days=4), consent_id=with_alex.id)


def _robin(cast: Cast, table: Timetable) -> None:
    robin = cast.patient(ROBIN, age=39, program_id=table.program_id, **in_week(cast, 2))
    cast.session.add_all(
        [
            TimetableMember(patient_id=robin.id, timetable_id=table.id),
            CareTeamMember(patient_id=robin.id, staff_id=cast.staff["Lee"].id),
        ]
    )
    dana = cast.related(robin, cast.relatives["Dana"], "My mother", relationship_code="MTH", colour="dusk")
    cast.consent(dana, (Scope.TIMES,))


def _maya_and_rosa(cast: Cast, table: Timetable) -> None:
    maya = cast.patient(MAYA, age=16, program_id=table.program_id, **in_week(cast, 3))
    cast.session.add_all(
        [
            TimetableMember(patient_id=maya.id, timetable_id=table.id),
            CareTeamMember(patient_id=maya.id, staff_id=cast.staff["Lee"].id),
        ]
    )
    rosa = cast.related(maya, cast.relative(ROSA), "My mom", relationship_code="MTH", colour="pine")
    cast.consent(rosa, (Scope.TIMES, Scope.FAMILY), parent_signer_name=ROSA.name)


def _everybody_else(cast: Cast, *tables: Timetable) -> dict[str, Patient]:
    patients = {}
    for n, name in enumerate(OTHERS_IN_TREATMENT):
        given_name, _, family_name = name.partition(" ")
        table = tables[n % 2]
        patient = Patient(
            given_name=given_name, family_name=family_name, program_id=table.program_id, **in_week(cast, n % 12 + 1)
        )
        cast.session.add(patient)
        cast.session.flush()
        cast.session.add(TimetableMember(patient_id=patient.id, timetable_id=table.id))
        patients[name] = patient
    return patients


def _joel_can_be_invited(cast: Cast, grace: Patient) -> None:
    joel = RelatedPerson(
        patient_id=grace.id, name=JOEL.name, email=JOEL.email, relation="My brother", known_as=grace.given_name
    )
    cast.session.add(joel)
    cast.session.flush()
    yesterday = cast.now - dt.timedelta(days=1)
    cast.consent(
        joel,
        (Scope.TIMES, Scope.FAMILY),
        how_signed=HowSigned.PAPER,
        was_alone=True,
        recorded_at=yesterday,
        recorded_by_id=cast.staff["Priya"].id,
        verified_at=yesterday,
        verified_by_id=cast.staff["Ben"].id,
        starts_at=yesterday,
    )
