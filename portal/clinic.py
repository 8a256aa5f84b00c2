"""The clinic as every page needs it: its names, its phone, its zone, its date today."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import current_app, g
from sqlalchemy import select

from portal import clock
from portal.db import db, reading
from portal.models import Clinic, StaffMember, StaffRole

REMEMBERED_SECONDS = 5.0


@dataclass(frozen=True)
class ClinicFacts:
    """What the outside may know of the clinic, and `legal_name` for those who signed in."""

    public_name: str
    legal_name: str
    phone: str
    time_zone: str
    majority: int
    minor_rule: str
    coordinator_name: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def facts() -> ClinicFacts:
    """The clinic that was loaded, or what the settings say before one is.

    Remembered per process for a few seconds: every page needs it and it changes once a year.
    """
    if "clinic" in g:
        return g.clinic  # type: ignore[no-any-return]
    remembered = current_app.extensions.get("clinic")
    if remembered is None or remembered[0] < time.monotonic():
        remembered = (time.monotonic() + REMEMBERED_SECONDS, _read())
        current_app.extensions["clinic"] = remembered
    g.clinic = remembered[1]
    return remembered[1]


def forget() -> None:
    """Read the clinic again at the next question; call after changing it."""
    current_app.extensions.pop("clinic", None)
    g.pop("clinic", None)


def zone() -> ZoneInfo:
    """The clinic's time zone."""
    return facts().zone


def today() -> dt.date:
    """The date on the clinic's wall."""
    return clock.today(zone())


def today_began() -> dt.datetime:
    """The instant at which today began at the clinic."""
    return clock.midnight(today(), zone())


def week_ago() -> dt.datetime:
    """The instant at which the day seven days ago began at the clinic."""
    return clock.midnight(today() - dt.timedelta(days=7), zone())


def _read() -> ClinicFacts:
    settings = current_app.config["SETTINGS"]
    with reading(), db.sessionmaker() as session:
        loaded = session.scalar(select(Clinic))
        staff = session.scalars(select(StaffMember).order_by(StaffMember.id)).all()
    if loaded is None:
        return ClinicFacts(
            settings.public_name,
            settings.legal_name or settings.public_name,
            "",
            settings.time_zone,
            18,
            "minor_and_parent",
        )
    coordinators = [member.name for member in staff if member.has_role(StaffRole.COORDINATOR)]
    return ClinicFacts(
        loaded.public_name,
        loaded.legal_name,
        loaded.phone,
        loaded.time_zone,
        loaded.majority,
        loaded.minor_rule,
        coordinators[0].split(" ")[0] if coordinators else "",
    )
