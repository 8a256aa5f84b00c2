"""Quiet hours: email waits for their end on the reader's own clock, except for what cannot wait."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cast import DANA, SAM
from portal.db import session
from portal.emails.quiet_hours import over_at
from portal.models import Account, Appointment, OutgoingEmail
from portal.services import series
from tests.conftest import at_the_clinic
from tests.emails.conftest import Post
from tests.services.planning import march

CHICAGO = ZoneInfo("America/Chicago")
NIGHT = (dt.time(21), dt.time(7))


def there(wall: str) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=CHICAGO).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("now", "hours", "over"),
    [
        ("2026-11-23T20:59", NIGHT, None),
        ("2026-11-23T21:00", NIGHT, "2026-11-24T07:00"),
        ("2026-11-24T06:59", NIGHT, "2026-11-24T07:00"),
        ("2026-11-24T07:00", NIGHT, None),
        ("2026-11-24T13:30", (dt.time(13), dt.time(15)), "2026-11-24T15:00"),
        ("2026-11-24T22:00", (None, None), None),
        # Clocks jump over half past two, and show half past one twice.
        ("2027-03-13T23:00", NIGHT, "2027-03-14T07:00"),
        ("2027-03-14T01:00", (dt.time(0), dt.time(2, 30)), "2027-03-14T03:30"),
        ("2026-11-01T01:10", (dt.time(0), dt.time(1, 30)), "2026-11-01T01:30"),
    ],
)
def test_email_waits_for_the_end_of_the_quiet_hours(
    now: str, hours: tuple[dt.time | None, dt.time | None], over: str | None
) -> None:
    assert over_at(there(now), *hours, CHICAGO) == (there(over) if over else None)


@given(
    moment=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)),
    hours=st.lists(st.integers(0, 47), min_size=2, max_size=2, unique=True),
    zone=st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo),
)
def test_in_every_zone_a_wait_is_short_and_ends_when_it_is_not_quiet_any_more(
    moment: dt.datetime, hours: list[int], zone: ZoneInfo
) -> None:
    quiet = [dt.time(half // 2, half % 2 * 30) for half in hours]
    over = over_at(moment, *quiet, zone)

    def is_quiet(at: dt.datetime) -> bool:
        wall = at.astimezone(zone).time()
        return quiet[0] <= wall < quiet[1] if quiet[0] < quiet[1] else wall >= quiet[0] or wall < quiet[1]

    assert (over is not None) == is_quiet(moment)
    if over is not None:
        assert moment < over <= moment + dt.timedelta(hours=26)
        changes = moment.astimezone(zone).utcoffset() != over.astimezone(zone).utcoffset()
        assert changes or (not is_quiet(over) and is_quiet(over - dt.timedelta(microseconds=1)))


def row(post: Post, number: int) -> OutgoingEmail:
    with at_the_clinic(post.app):
        found = session().get_one(OutgoingEmail, number)
        session().expunge(found)
        return found


def test_at_night_on_the_readers_clock_an_update_waits_for_the_morning_and_no_try_is_counted(post: Post) -> None:
    with at_the_clinic(post.app):
        session().scalars(select(Account).where(Account.email == DANA.email)).one().time_zone = "Pacific/Honolulu"
    number = post.update_for(DANA)
    assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 0, "waiting": 1}, "half past four in Honolulu"

    waits = row(post, number)
    assert waits.due_at == dt.datetime(2026, 11, 23, 7, tzinfo=ZoneInfo("Pacific/Honolulu"))
    assert (waits.attempts, waits.lease_until, waits.claimed_by) == (0, None, None)

    post.clock.set(waits.due_at)
    assert post.deliver()["sent"] == 1


def test_who_wants_no_quiet_hours_is_written_to_at_night(post: Post) -> None:
    with at_the_clinic(post.app):
        dana = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        dana.quiet_from = dana.quiet_until = None
    post.clock.set(there("2026-11-23T23:00"))
    post.update_for(DANA)

    assert post.deliver()["sent"] == 1


def test_what_keeps_an_account_safe_and_what_begins_soon_goes_at_night_too(post: Post) -> None:
    booked = post.appointment_id()
    with at_the_clinic(post.app):
        starts_at = session().get_one(Appointment, booked).starts_at
    post.clock.set(starts_at - dt.timedelta(hours=13))
    post.queue("booking_confirmed", DANA, SAM, booked)
    post.queue("password_changed", DANA)
    assert post.deliver() == {"sent": 1, "withheld": 0, "failed": 0, "waiting": 1}

    post.clock.set(starts_at - dt.timedelta(hours=11))
    post.queue("booking_confirmed", DANA, SAM, booked)
    assert post.deliver() == {"sent": 1, "withheld": 0, "failed": 0, "waiting": 1}


def test_changed_times_wait_unless_the_first_of_them_begins_before_noon(post: Post) -> None:
    with at_the_clinic(post.app):
        made = series.publish(march(), account_id=None)
        first = min(entry.starts_at for entry in made.changed)
    post.clock.set(first.astimezone(CHICAGO).replace(hour=23, minute=0) - dt.timedelta(days=2))
    assert post.deliver()["sent"] == 0

    post.clock.set(first.astimezone(CHICAGO).replace(hour=6, minute=30))
    with at_the_clinic(post.app):
        for waiting in session().scalars(select(OutgoingEmail).where(OutgoingEmail.ended_at.is_(None))):
            waiting.due_at = post.clock.moment
    assert post.deliver()["waiting"] == 0
