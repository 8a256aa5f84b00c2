"""Rooms and leaders that would be in two places at once."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from sqlalchemy import select

from portal.db import session
from portal.models import Appointment, ScheduleEntry
from portal.services import series
from portal.services.clashes import Over, Taken, clashes, of_plan
from tests.conftest import at_the_clinic
from tests.services.planning import march

SIX = dt.datetime(2027, 3, 1, 18, tzinfo=dt.UTC)


def taken(hours: float, length: float = 1, place: str = "", leader: int | None = None) -> Taken:
    starts_at = SIX + dt.timedelta(hours=hours)
    return Taken(starts_at, starts_at + dt.timedelta(hours=length), place, leader)


def test_a_room_is_taken_from_the_first_minute_up_to_the_last() -> None:
    wanted = taken(0, 2, "Room 1")
    before, within, after = taken(-1, 1, "Room 1"), taken(0.5, 1, " room  1"), taken(2, 1, "Room 1")
    elsewhere = taken(0, 2, "Room 2")

    assert [clash.other for clash in clashes([wanted], [after, elsewhere, within, before])] == [within]


def test_a_leader_is_one_person_and_online_is_no_room() -> None:
    wanted = taken(0, 2, "Online", 7)
    same, other = taken(1, 3, "Room 1", 7), taken(1, 3, "online", 8)

    assert [(clash.other, clash.over) for clash in clashes([wanted], [same, other])] == [(same, Over.LEADER)]


def test_a_plan_clashes_with_other_groups_and_with_bookings_but_not_with_itself(app: Flask) -> None:
    with at_the_clinic(app):
        ben = session().scalars(select(Appointment.staff_id).order_by(Appointment.starts_at)).first()
        monday = dt.date(2026, 11, 30)
        plan = march(starts_on=monday, until=monday, place="room 1", leader_id=ben)
        # Evening A has the room and the leader, Evening B the leader.
        assert sorted(clash.over for clash in of_plan(plan)) == [Over.LEADER, Over.LEADER, Over.ROOM]

        booked = session().scalars(select(Appointment).where(Appointment.staff_id == ben)).first()
        assert booked is not None
        wall = booked.starts_at.astimezone(dt.timezone(dt.timedelta(hours=-6)))
        meeting = march(
            frequency="once", by_day=(), until=None, starts_on=wall.date(), wall_time=wall.time(), minutes=30,
            place="", leader_id=ben,
        )  # fmt: skip
        assert booked.starts_at in [clash.other.starts_at for clash in of_plan(meeting)]

        made = series.publish(march(), account_id=None).series
        assert session().scalars(select(ScheduleEntry).where(ScheduleEntry.series_id == made.id)).first()
        assert of_plan(march(), series=made) == []
        assert len(of_plan(march())) == 10
