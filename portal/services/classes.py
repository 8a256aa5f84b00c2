"""Classes for families: planned by the care team, open to whoever has an account as a relative, until they are full."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from portal import clinic, clock
from portal.consent import record
from portal.db import session
from portal.errors import NotShared
from portal.models import Account, Act, FamilyClass, FamilyClassPlace
from portal.services.classes_rules import (
    ONLINE,
    Plan,
    check_begins,
    check_free,
    check_open,
    check_plan,
    check_seats,
    days,
    free_seat,
)
from portal.services.recurrence import instant

WHAT = "class"
# Who has a place finds the link this long before a session begins, and until it ends.
DOOR_OPENS = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class ClassSession:
    """One session of a class, by its number from 1."""

    number: int
    on_date: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_cancelled: bool


@dataclass(frozen=True)
class ShownClass:
    """A class as somebody with an account reads it. `is_mine`: they have a place; `link`: while they can join."""

    id: int
    ref: str
    title: str
    text: str
    mode: str
    place: str
    sessions: tuple[ClassSession, ...]
    is_mine: bool
    is_full: bool
    link: str | None

    @property
    def next(self) -> ClassSession | None:
        """The session that is on or comes next; None when no more takes place."""
        now = clock.now()
        return next((one for one in self.sessions if one.ends_at > now and not one.is_cancelled), None)


# Questions


def sessions_of(row: FamilyClass) -> tuple[ClassSession, ...]:
    """The sessions of a class in order, those that were cancelled too."""
    zone, length = ZoneInfo(row.zone), dt.timedelta(minutes=row.minutes)
    skips = {dt.date.fromisoformat(day) for day in row.skips}
    found = []
    for number, day in enumerate(days(row.starts_on, row.sessions, skips), 1):
        starts_at = instant(dt.datetime.combine(day, row.wall_time), zone)
        found.append(ClassSession(number, day, starts_at, starts_at + length, day.isoformat() in row.cancelled))
    return tuple(found)


def to_come(account_id: int) -> list[ShownClass]:
    """Every class that is not over, as this account sees it, by its next session. Two questions."""
    shown = [_shown(row, account_id) for row in all_of_them() if not _is_over(row)]
    return sorted(shown, key=lambda one: (one.next.starts_at if one.next else one.sessions[-1].starts_at, one.ref))


def all_of_them() -> list[FamilyClass]:
    """Every class with its places, the latest first day first. Two questions."""
    rows = select(FamilyClass).options(selectinload(FamilyClass.places))
    return list(session().scalars(rows.order_by(FamilyClass.starts_on.desc(), FamilyClass.id.desc())))


def find(ref: str) -> FamilyClass:
    """A class by its stored label. Raises NotShared."""
    row = session().scalar(select(FamilyClass).where(FamilyClass.ref == ref))
    if row is None:
        raise NotShared
    return row


def names_in(row: FamilyClass) -> list[str]:
    """Who has a place, by name, in the order they came."""
    places = (
        select(FamilyClassPlace)
        .options(selectinload(FamilyClassPlace.account).selectinload(Account.relative))
        .where(FamilyClassPlace.class_id == row.id)
        .order_by(FamilyClassPlace.joined_at, FamilyClassPlace.seat)
    )
    accounts = [place.account for place in session().scalars(places)]
    return [account.relative.name if account.relative else account.email for account in accounts]


# Acts of who comes


def sign_up(class_id: int, account_id: int) -> None:
    """Take a place; who has one has it still. Raises Refused when the class is full or over."""
    row = _locked(class_id)
    if any(place.account_id == account_id for place in row.places):
        return
    check_open(sessions_of(row)[-1].ends_at, clock.now())
    seat = free_seat(row.capacity, {place.seat for place in row.places})
    check_free(seat)
    place = FamilyClassPlace(class_id=row.id, account_id=account_id, seat=seat, joined_at=clock.now())
    try:
        with session().begin_nested():
            session().add(place)
    except IntegrityError:
        check_free(None)  # the database decides who was first


def leave(class_id: int, account_id: int) -> None:
    """Give a place back; who has none has none still."""
    row = _locked(class_id)
    row.places = [place for place in row.places if place.account_id != account_id]


# Acts of the care team


def plan(wish: Plan, *, account_id: int | None) -> FamilyClass:
    """Plan a class. Raises Refused."""
    check_plan(wish)
    check_begins(wish.starts_on, clinic.today())
    row = FamilyClass(zone=clinic.zone().key, **_columns(wish))
    session().add(row)
    session().flush()
    _note(Act.CHANGED, row, account_id)
    return row


def change(ref: str, wish: Plan, *, account_id: int | None) -> FamilyClass:
    """Plan it otherwise; whoever has a place keeps it. Raises Refused, or NotShared."""
    row = _locked(find(ref).id)
    check_plan(wish)
    check_seats(wish.capacity, len(row.places))
    for name, value in _columns(wish).items():
        setattr(row, name, value)
    planned = {one.on_date.isoformat() for one in sessions_of(row)}
    row.cancelled = [day for day in row.cancelled if day in planned]
    _move_up(row)
    _note(Act.CHANGED, row, account_id)
    return row


def call_off(ref: str, on_date: dt.date, *, account_id: int | None) -> FamilyClass:
    """Cancel one session; the others keep their numbers. Raises NotShared for a day without one that is to come."""
    return _on(ref, on_date, account_id, Act.CANCELLED, lambda cancelled, day: sorted({*cancelled, day}))


def bring_back(ref: str, on_date: dt.date, *, account_id: int | None) -> FamilyClass:
    """Let a cancelled session take place after all. Raises NotShared."""
    return _on(ref, on_date, account_id, Act.CHANGED, lambda cancelled, day: [one for one in cancelled if one != day])


# Steps


def _shown(row: FamilyClass, account_id: int) -> ShownClass:
    sessions, now = sessions_of(row), clock.now()
    is_mine = any(place.account_id == account_id for place in row.places)
    is_on = any(one.starts_at - DOOR_OPENS <= now < one.ends_at and not one.is_cancelled for one in sessions)
    return ShownClass(
        id=row.id,
        ref=row.ref,
        title=row.title,
        text=row.text,
        mode=row.mode,
        place=row.place,
        sessions=sessions,
        is_mine=is_mine,
        is_full=len(row.places) >= row.capacity,
        link=row.online_link if is_mine and is_on and row.mode == ONLINE else None,
    )


def _is_over(row: FamilyClass) -> bool:
    return sessions_of(row)[-1].ends_at <= clock.now()


def _locked(class_id: int) -> FamilyClass:
    """A class with its places as they are now; whoever takes or gives back one waits for the others."""
    row = session().get_one(FamilyClass, class_id, with_for_update={"of": FamilyClass})
    session().refresh(row, ["places"])
    return row


def _columns(wish: Plan) -> dict[str, object]:
    return {
        "title": " ".join(wish.title.split()),
        "text": wish.text.strip(),
        "mode": wish.mode,
        "place": wish.place.strip(),
        "online_link": wish.online_link or None,
        "capacity": wish.capacity,
        "starts_on": wish.starts_on,
        "wall_time": wish.wall_time,
        "minutes": wish.minutes,
        "sessions": wish.sessions,
        "skips": sorted(day.isoformat() for day in set(wish.skips)),
    }


def _move_up(row: FamilyClass) -> None:
    """Give everybody a seat within a smaller room."""
    for place in row.places:
        if place.seat > row.capacity:
            seat = free_seat(row.capacity, {one.seat for one in row.places})
            assert seat is not None
            place.seat = seat
            session().flush()


def _on(
    ref: str, on_date: dt.date, account_id: int | None, act: Act, change: Callable[[list[str], str], list[str]]
) -> FamilyClass:
    row = _locked(find(ref).id)
    one = next((one for one in sessions_of(row) if one.on_date == on_date), None)
    if one is None or one.ends_at <= clock.now():
        raise NotShared
    row.cancelled = change(row.cancelled, on_date.isoformat())
    _note(act, row, account_id)
    return row


def _note(act: Act, row: FamilyClass, account_id: int | None) -> None:
    record.write(act, WHAT, door="staff", patient_id=None, account_id=account_id, thing_id=row.id)
