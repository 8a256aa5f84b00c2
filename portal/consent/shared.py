"""★ Every row and every column that a relative can ever see, on one page.

Each class is a select that is already joined to the consents which are live for the viewer at that
moment. A row the viewer has no consent for is not hidden: it is not there. Family pages, previews,
emails, calendar files and `flask sees` read these classes and nothing else.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_, select, tuple_
from sqlalchemy.orm import DeclarativeBase, Mapped

from portal.consent.live import BEFORE_LEAVING, of_the_viewer, patients_and_scopes, patients_sharing
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.consent.viewer import NOW, THE_RELATIVE, TODAY_BEGAN, WEEK_AGO
from portal.models import (
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    CareTeamMember,
    Consent,
    ConsentScope,
    FamilySessionTerms,
    FamilyUpdate,
    HiddenSession,
    Kind,
    Patient,
    Program,
    ReadOnly,
    RelatedPerson,
    ScheduleEntry,
    StaffMember,
    Status,
    TimetableMember,
)
from portal.models.base import Instant
from portal.models.schedule import Facet


class Shared(ReadOnly, DeclarativeBase):
    """Rows that a relative may see."""

    def look(self) -> tuple[str, int | None, int] | None:
        """What goes on record when this row is loaded: scope, thing and its version. None: nothing."""
        return None


def with_consent(columns: Any, *, patient: Any, scope: Any) -> Any:
    """`columns`, for patients who share `scope` with the viewer now. `scope` is one, or a column of scopes.

    IN, never a correlated EXISTS: the planner must begin at the viewer's few consents and not walk
    over other people's rows.
    """
    if isinstance(scope, Scope):
        return columns.where(patient.in_(patients_sharing(scope))).subquery()
    return columns.where(tuple_(patient, scope).in_(patients_and_scopes(UPDATE_SCOPES))).subquery()


class SharedScope(Shared):
    """One thing that one patient shares with the viewer, and the terms they signed for it."""

    __table__ = of_the_viewer(
        ConsentScope.id,
        ConsentScope.scope,
        Consent.id.label("consent_id"),
        Consent.signed_on,
        func.coalesce(Consent.ends_sooner_on, Consent.ends_on).label("ends_on"),
        func.coalesce(Consent.ends_sooner_at, Consent.ends_at, type_=Instant).label("ends_at"),
        Consent.ends_with_program,
        Consent.purpose,
        func.coalesce(Consent.lowered_email_level, Consent.email_level).label("email_level"),
        RelatedPerson.id.label("related_person_id"),
        RelatedPerson.ref.label("related_person_ref"),
        RelatedPerson.patient_id,
        RelatedPerson.known_as,
        RelatedPerson.colour,
    ).subquery()
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    scope: Mapped[str]
    consent_id: Mapped[int]
    signed_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    ends_at: Mapped[dt.datetime]
    ends_with_program: Mapped[bool]
    purpose: Mapped[str]
    email_level: Mapped[str]
    related_person_id: Mapped[int]
    related_person_ref: Mapped[str]
    patient_id: Mapped[int]
    known_as: Mapped[str]
    colour: Mapped[str]


# Sessions of a patient that are told of at all: whatever else there may be one day has no words for families.
IS_TOLD = and_(
    ScheduleEntry.is_hidden.is_(False),
    BEFORE_LEAVING,
    ScheduleEntry.kind.in_(tuple(Kind)),
)


def is_kept_from(people: Any) -> ColumnElement[bool]:
    """Whether the patient keeps this one session from everybody, or from somebody among the ids of `people`."""
    hidden = select(HiddenSession.id).where(
        HiddenSession.entry_id == ScheduleEntry.id,
        HiddenSession.patient_id == TimetableMember.patient_id,
        or_(HiddenSession.related_person_id.is_(None), HiddenSession.related_person_id.in_(people)),
    )
    return exists(hidden.correlate_except(HiddenSession))


def sees_kind(is_shared: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the kind of a session is seen, where `is_shared` says whether kinds are. A closed day has none that would
    tell anything."""
    return or_(ScheduleEntry.kind == Kind.CLOSED, is_shared)


