"""Calendar files (RFC 5545): times under a title that says nothing, and nothing else about anybody."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event, vCalAddress

# Whoever looks at somebody's phone or shares their calendar reads this, so there is only one.
TITLE = "Appointment"
MADE_BY = "-//Portal//Calendar//EN"
HOW_OFTEN_TO_ASK = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """One session: when it is, the same `uid` as long as it exists, and a `sequence` that rises when it changes.

    Raises ValueError for a session that ends before it begins.
    """

    uid: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    sequence: int = 0
    is_cancelled: bool = False

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("A session ends after it begins.")


def uid(digest: bytes) -> str:
    """A name for a session out of 16 bytes that are its own. It holds no host: a UID travels (RFC 7986, 5.3)."""
    return str(uuid.UUID(bytes=digest[:16], version=4))


def published(entries: Iterable[Entry], made_at: dt.datetime) -> bytes:
    """Any number of sessions to look at. Nobody is invited, so it has no METHOD and no ATTENDEE (RFC 5545, 3.8.4.1)."""
    calendar = _calendar()
    calendar.add("x-wr-calname", "Appointments")
    calendar.add("refresh-interval", HOW_OFTEN_TO_ASK, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, made_at))
    return bytes(calendar.to_ical(sorted=False))


def method_of(entry: Entry) -> str:
    """What a file of this one session asks of a calendar; its MIME type must say the same (RFC 5546)."""
    return "CANCEL" if entry.is_cancelled else "REQUEST"


def sent(entry: Entry, made_at: dt.datetime, *, sender: str, reader: str, details: str = "") -> bytes:
    """One session for one reader: asked for, changed or cancelled. `sender` and `reader` are email addresses.

    `details` is where more about it can be read. Raises ValueError for an address that would begin a line of its own.
    """
    calendar = _calendar()
    calendar.add("method", method_of(entry))
    event = _event(entry, made_at)
    event.add("transp", "OPAQUE")
    if details:
        event.add("description", f"Details: {details}")
    event.add("organizer", _address(sender))
    attendee = _address(reader)
    # They said yes in the portal: no calendar has to ask again, and no answer goes where nobody reads.
    attendee.params["PARTSTAT"] = "ACCEPTED"
    event.add("attendee", attendee)
    calendar.add_component(event)
    return bytes(calendar.to_ical(sorted=False))


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", MADE_BY)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _event(entry: Entry, made_at: dt.datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", made_at.astimezone(dt.UTC))
    event.add("dtstart", entry.starts_at.astimezone(dt.UTC))
    event.add("dtend", entry.ends_at.astimezone(dt.UTC))
    event.add("summary", TITLE)
    event.add("class", "PRIVATE")
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    return event


def _address(email: str) -> vCalAddress:
    if any(letter in email for letter in "\r\n"):
        raise ValueError("An address stands on one line.")
    return vCalAddress(f"mailto:{email}")
