"""The clinic they come to: its programs, sessions and free hours."""

from __future__ import annotations

import datetime as dt

from portal.cast.people import ZONE
from portal.cast.rows import Cast
from portal.models import (
    Clinic,
    Closure,
    FamilyClass,
    FamilySessionTerms,
    FreeHours,
    Kind,
    Program,
    SessionType,
    Status,
    Timetable,
)

# So many weeks of sessions, and the days from today on that are closed.
WEEKS = 8
CLOSED = (3, 4, 31, 32)


def the_clinic(cast: Cast) -> None:
    cast.session.add(
        Clinic(
            id=1,
            public_name="Riverbend Portal",
            legal_name="Riverbend Recovery Services LLC",
            time_zone=ZONE.key,
            phone="555-0100",
            minor_rule="minor_and_parent",
            majority=18,
        )
    )
    for first, last in zip(CLOSED[::2], CLOSED[1::2], strict=True):
        day = cast.today
        cast.session.add(
            Closure(starts_on=day + dt.timedelta(days=first), ends_on=day + dt.timedelta(days=last), name="Holiday")
        )


def free_hours(cast: Cast) -> None:
    for therapist, modes in (("Ben", ["online", "in person"]), ("Lee", ["in person"])):
        terms = FamilySessionTerms(
            staff_id=cast.staff[therapist].id,
            minutes=50,
            gap_minutes=10,
            notice_hours=24,
            cancel_hours=24,
            horizon_days=28,
            per_day=4,
            per_family_open=2,
            modes=modes,
        )
        for weekday in range(5):
            terms.hours.append(FreeHours(weekday=weekday, from_minute=10 * 60, to_minute=11 * 60))
            terms.hours.append(FreeHours(weekday=weekday, from_minute=16 * 60 + 30, to_minute=20 * 60 + 30))
        cast.session.add(terms)
    cast.session.flush()


def programs(cast: Cast) -> tuple[Timetable, Timetable]:
    tables = []
    for name, wall, room in (("Evening A", "18:00", "Room 1"), ("Evening B", "18:30", "Room 3")):
        program = Program(name=name, weeks=12)
        cast.session.add(program)
        cast.session.flush()
        table = Timetable(name=name, program_id=program.id)
        cast.session.add(table)
        group = cast.series(table, SessionType.GROUP, wall, 180, room, on=(0, 2), leader_id=cast.staff["Ben"].id)
        a_class = cast.series(table, SessionType.CLASS, "10:00", 90, "Online", on=(5,)) if name == "Evening A" else None
        for offset in range(WEEKS * 7):
            day = cast.today + dt.timedelta(days=offset)
            if offset in CLOSED:
                continue
            if offset % 7 in (0, 2):
                moved = name == "Evening A" and offset == 2
                cast.session_on(
                    table,
                    day,
                    "18:30" if moved else wall,
                    3,
                    Kind.GROUP,
                    "Room 2" if moved else room,
                    leader_id=group.leader_id,
                    series=group,
                    recurrence_id=dt.datetime.combine(day, group.wall_time),
                    is_exception=moved,
                    status=Status.CHANGED if moved else Status.ON,
                    was_at=dt.datetime.combine(day, group.wall_time, ZONE) if moved else None,
                )
            if a_class and offset % 7 == 5:
                cast.session_on(
                    table, day, "10:00", 1.5, Kind.CLASS, "Online",
                    series=a_class, recurrence_id=dt.datetime.combine(day, a_class.wall_time),
                )  # fmt: skip
        tables.append(table)
    cast.session.flush()
    return tables[0], tables[1]


def a_class(cast: Cast) -> None:
    """One class for families: six mornings from five days on, once a week, with one week left out."""
    cast.session.add(
        FamilyClass(
            title="Listening and talking at home",
            text="Six mornings about how to listen, how to ask, and how to say no kindly.\n\n"
            "You need no experience. Cameras can stay off.",
            mode="online",
            online_link="https://meet.example.org/listening",
            capacity=12,
            starts_on=cast.today + dt.timedelta(days=5),
            wall_time=dt.time(10),
            zone=ZONE.key,
            minutes=90,
            sessions=6,
            skips=[(cast.today + dt.timedelta(days=33)).isoformat()],
        )
    )