IS_KEPT_FROM_THE_VIEWER = is_kept_from(select(RelatedPerson.id).where(RelatedPerson.relative_id == THE_RELATIVE))
# What the viewer may see of the sessions of a patient: where they are, and what kind each of them is.
SEES_PLACE = TimetableMember.patient_id.in_(patients_sharing(Scope.PLACE))
SEES_KIND = sees_kind(TimetableMember.patient_id.in_(patients_sharing(Scope.KIND)))
IS_CHANGED_FOR_THE_VIEWER = or_(
    ScheduleEntry.was_at.is_not(None),
    ScheduleEntry.changed_in.bitwise_and(Facet.TIMES) != 0,
    and_(SEES_PLACE, ScheduleEntry.changed_in.bitwise_and(Facet.PLACE) != 0),
    and_(SEES_KIND, ScheduleEntry.changed_in.bitwise_and(Facet.KIND) != 0),
)


class SharedScheduleEntry(Shared):
    """A session of a patient who shares session times: from today on; cancelled ones for seven days.

    `kind` and `place` are empty where the patient keeps them.
    """

    __table__ = with_consent(
        select(
            ScheduleEntry.id,
            ScheduleEntry.ref,
            TimetableMember.patient_id,
            ScheduleEntry.starts_at,
            ScheduleEntry.ends_at,
            case((SEES_KIND, ScheduleEntry.kind), else_="").label("kind"),
            case(
                (and_(ScheduleEntry.status == Status.CHANGED, not_(IS_CHANGED_FOR_THE_VIEWER)), Status.ON),
                else_=ScheduleEntry.status,
            ).label("status"),
            case((SEES_PLACE, ScheduleEntry.place), else_="").label("place"),
            case((SEES_PLACE, ScheduleEntry.mode), else_="").label("mode"),
            ScheduleEntry.was_at,
            ScheduleEntry.sequence,
            ScheduleEntry.change_id,
            case((SEES_PLACE, ScheduleEntry.place_change_id)).label("place_change_id"),
            case((SEES_KIND, ScheduleEntry.kind_change_id)).label("kind_change_id"),
        )
        .select_from(TimetableMember)
        .join(Patient, Patient.id == TimetableMember.patient_id)
        .join(ScheduleEntry, ScheduleEntry.timetable_id == TimetableMember.timetable_id)
        .where(
            IS_TOLD,
            ~IS_KEPT_FROM_THE_VIEWER,
            or_(
                ScheduleEntry.starts_at >= TODAY_BEGAN,
                and_(ScheduleEntry.status == Status.CANCELLED, ScheduleEntry.starts_at >= WEEK_AGO),
            ),
        ),
        patient=TimetableMember.patient_id,
        scope=Scope.TIMES,
    )
    __mapper_args__ = {"primary_key": [__table__.c.id, __table__.c.patient_id]}

    id: Mapped[int]
    ref: Mapped[str]
    patient_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    kind: Mapped[str]
    status: Mapped[str]
    place: Mapped[str]
    mode: Mapped[str]
    was_at: Mapped[dt.datetime | None]
    sequence: Mapped[int]
    change_id: Mapped[int | None]
    place_change_id: Mapped[int | None]
    kind_change_id: Mapped[int | None]

    @property
    def last_change_id(self) -> int | None:
        """The last change of what the viewer sees of it."""
        changes = (self.change_id, self.place_change_id, self.kind_change_id)
        return max((one for one in changes if one is not None), default=None)

    def look(self) -> tuple[str, int | None, int]:
        return Scope.TIMES, None, 1


class SharedWeeks(Shared):
    """Planned weeks of a patient who shares session times and has not hidden the weeks."""

    __table__ = with_consent(
        select(Patient.id.label("patient_id"), Patient.started_on, Program.weeks)
        .join(Program, Program.id == Patient.program_id)
        .where(Patient.shows_weeks.is_(True), Patient.started_on.is_not(None), Patient.discharged_at.is_(None)),
        patient=Patient.id,
        scope=Scope.TIMES,
    )
    __mapper_args__ = {"primary_key": [__table__.c.patient_id]}

    patient_id: Mapped[int]
    started_on: Mapped[dt.date]
    weeks: Mapped[int]

    def look(self) -> tuple[str, int | None, int]:
        return Scope.TIMES, None, 1


