"""Days and times as an email says them."""

from __future__ import annotations

import datetime as dt

from portal import words
from portal.consent.shared import SharedAppointment


def start(moment: dt.datetime) -> str:
    """The day and the time at which something begins."""
    return f"{words.day(moment)}, {words.time(moment)}"


def span(appointment: SharedAppointment) -> str:
    """The day of a family session, from when until when, and by which clock."""
    times = words.times(appointment.starts_at, appointment.ends_at)
    return f"{words.day(appointment.starts_at)}, {times}, {words.zone_name()}"


def moment(of: dt.datetime) -> str:
    """The day and the time of an act, and by which clock."""
    return f"{start(of)}, {words.zone_name()}"
