"""Family sessions that the viewer is part of."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Mapped

from portal.consent.scopes import Scope
from portal.consent.shared.rows import Shared, with_consent
from portal.consent.viewer import NOW, SOON, THE_RELATIVE, TODAY_BEGAN, WEEK_AGO
from portal.models import Appointment, AppointmentParticipant, AppointmentStatus, FamilySessionTerms, StaffMember

# A session that the viewer has left looks cancelled by them, and as it was when they left.
HAS_LEFT = AppointmentParticipant.left_at.is_not(None)
BEGINS = case((HAS_LEFT, AppointmentParticipant.left_starts_at), else_=Appointment.starts_at)
SHOWN_STATUS = case((HAS_LEFT, AppointmentStatus.CANCELLED), else_=Appointment.status)
IS_BEING_HELD = and_(
    SHOWN_STATUS == AppointmentStatus.CONFIRMED,
    Appointment.mode == "online",
    Appointment.starts_at <= SOON,
    Appointment.ends_at > NOW,
)


class SharedAppointment(Shared):
    """A family session that the viewer is part of, from today on; cancelled ones for seven days.

    `says` is the viewer's own yes. Who else is in it, and whose yes is still missing, is not said.
    `online_link` is there from a quarter of an hour before the start until the end.
    """

    __table__ = with_consent(
        select(
            Appointment.id,
            Appointment.ref,
            Appointment.patient_id,
            Appointment.staff_id,
            BEGINS.label("starts_at"),
            case((HAS_LEFT, AppointmentParticipant.left_ends_at), else_=Appointment.ends_at).label("ends_at"),
            case((HAS_LEFT, ""), else_=Appointment.mode).label("mode"),
            case((HAS_LEFT, ""), else_=Appointment.kind).label("kind"),
            case((HAS_LEFT, ""), else_=Appointment.place).label("place"),
            SHOWN_STATUS.label("status"),
            case(
                (HAS_LEFT, AppointmentParticipant.left_sequence),
                else_=Appointment.sequence + func.coalesce(AppointmentParticipant.left_sequence + 1, 0),
            ).label("sequence"),
            case((HAS_LEFT, "relative"), else_=Appointment.cancelled_by).label("cancelled_by"),
            case((HAS_LEFT, ""), else_=StaffMember.name).label("with_name"),
            case((~HAS_LEFT, Appointment.was_at)).label("was_at"),
            case((~HAS_LEFT, Appointment.answer_by)).label("answer_by"),
            case((~HAS_LEFT, Appointment.moves), else_=0).label("moves"),
            AppointmentParticipant.says,
            FamilySessionTerms.cancel_hours,
            FamilySessionTerms.most_moves,
            case((IS_BEING_HELD, func.coalesce(Appointment.online_link, FamilySessionTerms.online_link))).label(
                "online_link"
            ),
        )
        .join(AppointmentParticipant, AppointmentParticipant.appointment_id == Appointment.id)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .outerjoin(FamilySessionTerms, FamilySessionTerms.staff_id == Appointment.staff_id)
        .where(
            AppointmentParticipant.relative_id == THE_RELATIVE,
            Appointment.status != AppointmentStatus.PROPOSED,
            or_(BEGINS >= TODAY_BEGAN, and_(SHOWN_STATUS == AppointmentStatus.CANCELLED, BEGINS >= WEEK_AGO)),
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
    place: Mapped[str]
    status: Mapped[str]
    sequence: Mapped[int]
    cancelled_by: Mapped[str | None]
    with_name: Mapped[str]
    was_at: Mapped[dt.datetime | None]
    answer_by: Mapped[dt.datetime | None]
    moves: Mapped[int]
    says: Mapped[str]
    cancel_hours: Mapped[int | None]
    most_moves: Mapped[int | None]
    online_link: Mapped[str | None]

    def look(self) -> tuple[str, int | None, int]:
        return Scope.FAMILY, None, 1
