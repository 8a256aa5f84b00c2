"""Who would see a session, and what of it: what `shared` says to the one who looks, asked of everybody at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, and_, case, exists, func, or_, select, true

from portal.consent.live import LIVE, joined
from portal.consent.scopes import Scope
from portal.consent.shared.schedule import IS_TOLD, is_kept_from, sees_kind
from portal.models import ConsentScope, Patient, RelatedPerson, ScheduleEntry, TimetableMember
from portal.models.schedule import EVERY_FACET, Facet

Changed = Mapping[ScheduleEntry, Facet]


def patients_in(changed: Changed) -> Select[Any]:
    """The ids of the patients one of whose sessions changed, whether anybody sees it or not."""
    one_of_them = select(ScheduleEntry.id).where(
        ScheduleEntry.timetable_id == TimetableMember.timetable_id, _changed_in(EVERY_FACET, changed), IS_TOLD
    )
    on_it = _members(changed).join(Patient, Patient.id == TimetableMember.patient_id)
    return on_it.where(exists(one_of_them)).distinct()


def who_sees(changed: Changed) -> Select[Any]:
    """The ids of the related people who see one of these sessions, and of it something that changed."""
    shared = (
        joined(RelatedPerson.id, RelatedPerson.patient_id, *map(_is_ticked, (Scope.TIMES, Scope.PLACE, Scope.KIND)))
        .where(LIVE, RelatedPerson.patient_id.in_(_members(changed)))
        .group_by(RelatedPerson.id, RelatedPerson.patient_id)
        .cte("shared")
    ).c
    sees = {Facet.TIMES: true(), Facet.PLACE: shared.place == 1, Facet.KIND: sees_kind(shared.kind == 1)}
    one_of_them = (
        select(ScheduleEntry.id)
        .select_from(TimetableMember)
        .join(Patient, Patient.id == TimetableMember.patient_id)
        .join(ScheduleEntry, ScheduleEntry.timetable_id == TimetableMember.timetable_id)
        .where(
            TimetableMember.patient_id == shared.patient_id,
            or_(*(and_(_changed_in(facet, changed), is_seen) for facet, is_seen in sees.items())),
            IS_TOLD,
            ~is_kept_from([shared.id]),
        )
    )
    return select(shared.id).where(shared.times == 1, exists(one_of_them))


def _members(changed: Changed) -> Select[Any]:
    timetables = {entry.timetable_id for entry in changed}
    return select(TimetableMember.patient_id).where(TimetableMember.timetable_id.in_(timetables))


def _changed_in(facets: Facet, changed: Changed) -> ColumnElement[bool]:
    return ScheduleEntry.id.in_([entry.id for entry, facet in changed.items() if facet & facets])


def _is_ticked(scope: Scope) -> Label[int]:
    return func.max(case((ConsentScope.scope == scope, 1), else_=0)).label(scope)
