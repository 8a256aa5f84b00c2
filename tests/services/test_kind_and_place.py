"""Session times without the place, or without the kind, of each session: neither is there, nor that it changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, DANA, PRIYA, ROBIN, SAM
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import Refused
from portal.exchange import sees
from portal.models import Consent, ConsentScope, Kind, RelatedPerson, ScheduleEntry, Timetable
from portal.services import narrowing, occurrences, schedule_changes, series
from portal.services.consent_rules import Answers, check_what
from portal.services.series_edits import Which, plan_of
from tests.browser_form import soup
from tests.conftest import SignIn, at_the_clinic, patient_id
from tests.services.planning import mail
from tests.staff.looking import patient_ref

EVENING = dt.datetime.fromisoformat("2026-11-30T18:00-06:00")


def keep(app: Flask, *scopes: Scope, patient: Any = SAM) -> None:
    """The patient never ticked these for Dana."""
    with at_the_clinic(app):
        of_dana = select(Consent.id).where(
            Consent.patient_id == patient_id(app, patient),
            Consent.related_person_id.in_(select(RelatedPerson.id).where(RelatedPerson.name == DANA.name)),
        )
        mine = select(ConsentScope).where(ConsentScope.consent_id.in_(of_dana), ConsentScope.scope.in_(scopes))
        for row in session().scalars(mine).all():
            session().delete(row)


@pytest.fixture
def only_sam(app: Flask) -> None:
    """Dana sees sessions of Sam only."""
    keep(app, Scope.TIMES, Scope.KIND, Scope.PLACE, patient=ROBIN)


def sessions(app: Flask, email: str = DANA.email) -> list[dict[str, Any]]:
    with app.app_context():
        g.reading = True
        return list(sees.sees(email)["schedule"])


def evening(app: Flask) -> str:
    with app.app_context():
        g.reading = True
        found = select(ScheduleEntry).join(Timetable).where(
            ScheduleEntry.starts_at == EVENING, Timetable.name == "Evening A"
        )  # fmt: skip
        return session().scalars(found).one().ref


def another_room(ref: str) -> None:
    details = occurrences.details_of(occurrences.find(ref))
    occurrences.change(ref, replace(details, place="Room 9"), account_id=None)


def another_kind(ref: str) -> None:
    entry = occurrences.find(ref)
    assert entry.series is not None
    plan = replace(plan_of(entry.series), type="individual")
    series.change(entry, plan, Which.ALL, account_id=None, sequence=entry.series.sequence)


def another_time(ref: str) -> None:
    occurrences.move(ref, EVENING.date(), dt.time(19), account_id=None)


def closed_instead(ref: str) -> None:
    entry = occurrences.find(ref)
    entry.kind = Kind.CLOSED
    schedule_changes.tell([entry], account_id=None)


@pytest.mark.both_databases
@pytest.mark.usefixtures("only_sam")
def test_who_keeps_the_place_shows_days_times_and_kinds(app: Flask, sign_in: SignIn) -> None:
    keep(app, Scope.PLACE)

    assert {one["place"] for one in sessions(app)} == {""}
    assert {one["kind"] for one in sessions(app)} == {"group", "class"}
    dana = sign_in(DANA)
    pages = ("/schedule", "/schedule/2026-12", "/schedule/print?names=y&places=y&weeks=8", "/schedule/calendar")
    for page in pages:
        shown = soup(dana.get(page)).main.text  # type: ignore[union-attr]
        assert "Group" in shown
        assert "Room 1" not in shown
        assert "Room 2" not in shown


@pytest.mark.both_databases
@pytest.mark.usefixtures("only_sam")
def test_who_keeps_the_kind_shows_sessions_and_where_they_are(app: Flask, sign_in: SignIn) -> None:
    keep(app, Scope.KIND)

    assert {one["kind"] for one in sessions(app)} == {""}
    assert "Room 1" in {one["place"] for one in sessions(app)}
    dana = sign_in(DANA)
    for page in ("/home", "/schedule", "/schedule/2026-12", "/schedule/print?names=y&places=y", "/schedule/calendar"):
        shown = soup(dana.get(page)).main.text  # type: ignore[union-attr]
        assert "Group" not in shown
        assert "group" not in shown
        assert "Session" in shown or "session" in shown


@pytest.mark.parametrize(
    ("kept", "act", "hears"),
    [
        (Scope.PLACE, another_room, False),
        (Scope.PLACE, another_kind, True),
        (Scope.PLACE, another_time, True),
        (Scope.KIND, another_room, True),
        (Scope.KIND, another_kind, False),
        (Scope.KIND, another_time, True),
        (Scope.KIND, closed_instead, True),
    ],
)
@pytest.mark.usefixtures("only_sam")
def test_who_does_not_see_it_does_not_hear_that_it_changed(
    app: Flask, kept: Scope, act: Callable[[str], None], hears: bool
) -> None:
    keep(app, kept)
    ref, before = evening(app), sessions(app)

    with at_the_clinic(app):
        act(ref)

    assert (sessions(app) != before) == hears
    told = [email for email, _ in mail(app)]
    assert told.count(DANA.email) == hears
    assert ALEX.email in told


@pytest.mark.usefixtures("only_sam")
def test_a_room_that_changes_after_the_time_keeps_the_email_about_the_time(app: Flask) -> None:
    keep(app, Scope.PLACE)
    ref = evening(app)

    with at_the_clinic(app):
        another_time(ref)
    seen = sessions(app)
    with at_the_clinic(app):
        another_room(ref)

    assert sessions(app) == seen
    assert [email for email, _ in mail(app)].count(DANA.email) == 1


@pytest.mark.both_databases
def test_the_place_is_turned_off_by_itself_and_with_the_times_everything_of_them(app: Flask) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        dana = session().scalars(
            select(RelatedPerson.id).where(RelatedPerson.patient_id == sam, RelatedPerson.name == DANA.name)
        ).one()  # fmt: skip
        narrowing.narrow(sam, dana, Scope.PLACE)
    assert {one["place"] for one in sessions(app) if one["person"] == "Sam"} == {""}

    with at_the_clinic(app):
        narrowing.narrow(sam, dana, Scope.TIMES)
        rows = session().scalars(select(ConsentScope).join(Consent).where(Consent.related_person_id == dana)).all()
        assert {row.scope for row in rows if row.off_at is not None} == {"times", "kind", "place"}
    assert {one["person"] for one in sessions(app)} == {"Robin"}


def test_kind_and_place_alone_say_nothing_and_are_refused() -> None:
    with pytest.raises(Refused, match="part of session times"):
        check_what(Answers(scopes=(Scope.PLACE, Scope.GOING)))
    check_what(Answers(scopes=(Scope.TIMES, Scope.PLACE)))


def test_what_is_left_out_is_said_to_the_relative(app: Flask, sign_in: SignIn) -> None:
    keep(app, Scope.PLACE)

    assert "Session times (but not where)" in soup(sign_in(DANA).get("/shared")).text


@pytest.mark.parametrize(
    ("kept", "but"),
    [
        ((), ""),
        ((Scope.PLACE,), "but not where"),
        ((Scope.KIND,), "but not what kind each is"),
        ((Scope.KIND, Scope.PLACE), "nothing more about them"),
        ((Scope.TIMES, Scope.KIND), ""),
    ],
)
def test_the_picture_says_beside_the_tick_what_of_session_times_is_left_out(
    app: Flask, sign_in: SignIn, kept: tuple[Scope, ...], but: str
) -> None:
    keep(app, *kept)
    ticked = "Cannot see" if Scope.TIMES in kept else "Can see"

    for browser, page in ((sign_in(SAM), "/me/sharing"), (sign_in(PRIYA), f"/staff/people/{patient_ref(app, 'Sam')}")):
        rows = soup(browser.get(page)).select(".matrix tbody tr")
        times = next(row for row in rows if DANA.name in row.text).select_one("td")
        assert " ".join(times.text.split()) == (f"{ticked}, {but}" if but else ticked)  # type: ignore[union-attr]
        alex = next(row for row in rows if ALEX.name in row.text).select_one("td")
        assert " ".join(alex.text.split()) == "Can see"  # type: ignore[union-attr]
    lines = soup(sign_in(SAM).get("/me")).select(".matrix-small li")
    said = [line.text for line in lines if "Session times (" in line.text]
    assert len(said) == bool(but)
    assert all(DANA.given_name in line and f"Session times ({but})" in line for line in said)
