"""The waiting list: a time that opens is kept for who has waited longest for one like it, and nobody learns a rank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clinic
from portal.cast import ALEX, DANA, ROSA, RUTH, SAM, Person
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import (
    Account,
    Appointment,
    AppointmentStatus,
    Closure,
    Consent,
    FamilySessionTerms,
    FreeHours,
    FreeHoursOverride,
    HoldKind,
    OutgoingEmail,
    Relative,
    StaffMember,
    WaitingListEntry,
)
from portal.services import (
    booking,
    booking_sweep,
    consents,
    holds,
    kept_times,
    narrowing,
    pauses,
    sessions,
    waiting,
    waiting_list,
)
from portal.services.booking import Choice
from portal.services.waiting_list_rules import Part, Wish
from tests.conftest import Clock, at_the_clinic, patient_id
from tests.services.test_consents import person_id, rows
from tests.services.test_sessions import emails, looking, of_ben, rows_of_free_times

pytestmark = pytest.mark.both_databases

EVERY_DAY = tuple(range(7))
EVENING = dt.datetime.fromisoformat("2026-12-01T17:30:00-06:00")
LATER = dt.datetime.fromisoformat("2026-12-02T17:30:00-06:00")


@pytest.fixture
def app(app: Flask) -> Flask:
    """A house in which Ben offers nothing yet."""
    close(app)
    return app


def close(app: Flask) -> None:
    ben = of_ben(app)
    with at_the_clinic(app):
        for hours in session().scalars(select(FreeHours).where(FreeHours.staff_id == ben)):
            session().delete(hours)


def wish(**other: object) -> Wish:
    usual = {"weekdays": EVERY_DAY, "parts": tuple(Part), "until_on": dt.date(2026, 12, 20), "mode": None}
    return Wish(**(usual | {"kind": "with patient"} | other))  # type: ignore[arg-type]


def waits(app: Flask, person: Person, **other: object) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    with looking(app, person):
        waiting.join(sam, ben, wish(**other))


def opens(app: Flask, *starts: dt.datetime) -> int:
    """Ben offers these starts from now on; how many of them are kept for somebody at once."""
    ben = of_ben(app)
    with at_the_clinic(app):
        for start in starts:
            minute = start.hour * 60 + start.minute
            session().add(
                FreeHoursOverride(staff_id=ben, on_date=start.date(), from_minute=minute, to_minute=minute + 50)
            )
        session().flush()
        return waiting_list.offer(ben)


def offers(app: Flask) -> list[tuple[str, dt.datetime]]:
    """For whom which times are kept from the list."""
    asked = (
        select(Account.email, Appointment.starts_at)
        .join(Relative, Relative.account_id == Account.id)
        .join(Appointment, Appointment.held_for_id == Relative.id)
        .where(Appointment.waiting_id.is_not(None), Appointment.status == AppointmentStatus.PROPOSED)
        .order_by(Appointment.starts_at)
    )
    with at_the_clinic(app):
        return [(email, at) for email, at in session().execute(asked)]


def ends(app: Flask) -> list[str | None]:
    return rows(app, select(WaitingListEntry.ended_because).order_by(WaitingListEntry.id))


def sweeps(app: Flask) -> None:
    with app.app_context():
        booking_sweep.sweep()


# Who gets it


def test_a_place_that_opens_is_kept_for_who_has_waited_longest(app: Flask, clock: Clock) -> None:
    waits(app, ALEX)
    clock.forward(minutes=5)
    waits(app, DANA)

    assert opens(app, EVENING) == 1
    assert offers(app) == [(ALEX.email, EVENING)]
    assert emails(app, "time_opened") == [ALEX.email]


def test_nobody_is_offered_a_place_when_there_is_none_all_are_kept_or_they_have_one(app: Flask, clock: Clock) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    waits(app, ALEX)
    assert opens(app) == 0

    assert opens(app, EVENING) == 1
    assert opens(app) == 0  # Alex has one
    waits(app, DANA)
    assert opens(app) == 0  # it is Alex's

    with looking(app, ALEX) as alex:
        kept = kept_times.of(patient_id(app, SAM), alex, ben, EVENING)
        assert kept is not None
        assert kept.patient_id == sam
        waiting.leave(kept.waiting_id)  # type: ignore[arg-type]
    assert offers(app) == [(DANA.email, EVENING)]


def test_two_places_go_to_two_people_one_each(app: Flask, clock: Clock) -> None:
    waits(app, ALEX)
    clock.forward(minutes=5)
    waits(app, DANA)

    assert opens(app, EVENING, LATER) == 2
    assert offers(app) == [(ALEX.email, EVENING), (DANA.email, LATER)]


def test_who_joins_while_a_place_is_free_has_it_at_once(app: Flask) -> None:
    opens(app, EVENING)
    waits(app, DANA)

    assert offers(app) == [(DANA.email, EVENING)]


@pytest.mark.parametrize(
    "other",
    [
        {"parts": (Part.MORNING,)},
        {"parts": (Part.AFTERNOON,)},
        {"weekdays": (0, 2, 3, 4, 5, 6)},
        {"until_on": dt.date(2026, 11, 30)},
    ],
)
def test_only_a_time_that_was_asked_for_is_offered(app: Flask, other: dict[str, object]) -> None:
    waits(app, DANA, **other)

    assert opens(app, EVENING) == 0


def test_who_wants_to_meet_in_a_way_that_is_not_held_any_more_is_offered_nothing(app: Flask) -> None:
    waits(app, DANA, mode="in person")
    waits(app, ALEX)
    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.modes = ["online"]

    assert opens(app, EVENING, LATER) == 1
    assert offers(app) == [(ALEX.email, EVENING)]


def test_who_has_as_many_sessions_as_they_may_is_offered_none(app: Flask) -> None:
    waits(app, DANA)
    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.per_family_open = 1

    assert opens(app, EVENING) == 0


def test_a_closed_day_offers_nothing_to_whoever_waits(app: Flask) -> None:
    waits(app, DANA)
    waits(app, ALEX)
    with at_the_clinic(app):
        session().add(Closure(starts_on=EVENING.date(), ends_on=EVENING.date(), name="Holiday"))

    assert opens(app, EVENING) == 0
    assert ends(app) == [None, None]


@pytest.mark.parametrize("frees", ["cancelled", "moved"])
def test_a_session_that_is_cancelled_or_moved_gives_its_time_to_who_waits(app: Flask, frees: str) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    opens(app, EVENING, LATER)
    with looking(app, ALEX):
        made = booking.book(Choice(sam, ben, EVENING, "online")).id
    waits(app, DANA, until_on=EVENING.date())
    assert offers(app) == []

    with looking(app, ALEX):
        if frees == "cancelled":
            sessions.cancel(made)
        else:
            booking.move(made, LATER)

    assert offers(app) == [(DANA.email, EVENING)]


def test_two_who_offer_at_once_make_one_offer(app: Flask) -> None:
    waits(app, DANA)
    ben = of_ben(app)
    with at_the_clinic(app):
        for start in (EVENING, LATER):
            minute = start.hour * 60 + start.minute
            session().add(
                FreeHoursOverride(staff_id=ben, on_date=start.date(), from_minute=minute, to_minute=minute + 50)
            )

    with ThreadPoolExecutor(4) as four:
        list(four.map(lambda _: sweeps(app), range(4)))

    assert offers(app) == [(DANA.email, EVENING)]
    assert len(rows(app, select(OutgoingEmail).where(OutgoingEmail.message == "time_opened"))) == 1


# How long


def test_a_place_is_kept_for_a_day_and_then_it_is_the_next_ones(app: Flask, clock: Clock) -> None:
    waits(app, ALEX)
    clock.forward(minutes=5)
    waits(app, DANA)
    opens(app, EVENING)

    clock.forward(hours=23, minutes=59)
    sweeps(app)
    assert offers(app) == [(ALEX.email, EVENING)]
    assert EVENING not in rows_of_free_times(app)

    clock.forward(minutes=1)
    sweeps(app)
    assert offers(app) == [(DANA.email, EVENING)]

    clock.forward(hours=24)
    sweeps(app)
    assert offers(app) == []  # both let it pass
    assert EVENING in rows_of_free_times(app)


def test_who_let_a_place_pass_is_last_in_line_for_the_next(app: Flask, clock: Clock) -> None:
    waits(app, ALEX)
    clock.forward(minutes=5)
    waits(app, DANA)
    opens(app, EVENING)
    clock.forward(hours=24)
    sweeps(app)
    clock.forward(hours=24)
    sweeps(app)

    assert opens(app, LATER) == 1
    assert offers(app) == [(ALEX.email, LATER)]  # Dana let it pass after Alex did


def test_a_place_that_lapsed_is_let_pass_also_when_somebody_else_takes_it_first(app: Flask, clock: Clock) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    waits(app, DANA)
    opens(app, EVENING)
    clock.forward(hours=24)

    with looking(app, ALEX):
        booking.keep(Choice(sam, ben, EVENING, "online"))

    assert rows(app, select(WaitingListEntry.passed)) == [[EVENING.astimezone(dt.UTC).isoformat()]]


def test_a_place_is_never_kept_beyond_its_beginning(app: Flask, clock: Clock) -> None:
    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.notice_hours = 0
    waits(app, DANA)
    clock.set(EVENING - dt.timedelta(hours=5))

    opens(app, EVENING)

    assert rows(app, select(Appointment.held_until).where(Appointment.waiting_id.is_not(None))) == [EVENING]


def test_of_four_kept_times_the_two_that_are_over_are_let_go(app: Flask, clock: Clock) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    with looking(app, DANA) as dana:
        for n, minutes in enumerate((-5, -1, 1, 5)):
            kept = kept_times.keep(
                sam, dana, ben, EVENING + dt.timedelta(days=n), mode="online", kind="with patient",
                until=clock.moment + dt.timedelta(minutes=10 + minutes),
            )  # fmt: skip
            assert kept is not None
    clock.forward(minutes=10)

    sweeps(app)

    left = rows(app, select(Appointment.starts_at).where(kept_times.IS_KEPT).order_by(Appointment.starts_at))
    assert left == [EVENING + dt.timedelta(days=n) for n in (2, 3)]


def test_a_session_that_waits_in_vain_for_a_yes_is_called_off_and_its_time_goes_to_who_waits(
    app: Flask, clock: Clock
) -> None:
    sam, ben, alex = patient_id(app, SAM), of_ben(app), person_id(app, SAM, ALEX)
    with at_the_clinic(app):
        sessions.ask_the_patient_first(sam, [alex])
    opens(app, EVENING)
    with looking(app, ALEX):
        booking.book(Choice(sam, ben, EVENING, "online"))
    waits(app, DANA)
    clock.forward(hours=48)

    sweeps(app)

    assert offers(app) == [(DANA.email, EVENING)]


# How it ends


def test_who_takes_the_time_waits_no_more(app: Flask) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    waits(app, DANA)
    opens(app, EVENING)

    with looking(app, DANA):
        made = booking.book(Choice(sam, ben, EVENING, "online"))
        assert made.status == AppointmentStatus.CONFIRMED

    assert ends(app) == ["booked"]
    assert offers(app) == []


def test_the_last_day_of_waiting_ends_it(app: Flask, clock: Clock) -> None:
    waits(app, DANA, until_on=dt.date(2026, 11, 25))
    clock.forward(days=3)

    sweeps(app)

    assert ends(app) == ["over"]


def stopped(sam: int, person: int) -> None:
    consents.stop(sam, person)


def narrowed(sam: int, person: int) -> None:
    narrowing.narrow(sam, person, Scope.FAMILY)


def paused(sam: int, person: int) -> None:
    pauses.pause(sam)


def held(sam: int, person: int) -> None:
    officer = session().scalars(select(StaffMember).where(StaffMember.name == RUTH.name)).one()
    holds.place(sam, person, kind=HoldKind.PRIVACY, reason="We look into it", by=officer)


@pytest.mark.parametrize("less", [stopped, narrowed, paused, held])
def test_less_sharing_ends_the_waiting_and_frees_the_place_in_the_same_act(
    app: Flask, less: Callable[[int, int], None]
) -> None:
    sam, person = patient_id(app, SAM), person_id(app, SAM, DANA)
    waits(app, DANA)
    opens(app, EVENING)

    with at_the_clinic(app):
        less(sam, person)

    assert ends(app) == ["sharing ended"]
    assert EVENING in rows_of_free_times(app)
    waiting_mail = select(OutgoingEmail.outcome).where(OutgoingEmail.message == "time_opened")
    assert rows(app, waiting_mail) == ["withheld"]


def test_a_place_that_a_stop_freed_goes_to_the_next(app: Flask, clock: Clock) -> None:
    sam, person = patient_id(app, SAM), person_id(app, SAM, DANA)
    waits(app, DANA)
    clock.forward(minutes=5)
    waits(app, ALEX)
    opens(app, EVENING)
    with at_the_clinic(app):
        consents.stop(sam, person)

    sweeps(app)

    assert offers(app) == [(ALEX.email, EVENING)]


def test_who_may_not_know_any_more_is_passed_over_though_nobody_ended_their_waiting(app: Flask, clock: Clock) -> None:
    waits(app, DANA)
    clock.forward(minutes=5)
    waits(app, ALEX)
    person = person_id(app, SAM, DANA)
    with at_the_clinic(app):
        for consent in session().scalars(select(Consent).where(Consent.related_person_id == person)):
            consent.ends_sooner_at = clock.moment - dt.timedelta(hours=1)

    assert opens(app, EVENING) == 1
    assert offers(app) == [(ALEX.email, EVENING)]


# What the viewer asks for


def test_somebody_without_a_consent_cannot_wait(app: Flask) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)

    with looking(app, ROSA), pytest.raises(NotShared):
        waiting.join(sam, ben, wish())


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"weekdays": ()}, "days"),
        ({"weekdays": (7,)}, "days"),
        ({"parts": ()}, "parts"),
        ({"parts": ("night",)}, "parts"),
        ({"until_on": dt.date(2026, 11, 22)}, "until"),
        ({"until_on": dt.date(2027, 2, 13)}, "until"),
        ({"mode": "by post"}, "how"),
        ({"kind": "couple"}, "kind"),
    ],
)
def test_what_cannot_be_waited_for_is_refused_at_its_field(app: Flask, other: dict[str, object], field: str) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    with looking(app, DANA), pytest.raises(Refused) as refused:
        waiting.join(sam, ben, wish(**other))

    assert refused.value.field == field


def test_one_may_wait_until_the_last_day_of_the_consent(app: Flask) -> None:
    with at_the_clinic(app):
        last = clinic.today() + dt.timedelta(days=81)

    waits(app, DANA, until_on=last)

    assert ends(app) == [None]


def test_joining_twice_is_waiting_once_in_the_same_turn(app: Flask, clock: Clock) -> None:
    waits(app, DANA)
    clock.forward(minutes=5)
    waits(app, ALEX)
    clock.forward(minutes=5)
    waits(app, DANA, parts=(Part.EVENING,))

    assert len(rows(app, select(WaitingListEntry))) == 2
    opens(app, EVENING)
    assert offers(app) == [(DANA.email, EVENING)]


def test_a_place_that_does_not_suit_what_one_waits_for_now_goes_to_the_next(app: Flask, clock: Clock) -> None:
    waits(app, DANA)
    clock.forward(minutes=5)
    waits(app, ALEX)
    opens(app, EVENING)

    waits(app, DANA, parts=(Part.MORNING,))

    assert offers(app) == [(ALEX.email, EVENING)]


# What nobody can tell


def test_free_times_do_not_tell_whether_a_time_is_kept_or_booked(app: Flask) -> None:
    sam, ben = patient_id(app, SAM), of_ben(app)
    waits(app, ALEX)
    opens(app, EVENING, LATER)
    with looking(app, DANA):
        while_kept = booking.offered_to_the_viewer(ben)

    with looking(app, ALEX):
        booking.book(Choice(sam, ben, EVENING, "online"))
    with looking(app, DANA):
        assert booking.offered_to_the_viewer(ben) == while_kept == [LATER]
