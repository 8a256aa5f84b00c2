"""Where the viewer waits for a time."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.scopes import Scope
from portal.consent.shared.rows import Shared, with_consent
from portal.consent.viewer import THE_RELATIVE, TODAY
from portal.models import StaffMember, WaitingListEntry


class SharedWaitingListEntry(Shared):
    """Where the viewer waits for a time. Their place in the line is not said."""

    __table__ = with_consent(
        select(
            WaitingListEntry.id,
            WaitingListEntry.ref,
            WaitingListEntry.patient_id,
            WaitingListEntry.staff_id,
            WaitingListEntry.mode,
            WaitingListEntry.kind,
            WaitingListEntry.weekdays,
            WaitingListEntry.parts,
            WaitingListEntry.until_on,
            WaitingListEntry.joined_at,
            StaffMember.name.label("with_name"),
        )
        .join(StaffMember, StaffMember.id == WaitingListEntry.staff_id)
        .where(
            WaitingListEntry.relative_id == THE_RELATIVE,
            WaitingListEntry.ended_at.is_(None),
            WaitingListEntry.until_on >= TODAY,
        ),
        patient=WaitingListEntry.patient_id,
        scope=Scope.FAMILY,
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    patient_id: Mapped[int]
    staff_id: Mapped[int]
    mode: Mapped[str | None]
    kind: Mapped[str]
    weekdays: Mapped[list[int]]
    parts: Mapped[list[str]]
    until_on: Mapped[dt.date]
    joined_at: Mapped[dt.datetime]
    with_name: Mapped[str]

    def look(self) -> tuple[str, int | None, int]:
        return Scope.FAMILY, None, 1
