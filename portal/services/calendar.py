"""What stands in a relative's own calendar: the times they may see at this moment, and nothing but times."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from portal import clinic, clock
from portal.consent.shared import SharedAppointment, SharedScheduleEntry
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.errors import NotShared
from portal.exchange import calendar_entry
from portal.exchange.calendar_file import Entry
from portal.models import AppointmentStatus, Kind, Says
from portal.refs import ref_for

# A file is read once and may reach as far as plans do; an address is read by whoever has it, so it shows less.
FILE = dt.timedelta(days=28)
FEED = dt.timedelta(days=14)


def entries(reach: dt.timedelta, patient_ids: Collection[int] | None = None) -> list[Entry]:
    """The sessions that the viewer sees from today on, so far ahead; of some patients only, where named. In order.

    Two questions. A session that two people share with the viewer stands there once.
    """
    found = {entry.uid: entry for entry in map(calendar_entry.of, _rows(reach, patient_ids))}
    return sorted(found.values(), key=lambda entry: (entry.starts_at, entry.ends_at, entry.uid))


def entry_of(label: str) -> Entry:
    """The one session that the viewer knows by this label. Raises NotShared."""
    mine = the_viewer().account_ref
    found = [row for row in _rows(FILE) if hmac.compare_digest(ref_for(mine, row.ref).encode(), label.encode())]
    if not found:
        raise NotShared
    return calendar_entry.of(found[0])


def _rows(reach: dt.timedelta, patient_ids: Collection[int] | None = None) -> list[Any]:
    began, ended = clinic.today_began(), clock.midnight(clinic.today() + reach, clinic.zone())
    rows: list[Any] = []
    for shared in (SharedScheduleEntry, SharedAppointment):
        asked = select(shared).where(shared.starts_at >= began, shared.starts_at < ended)
        if patient_ids is not None:
            asked = asked.where(shared.patient_id.in_(patient_ids))
        rows += session().scalars(asked)
    return [row for row in rows if _is_theirs(row)]


def _is_theirs(row: SharedScheduleEntry | SharedAppointment) -> bool:
    """A closed day is no appointment, and what lacks a yes is none yet."""
    if isinstance(row, SharedScheduleEntry):
        return row.kind != Kind.CLOSED
    return row.status != AppointmentStatus.PENDING and row.says != Says.NEEDS_ACTION
