"""What tests of the schedule have in common: a plan for the evening group, its sessions, and the mail about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Flask, g
from sqlalchemy import select

from portal.db import session
from portal.models import Account, OutgoingEmail, ScheduleEntry, Series, Timetable
from portal.services.series_rules import Plan

MONDAYS_AND_WEDNESDAYS = ("MO", "WE")


def timetable(name: str = "Evening A") -> int:
    """The list of sessions of one program's evening group."""
    return session().scalars(select(Timetable.id).where(Timetable.name == name)).one()


def march(**more: Any) -> Plan:
    """Mondays and Wednesdays at six in March 2027; clocks change on the 14th."""
    plan = Plan(
        timetable_id=timetable(),
        type="group",
        starts_on=dt.date(2027, 3, 1),
        wall_time=dt.time(18),
        minutes=180,
        zone="America/Chicago",
        frequency="weekly",
        by_day=MONDAYS_AND_WEDNESDAYS,
        until=dt.date(2027, 3, 31),
        place="Room 7",
    )
    return replace(plan, **more)


def sessions(series: Series | None = None) -> list[ScheduleEntry]:
    """The sessions of one series, or of all but those of the cast, as they are written down, by time."""
    whose = Series.uid.not_like("%@cast") if series is None else Series.id == series.id
    asked = select(ScheduleEntry).join(Series, Series.id == ScheduleEntry.series_id).where(whose)
    return list(session().scalars(asked.order_by(ScheduleEntry.starts_at)))


def on(found: list[ScheduleEntry], day: str) -> ScheduleEntry:
    """The session that its series gives this day."""
    (one,) = [row for row in found if row.recurrence_id and row.recurrence_id.date() == dt.date.fromisoformat(day)]
    return one


def at(found: list[ScheduleEntry]) -> list[str]:
    """Days and times on the clinic's wall, and what became of them."""
    from portal import clinic

    return [
        f"{row.starts_at.astimezone(clinic.zone()):%m-%d %H:%M}" + ("" if row.status == "on" else f" {row.status}")
        for row in found
    ]


def mail(app: Flask) -> list[tuple[str, str | None]]:
    """Emails about the schedule by reader's address: how each ended, None while it waits."""
    with app.app_context():
        g.reading = True
        rows = session().execute(
            select(Account.email, OutgoingEmail.outcome)
            .join(Account, Account.id == OutgoingEmail.account_id)
            .where(OutgoingEmail.message == "schedule_changed")
            .order_by(OutgoingEmail.id)
        )
        return [(email, outcome) for email, outcome in rows]
