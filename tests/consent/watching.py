"""What relatives of the small clinic get, wherever they can get anything: command, pages, calendar feed, mail."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import g
from icalendar import Calendar
from sqlalchemy import select

from portal.db import session
from portal.emails.reminder_times import REMINDERS
from portal.exchange import sees
from portal.models import OutgoingEmail
from tests.consent.driving import Portal
from tests.consent.small_clinic import RELATIVES

# To whom, about whom, which kind, about what and what became of it, or why it could not be sent.
Email = tuple[str, str, str, int, str]


def command(portal: Portal, relative: str) -> dict[str, Any]:
    """What `flask sees` prints."""
    with portal.app.app_context():
        g.reading = True
        return sees.sees(RELATIVES[relative].email)


def page(portal: Portal, relative: str, address: str) -> tuple[bool, str]:
    """One page of the family's door: whether it is there, and all that is on it."""
    answer = portal.browsers[relative].get(address)
    assert answer.status_code in (200, 404)
    return answer.status_code == 200, answer.get_data(as_text=True)


def calendar(portal: Portal, relative: str) -> list[dt.datetime]:
    """When everything begins that stands in their calendar, in order."""
    answer = portal.app.test_client().get(portal.its.feeds[relative])
    assert answer.status_code == 200
    return sorted(event.start for event in Calendar.from_ical(answer.get_data()).walk("VEVENT"))


def mail(portal: Portal) -> set[Email]:
    """Every email about somebody, without reminders: what may be reminded of is looked at when it leaves."""
    names = {number: name for name, number in portal.its.patients.items()}
    to = {viewer.account_id: name for name, viewer in portal.its.viewers.items()}
    asked = select(
        OutgoingEmail.account_id, OutgoingEmail.patient_id, OutgoingEmail.message, OutgoingEmail.about_id,
        OutgoingEmail.outcome, OutgoingEmail.reason,
    ).where(OutgoingEmail.patient_id.is_not(None), OutgoingEmail.message.not_in(REMINDERS))  # fmt: skip
    with portal.app.app_context():
        g.reading = True
        return {
            (to[account], names[patient], message, about or 0, outcome or reason or "waiting")
            for account, patient, message, about, outcome, reason in session().execute(asked)
        }
