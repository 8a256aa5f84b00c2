"""Times that are kept for the viewer."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.scopes import Scope
from portal.consent.shared.rows import Shared, with_consent
from portal.consent.viewer import NOW, THE_RELATIVE
from portal.models import Appointment, AppointmentStatus, StaffMember


class SharedKeptTime(Shared):
    """A time that is kept for the viewer alone: while they check, from the waiting list, or instead of a cancelled one.

    `instead_of_id` is the session that was cancelled, `waiting_id` the place in line it came from.
    """

    __table__ = with_consent(
        select(
            Appointment.id,
            Appointment.ref,
            Appointment.patient_id,
            Appointment.staff_id,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.mode,
            Appointment.kind,
            Appointment.held_until,
            Appointment.waiting_id,
            Appointment.instead_of_id,
            StaffMember.name.label("with_name"),
            StaffMember.ref.label("staff_ref"),
        )
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .where(
            Appointment.held_for_id == THE_RELATIVE,
            Appointment.status == AppointmentStatus.PROPOSED,
            Appointment.held_until > NOW,
            Appointment.starts_at > NOW,
        ),
        patient=Appointment.patient_id,
        scope=Scope.FAMILY,
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    patient_id: Mapped[int]
    staff_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    mode: Mapped[str]
    kind: Mapped[str]
    held_until: Mapped[dt.datetime]
    waiting_id: Mapped[int | None]
    instead_of_id: Mapped[int | None]
    with_name: Mapped[str]
    staff_ref: Mapped[str]

    def look(self) -> tuple[str, int | None, int]:
        return Scope.FAMILY, None, 1
