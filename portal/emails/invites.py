"""The calendar part of an email: one session for one reader's own calendar, asked for or called off."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from portal import clock
from portal.consent.shared import SharedAppointment
from portal.exchange import calendar_entry, calendar_file


@dataclass(frozen=True)
class Invite:
    """A calendar file as text, and what it asks of a calendar: "REQUEST" or "CANCEL"."""

    method: str
    file: str


def invite(appointment: SharedAppointment, reader: str) -> Invite:
    """A family session for the viewer's calendar, whose email address is `reader`: a day, a time, and where to look."""
    entry = calendar_entry.of(appointment)
    file = calendar_file.sent(
        entry,
        clock.now(),
        sender=current_app.config["MAIL_DEFAULT_SENDER"][1],
        reader=reader,
        details=f"{current_app.config['SETTINGS'].base_url}/sessions",
    )
    return Invite(calendar_file.method_of(entry), file.decode())
