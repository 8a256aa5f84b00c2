"""One session as it stands in a reader's own calendar, by the same name in a file, at an address and in an email."""

from __future__ import annotations

from portal.consent.invitations import keyed
from portal.consent.shared import SharedAppointment, SharedScheduleEntry
from portal.consent.viewer import the_viewer
from portal.exchange import calendar_file
from portal.exchange.calendar_file import Entry

CANCELLED = "cancelled"


def of(row: SharedScheduleEntry | SharedAppointment) -> Entry:
    """A session that the viewer sees, under a name that no other reader has for it."""
    # Each reader has names of their own for the same session: comparing calendars tells two readers nothing.
    digest = keyed("calendar", f"{the_viewer().account_ref}|{row.ref}")
    return Entry(
        uid=calendar_file.uid(digest),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        sequence=row.sequence,
        is_cancelled=row.status == CANCELLED,
    )
