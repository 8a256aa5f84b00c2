"""Appointments become sessions on a timetable, or booked family sessions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select, update

from portal import clock
from portal.cast import BEN, DANA, SAM
from portal.db import session
from portal.models import (
    Account,
    Appointment,
    AppointmentStatus,
    OutgoingEmail,
    Patient,
    Relative,
    ScheduleEntry,
    StaffMember,
)
from portal.services import kept_times
from tests.conftest import at_the_clinic
from tests.exchange.bundles import (
    appointment,
    bundle,
    consent,
    every_row,
    everything,
    family_session,
    imported,
    patient,
    provision,
    reasons,
    refused,
    related_person,
    sees,
    tonight,
)

ROBIN = patient("p2", name=[{"given": ["Robin"]}], telecom=[])
LATER = {"start": "2026-11-23T18:30:00-06:00", "end": "2026-11-23T21:30:00-06:00"}


def evening(app: Flask, **more: Any) -> list[tuple[str, str, str]]:
    return [(one["start"], one["kind"], one["status"]) for one in sees(app)["schedule"]]


@pytest.mark.both_databases
def test_a_moved_session_is_marked_as_changed_and_stays_so(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    assert evening(app) == [("2026-11-23T18:00:00-06:00", "group", "on")]

    for _ in range(2):
        imported(app, everything(a1=tonight(**LATER)), tmp_path)
        assert evening(app) == [("2026-11-23T18:30:00-06:00", "group", "changed")]

    with app.app_context():
        g.reading = True
        entry = session().scalars(select(ScheduleEntry).where(ScheduleEntry.external_id == "a1")).one()
        assert entry.was_at is not None
        assert entry.was_at.isoformat() == "2026-11-24T00:00:00+00:00"


def test_who_may_see_a_session_is_told_once_that_it_changed_and_not_that_it_is_new(app: Flask, tmp_path: Path) -> None:
    def queued() -> int:
        with app.app_context():
            g.reading = True
            told = select(OutgoingEmail).where(OutgoingEmail.message == "schedule_changed")
            return len(session().scalars(told).all())

    imported(app, everything(), tmp_path)
    assert queued() == 0

    for _ in range(2):
        imported(app, everything(a1=tonight(**LATER)), tmp_path)
        assert queued() == 1


def test_a_cancelled_session_is_shown_as_cancelled(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)

    imported(app, everything(a1=tonight(status="cancelled")), tmp_path)

    assert [one[2] for one in evening(app)] == ["cancelled"]


@pytest.mark.parametrize("status", ["noshow", "arrived", "fulfilled", "checked-in"])
def test_whether_somebody_came_cannot_be_told(app: Flask, tmp_path: Path, status: str) -> None:
    imported(app, everything(), tmp_path)
    before = sees(app)

    imported(app, everything(a1=tonight(status=status)), tmp_path)

    assert sees(app) == before


@pytest.mark.parametrize("status", ["proposed", "pending", "waitlist", "entered-in-error"])
def test_a_session_not_agreed_on_is_not_shown(app: Flask, tmp_path: Path, status: str) -> None:
    summary = imported(app, everything(a1=tonight(status=status)), tmp_path)
    assert (evening(app), summary["left_out"]["Appointment"]) == ([], 1)

    imported(app, everything(), tmp_path)
    imported(app, everything(a1=tonight(status=status)), tmp_path)
    assert evening(app) == []


@pytest.mark.parametrize("kind", ["group", "individual", "class", "family", "closed"])
def test_every_kind_of_the_contract_is_shown(app: Flask, tmp_path: Path, kind: str) -> None:
    session_ = tonight() | {"serviceType": appointment("x", "", "", kind=kind)["serviceType"]}

    imported(app, everything(a1=session_), tmp_path)

    assert [one[1] for one in evening(app)] == [kind]


@pytest.mark.parametrize("kind", [None, "medication"])
def test_a_session_of_no_kind_that_may_be_shown_is_not_kept(app: Flask, tmp_path: Path, kind: str | None) -> None:
    imported(app, everything(), tmp_path)
    session_ = tonight() | {"serviceType": appointment("x", "", "", kind=kind)["serviceType"]}

    summary = imported(app, everything(a1=session_), tmp_path)

    assert "not kept" in reasons(summary, "Appointment/a1")
    assert evening(app) == []


def test_a_group_session_is_on_the_timetable_of_each_who_takes_part(app: Flask, tmp_path: Path) -> None:
    times = consent(provision("rp2", ["times"]), id_="c2", patient={"reference": "Patient/p2"}, performer=[])
    group = tonight("a1", "Patient/p1", "Patient/p2", "Location/room")
    both = [ROBIN, related_person("rp2", "alex@families.example", who="p2"), times]

    imported(app, [*everything(a1=group), *both], tmp_path)
    assert (len(evening(app)), len(sees(app, "alex@families.example")["schedule"])) == (1, 1)

    imported(app, [*everything(), *both], tmp_path)
    assert (len(evening(app)), len(sees(app, "alex@families.example")["schedule"])) == (1, 0)


@pytest.mark.parametrize("more", [{"start": None, "end": None}, {"participant": [{"status": "accepted"}]}])
def test_a_session_without_a_time_or_a_patient_is_named(app: Flask, tmp_path: Path, more: dict[str, Any]) -> None:
    session_ = {name: value for name, value in (tonight() | more).items() if value is not None}

    assert "not kept" in reasons(imported(app, everything(a1=session_), tmp_path), "Appointment/a1")


# Family sessions


def booked(app: Flask) -> list[tuple[str, str]]:
    return [(one["start"][11:16], one["status"]) for one in sees(app)["bookings"]]


@pytest.mark.parametrize("status", ["noshow", "fulfilled"])
def test_a_family_session_is_confirmed_whoever_came(app: Flask, tmp_path: Path, status: str) -> None:
    imported(app, everything(f1=family_session(status=status)), tmp_path)

    assert booked(app) == [("17:00", "confirmed")]


@pytest.mark.both_databases
def test_sessions_may_change_places_in_one_import(app: Flask, tmp_path: Path) -> None:
    second = family_session("f2", "18:00", "18:50")
    imported(app, [*everything(), second], tmp_path)

    swapped = [*everything(f1=family_session(start="18:00", end="18:50")), family_session("f2")]
    imported(app, swapped, tmp_path)
    assert booked(app) == [("17:00", "confirmed"), ("18:00", "confirmed")]

    taken_over = [*everything(f1=family_session(status="cancelled")), family_session("f2"), family_session("f3")]
    assert "at the same time" in refused(app, bundle(taken_over), tmp_path)


@pytest.mark.both_databases
def test_a_cancelled_session_makes_room_for_a_new_one_in_the_same_import(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)

    imported(app, [*everything(f1=family_session(status="cancelled")), family_session("f2")], tmp_path)

    assert sorted(booked(app)) == [("17:00", "cancelled"), ("17:00", "confirmed")]


@pytest.mark.both_databases
def test_two_sessions_of_one_therapist_at_once_are_refused_and_both_named(app: Flask, tmp_path: Path) -> None:
    said = refused(app, bundle([*everything(), family_session("f2", "17:30", "18:20")]), tmp_path)

    assert "Appointment/f1 and Appointment/f2 are at the same time" in said


def test_a_session_that_hits_one_booked_here_is_refused(app: Flask, tmp_path: Path) -> None:
    said = refused(app, bundle(everything(f1=family_session(day="2026-11-24"))), tmp_path)

    assert "a session booked in the portal" in said


@pytest.mark.both_databases
def test_a_time_that_somebody_only_looks_over_gives_way_to_what_is_booked_there(app: Flask, tmp_path: Path) -> None:
    with at_the_clinic(app):
        dana = session().scalars(select(Relative.id).join(Account).where(Account.email == DANA.email)).one()
        ben = session().scalars(select(StaffMember.id).where(StaffMember.name == BEN.name)).one()
        sam = session().scalars(select(Patient.id).join(Account).where(Account.email == SAM.email)).one()
        half_past = dt.datetime.fromisoformat("2026-12-01T17:30:00-06:00")
        until = clock.now() + dt.timedelta(minutes=10)
        assert kept_times.keep(sam, dana, ben, half_past, mode="online", kind="with patient", until=until)

    imported(app, everything(), tmp_path)

    assert ("17:00", "confirmed") in booked(app)
    with at_the_clinic(app):
        assert session().scalars(select(Appointment).where(kept_times.IS_KEPT)).all() == []


def test_sessions_back_to_back_are_taken_as_they_are(app: Flask, tmp_path: Path) -> None:
    imported(app, [*everything(), family_session("f2", "17:50", "18:40")], tmp_path)
    before = every_row(app)

    imported(app, [*everything(), family_session("f2", "17:50", "18:40")], tmp_path)

    assert len(booked(app)) == 2
    assert every_row(app) == before


def test_what_was_cancelled_here_is_not_brought_back(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    with at_the_clinic(app):
        session().execute(
            update(Appointment)
            .where(Appointment.external_id == "f1")
            .values(status=AppointmentStatus.CANCELLED, cancelled_by="relative")
        )

    summary = imported(app, everything(), tmp_path)

    assert "stays cancelled" in reasons(summary, "Appointment/f1")
    assert booked(app) == [("17:00", "cancelled")]


def test_what_the_clinics_system_cancelled_it_may_take_back_and_the_relative_is_told(
    app: Flask, tmp_path: Path
) -> None:
    imported(app, everything(), tmp_path)
    imported(app, everything(f1=family_session(status="cancelled")), tmp_path)
    assert booked(app) == [("17:00", "cancelled")]
    with app.app_context():
        g.reading = True
        assert session().scalars(select(OutgoingEmail.message)).all().count("booking_cancelled") == 1

    imported(app, everything(), tmp_path)
    assert booked(app) == [("17:00", "confirmed")]


@pytest.mark.parametrize(
    ("actors", "said"),
    [
        (["Patient/p1", "RelatedPerson/rp1"], "names no therapist"),
        (["RelatedPerson/rp1", "Practitioner/ben"], "must name one patient"),
    ],
)
def test_a_family_session_needs_one_patient_and_a_therapist(
    app: Flask, tmp_path: Path, actors: list[str], said: str
) -> None:
    people = [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors]

    assert said in reasons(imported(app, everything(f1=family_session(participant=people)), tmp_path), "Appointment/f1")


def test_a_relative_who_is_no_longer_in_a_session_does_not_see_it(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    without = [one for one in family_session()["participant"] if "RelatedPerson" not in one["actor"]["reference"]]

    imported(app, everything(f1=family_session(participant=without)), tmp_path)

    assert booked(app) == []


def test_a_session_that_becomes_a_family_session_is_one_thing_still(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)

    imported(app, everything(a1=family_session("a1", "19:00", "19:50")), tmp_path)
    assert (evening(app), len(booked(app))) == ([], 2)

    imported(app, everything(), tmp_path)
    assert (len(evening(app)), sorted(booked(app))) == (1, [("17:00", "confirmed"), ("19:00", "cancelled")])
