"""Sessions of the program, as far as the viewer may see each of them, and planned weeks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, not_, or_, select
from sqlalchemy.orm import Mapped

from portal.consent.live import BEFORE_LEAVING, patients_sharing
from portal.consent.scopes import Scope
from portal.consent.shared.rows import Shared, with_consent
from portal.consent.viewer import THE_RELATIVE, TODAY_BEGAN, WEEK_AGO
from portal.models import HiddenSession, Kind, Patient, Program, RelatedPerson, ScheduleEntry, Status, TimetableMember
from portal.models.schedule import Facet

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
