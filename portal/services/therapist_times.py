"""The times that one therapist offers now: their terms, hours, closed days and what fills their time already."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, or_, select

from portal import clinic, clock
from portal.db import session
from portal.errors import NotShared
from portal.models import BOOKED, Appointment, AppointmentStatus, FamilySessionTerms
from portal.services.closures import closed_days
from portal.services.free_times import Busy, Terms, Window, days_ahead, first_day, is_full_on, offered


def free_times(staff_id: int, *, relative_id: int | None = None, besides: int | None = None) -> list[dt.datetime]:
    """The starts a therapist offers now, in UTC. Depends on their hours and what is booked with them only.

    What is kept for `relative_id` and the session `besides`, by its id, do not stand in the way.
    """
    row = session().get(FamilySessionTerms, staff_id)
    if row is None:
        return []
    now = clock.now()
    terms = terms_of(row)
    busy = _busy(staff_id, terms, now, relative_id, besides)
    return list(offered(terms, busy, now=now, days=days_ahead(terms, now)))


def locked_terms(staff_id: int) -> FamilySessionTerms:
    """The terms of a therapist as they are now, held until the end of the transaction.

    Whoever takes or frees a time of theirs waits here: after the patient, before any place in line and any time.
    Raises NotShared for who has none.
    """
    row = locked_terms_if_any(staff_id)
    if row is None:
        raise NotShared
    return row


def locked_terms_if_any(staff_id: int) -> FamilySessionTerms | None:
    """The same; None for who has none."""
    return session().get(
        FamilySessionTerms,
        staff_id,
        with_for_update={"of": FamilySessionTerms, "key_share": True},
        populate_existing=True,
    )


def ends(starts_at: dt.datetime, terms: FamilySessionTerms) -> tuple[dt.datetime, dt.datetime]:
    """When a session that begins then ends, and when the therapist is free again."""
    ends_at = starts_at + dt.timedelta(minutes=terms.minutes)
    return ends_at, ends_at + dt.timedelta(minutes=terms.gap_minutes)


def is_full(staff_id: int, starts_at: dt.datetime, *, relative_id: int, besides: int | None = None) -> bool:
    """Whether the therapist has as many sessions as they hold on that day, or in its week, month or year.

    What is kept for `relative_id` and the session `besides` do not count.
    """
    terms = terms_of(session().get_one(FamilySessionTerms, staff_id))
    busy = _busy(staff_id, terms, clock.now(), relative_id, besides)
    return is_full_on(terms, busy, starts_at.astimezone(terms.zone).date())


def terms_of(row: FamilySessionTerms) -> Terms:
    """What is stored of a therapist's terms, as `free_times.offered` takes it."""
    weekly: dict[int, list[Window]] = {}
    for hours in row.hours:
        weekly.setdefault(hours.weekday, []).append(Window(hours.from_minute, hours.to_minute))
    overrides: dict[dt.date, list[Window]] = {}
    for override in row.overrides:
        windows = overrides.setdefault(override.on_date, [])
        if not override.closed and override.from_minute is not None and override.to_minute is not None:
            windows.append(Window(override.from_minute, override.to_minute))
    return Terms(
        zone=clinic.zone(),
        minutes=row.minutes,
        gap_minutes=row.gap_minutes,
        step_minutes=row.step_minutes,
        notice=dt.timedelta(hours=row.notice_hours),
        horizon_days=row.horizon_days,
        per_day=row.per_day,
        per_week=row.per_week,
        per_month=row.per_month,
        per_year=row.per_year,
        weekly=dict(weekly),
        overrides=dict(overrides),
        closed=_closed_days(row.horizon_days),
    )


def _closed_days(horizon_days: int) -> frozenset[dt.date]:
    today = clinic.today()
    last = today + dt.timedelta(days=horizon_days)
    return frozenset(closed_days(today, last))


def _busy(staff_id: int, terms: Terms, now: dt.datetime, relative_id: int | None, besides: int | None) -> list[Busy]:
    today = now.astimezone(terms.zone).date()
    first = min((first_day(period, today) for period in terms.limits), default=today)
    began = clock.midnight(first, terms.zone)
    kept_for_others = and_(Appointment.status == AppointmentStatus.PROPOSED, Appointment.held_until > now)
    if relative_id is not None:
        kept_for_others = and_(kept_for_others, Appointment.held_for_id.is_distinct_from(relative_id))
    rows = session().execute(
        select(Appointment.starts_at, Appointment.busy_until).where(
            Appointment.staff_id == staff_id,
            or_(Appointment.status.in_(BOOKED), kept_for_others),
            Appointment.starts_at >= began - dt.timedelta(days=1),
            Appointment.id.is_distinct_from(besides),
        )
    )
    return [Busy(start, until) for start, until in rows]
