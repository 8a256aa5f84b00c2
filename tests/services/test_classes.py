"""Classes for families: whoever is a relative can come until one is full, and nobody in treatment is linked to it."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.cast import ALEX, DANA, JO, Person
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Account, FamilyClass, FamilyClassPlace
from portal.services import classes
from portal.services.classes_rules import Plan, check_plan, days, free_seat
from tests.conftest import Clock, at_the_clinic
from tests.services.test_consents import rows

SATURDAY = dt.date(2026, 11, 28)
PLAN = Plan(
    title="Talking at home", text="", mode="online", place="", online_link="https://meet.example.org/a", capacity=12,
    starts_on=SATURDAY, wall_time=dt.time(10), minutes=90, sessions=6,
)  # fmt: skip


def account(app: Flask, person: Person) -> int:
    return rows(app, select(Account.id).where(Account.email == person.email))[0]


def the_class(app: Flask) -> int:
    return rows(app, select(FamilyClass.id))[0]


def with_seats(app: Flask, seats: int) -> int:
    one = the_class(app)
    with at_the_clinic(app):
        session().execute(update(FamilyClass).values(capacity=seats))
    return one


def sign_up(app: Flask, class_id: int, account_id: int) -> bool:
    try:
        with at_the_clinic(app):
            classes.sign_up(class_id, account_id)
    except Refused:
        return False
    return True


# Rules


def test_sessions_are_weekly_and_a_skipped_day_makes_the_series_a_week_longer() -> None:
    skipped = SATURDAY + dt.timedelta(weeks=1)

    assert days(SATURDAY, 3, [skipped]) == [SATURDAY + dt.timedelta(weeks=n) for n in (0, 2, 3)]


def test_a_seat_is_the_first_that_nobody_has() -> None:
    assert free_seat(3, {1, 3}) == 2
    assert free_seat(3, {1, 2, 3}) is None


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"text": "x" * 4001}, "text"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 201}, "capacity"),
        ({"minutes": 14}, "minutes"),
        ({"sessions": 0}, "sessions"),
        ({"sessions": 53}, "sessions"),
        ({"mode": "by post"}, "mode"),
        ({"mode": "in person"}, "place"),
        ({"online_link": "http://meet.example.org"}, "online_link"),
        ({"skips": (SATURDAY + dt.timedelta(days=1),)}, "skips"),
        ({"skips": (SATURDAY + dt.timedelta(weeks=9),)}, "skips"),
    ],
)
def test_what_no_family_could_come_to_is_refused_at_its_field(app: Flask, other: dict[str, object], field: str) -> None:
    with app.app_context(), pytest.raises(Refused) as refused:
        check_plan(replace(PLAN, **other))  # type: ignore[arg-type]

    assert refused.value.field == field


# Places


@pytest.mark.both_databases
def test_the_thirteenth_of_twelve_is_refused_however_fast_they_all_are(app: Flask) -> None:
    one = with_seats(app, 12)
    thirteen = rows(app, select(Account.id).order_by(Account.id).limit(13))

    with ThreadPoolExecutor(6) as together:
        got = list(together.map(lambda account_id: sign_up(app, one, account_id), thirteen))

    assert got.count(True) == 12
    assert sorted(rows(app, select(FamilyClassPlace.seat))) == list(range(1, 13))


@pytest.mark.both_databases
def test_the_database_gives_no_seat_twice_and_nobody_two(app: Flask) -> None:
    one, dana, alex = the_class(app), account(app, DANA), account(app, ALEX)
    sign_up(app, one, dana)

    for account_id, seat in ((alex, 1), (dana, 2)):
        with pytest.raises(IntegrityError), at_the_clinic(app):
            session().add(
                FamilyClassPlace(
                    class_id=one, account_id=account_id, seat=seat, joined_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
                )
            )


@pytest.mark.both_databases
def test_a_place_that_is_given_back_is_free(app: Flask) -> None:
    one, dana, jo = with_seats(app, 1), account(app, DANA), account(app, JO)
    assert sign_up(app, one, dana)
    assert not sign_up(app, one, jo)

    with at_the_clinic(app):
        classes.leave(one, dana)

    assert sign_up(app, one, jo)
    assert rows(app, select(FamilyClassPlace.account_id)) == [jo]


def test_signing_up_twice_is_one_place(app: Flask) -> None:
    one, dana = the_class(app), account(app, DANA)

    assert sign_up(app, one, dana)
    assert sign_up(app, one, dana)

    assert len(rows(app, select(FamilyClassPlace))) == 1


def test_who_signed_up_is_known_by_name_in_the_order_they_came(app: Flask, clock: Clock) -> None:
    one = the_class(app)
    sign_up(app, one, account(app, JO))
    clock.forward(minutes=1)
    sign_up(app, one, account(app, DANA))

    with at_the_clinic(app):
        assert classes.names_in(session().get_one(FamilyClass, one)) == [JO.name, DANA.name]


def test_the_link_is_there_for_who_has_a_place_from_a_quarter_of_an_hour_before(app: Flask, clock: Clock) -> None:
    one, dana, jo = the_class(app), account(app, DANA), account(app, JO)
    sign_up(app, one, dana)

    def link(account_id: int) -> str | None:
        with at_the_clinic(app):
            return classes.to_come(account_id)[0].link

    clock.set(dt.datetime.fromisoformat("2026-11-28T09:44:59-06:00"))
    assert link(dana) is None
    clock.forward(seconds=1)
    assert link(dana) == "https://meet.example.org/listening"
    assert link(jo) is None
    clock.set(dt.datetime.fromisoformat("2026-11-28T11:30:00-06:00"))
    assert link(dana) is None


def test_ten_in_the_morning_stays_ten_when_the_clocks_change(app: Flask) -> None:
    with at_the_clinic(app):
        row = classes.plan(replace(PLAN, starts_on=dt.date(2027, 3, 13), sessions=2), account_id=None)
        hours = [one.starts_at.hour for one in classes.sessions_of(row)]

    assert hours == [16, 15]


def test_nobody_signs_up_for_a_class_that_is_over(app: Flask, clock: Clock) -> None:
    one, dana = the_class(app), account(app, DANA)
    clock.forward(weeks=9)

    assert not sign_up(app, one, dana)
    with at_the_clinic(app):
        assert classes.to_come(dana) == []


# The care team


def test_a_cancelled_session_keeps_its_number_and_can_be_brought_back(app: Flask) -> None:
    ref = rows(app, select(FamilyClass.ref))[0]

    def cancelled() -> list[int]:
        with at_the_clinic(app):
            return [one.number for one in classes.sessions_of(classes.find(ref)) if one.is_cancelled]

    with at_the_clinic(app):
        classes.call_off(ref, SATURDAY + dt.timedelta(weeks=1), account_id=None)
    assert cancelled() == [2]
    with at_the_clinic(app):
        classes.bring_back(ref, SATURDAY + dt.timedelta(weeks=1), account_id=None)
    assert cancelled() == []


def test_a_day_without_a_session_cannot_be_cancelled(app: Flask, clock: Clock) -> None:
    ref = rows(app, select(FamilyClass.ref))[0]
    with at_the_clinic(app), pytest.raises(NotShared):
        classes.call_off(ref, SATURDAY + dt.timedelta(days=1), account_id=None)

    clock.forward(days=6)
    with at_the_clinic(app), pytest.raises(NotShared):
        classes.call_off(ref, SATURDAY, account_id=None)


def test_a_class_cannot_become_smaller_than_who_comes_and_all_have_a_seat_in_it(app: Flask) -> None:
    one, ref = the_class(app), rows(app, select(FamilyClass.ref))[0]
    for person in (DANA, ALEX, JO):
        sign_up(app, one, account(app, person))
    with at_the_clinic(app):
        classes.leave(one, account(app, DANA))

    with at_the_clinic(app), pytest.raises(Refused) as refused:
        classes.change(ref, replace(PLAN, capacity=1), account_id=None)
    assert refused.value.field == "capacity"
    with at_the_clinic(app):
        classes.change(ref, replace(PLAN, capacity=2), account_id=None)

    assert sorted(rows(app, select(FamilyClassPlace.seat))) == [1, 2]


def test_a_new_class_begins_in_time_to_come(app: Flask) -> None:
    with at_the_clinic(app), pytest.raises(Refused) as refused:
        classes.plan(replace(PLAN, starts_on=dt.date(2026, 11, 22)), account_id=None)

    assert refused.value.field == "starts_on"