class SharedAppointment(Shared):
    """A family session that the viewer is part of, from today on; cancelled ones for seven days."""

    __table__ = with_consent(
        select(
            Appointment.id,
            Appointment.ref,
            Appointment.patient_id,
            Appointment.staff_id,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.mode,
            Appointment.status,
            Appointment.sequence,
            Appointment.cancelled_by,
            StaffMember.name.label("with_name"),
            FamilySessionTerms.cancel_hours,
        )
        .join(AppointmentParticipant, AppointmentParticipant.appointment_id == Appointment.id)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .outerjoin(FamilySessionTerms, FamilySessionTerms.staff_id == Appointment.staff_id)
        .where(
            AppointmentParticipant.relative_id == THE_RELATIVE,
            AppointmentParticipant.left_at.is_(None),
            or_(
                Appointment.starts_at >= TODAY_BEGAN,
                and_(Appointment.status == AppointmentStatus.CANCELLED, Appointment.starts_at >= WEEK_AGO),
            ),
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
    status: Mapped[str]
    sequence: Mapped[int]
    cancelled_by: Mapped[str | None]
    with_name: Mapped[str]
    cancel_hours: Mapped[int | None]

    def look(self) -> tuple[str, int | None, int]:
        return Scope.FAMILY, None, 1


class SharedTherapist(Shared):
    """A therapist with whom the viewer may book a family session of a patient.

    Where no care team was named, every therapist who holds family sessions.
    """

    __table__ = with_consent(
        select(
            Patient.id.label("patient_id"),
            StaffMember.id.label("staff_id"),
            StaffMember.ref,
            StaffMember.name,
            FamilySessionTerms.minutes,
            FamilySessionTerms.cancel_hours,
            FamilySessionTerms.horizon_days,
            FamilySessionTerms.per_family_open,
            FamilySessionTerms.modes,
        )
        .select_from(Patient)
        .join(FamilySessionTerms, FamilySessionTerms.staff_id.is_not(None))
        .join(StaffMember, StaffMember.id == FamilySessionTerms.staff_id)
        .where(
            # These two look up single keys of patients already chosen by consent.
            or_(
                exists().where(CareTeamMember.patient_id == Patient.id, CareTeamMember.staff_id == StaffMember.id),
                ~exists().where(CareTeamMember.patient_id == Patient.id),
            )
        ),
        patient=Patient.id,
        scope=Scope.FAMILY,
    )
    __mapper_args__ = {"primary_key": [__table__.c.patient_id, __table__.c.staff_id]}

    patient_id: Mapped[int]
    staff_id: Mapped[int]
    ref: Mapped[str]
    name: Mapped[str]
    minutes: Mapped[int]
    cancel_hours: Mapped[int]
    horizon_days: Mapped[int]
    per_family_open: Mapped[int | None]
    modes: Mapped[list[str]]


class SharedUpdate(Shared):
    """A published update of a kind that its patient shares with the viewer."""

    __table__ = with_consent(
        select(
            FamilyUpdate.id,
            FamilyUpdate.ref,
            FamilyUpdate.patient_id,
            FamilyUpdate.scope,
            FamilyUpdate.title,
            FamilyUpdate.text,
            FamilyUpdate.published_at,
            FamilyUpdate.changed_at,
            FamilyUpdate.version,
            StaffMember.name.label("author"),
        )
        .outerjoin(StaffMember, StaffMember.id == FamilyUpdate.author_id)
        .where(FamilyUpdate.published_at <= NOW, FamilyUpdate.withdrawn_at.is_(None)),
        patient=FamilyUpdate.patient_id,
        scope=FamilyUpdate.scope,
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    patient_id: Mapped[int]
    scope: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    published_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime | None]
    version: Mapped[int]
    author: Mapped[str | None]

    def look(self) -> tuple[str, int | None, int]:
        return self.scope, self.id, self.version
