"""The day board: who meets when, what needs the care team, and counts that name no family."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import cast
from portal.cast import DANA, PRIYA, SAM
from portal.db import session
from portal.models import (
    Account,
    Appointment,
    AppointmentParticipant,
    Consent,
    OutgoingEmail,
    Patient,
    RelatedPerson,
    Relative,
    SharingDraft,
    StaffMember,
)
from portal.services import consents, taking_part
from tests.conftest import MORNING, SignIn, at_the_clinic, patient_id
from tests.staff.looking import patient_ref, questions_to_the_database


def board(client: FlaskClient, url: str = "/staff") -> BeautifulSoup:
    answer = client.get(url)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def words(found: object) -> str:
    return " ".join(found.get_text(" ").split())  # type: ignore[attr-defined]


def sessions(page: BeautifulSoup) -> list[str]:
    return [words(row) for row in page.select("main section:first-of-type tbody tr")]


def needs(page: BeautifulSoup) -> list[str]:
    return [words(item) for item in page.select("main .inset a")]


def test_the_board_lists_the_days_sessions_with_how_many_come(app: Flask, sign_in: SignIn) -> None:
    page = board(sign_in(PRIYA))

    assert words(page.h1) == "Monday, November 23"
    assert sessions(page)[0].startswith("6:00 PM Group, Evening A 1")
    assert "Room 1 On" in sessions(page)[0]


@pytest.mark.both_databases
def test_a_family_session_shows_first_letter_and_family_name_only(app: Flask, sign_in: SignIn) -> None:
    (family_session,) = sessions(board(sign_in(PRIYA), "/staff/day/2026-11-24"))

    assert family_session == "5:30 PM Family S. Rivera + 1 relative online Confirmed"


def test_a_moved_session_says_when_it_was(app: Flask, sign_in: SignIn) -> None:
    moved = sessions(board(sign_in(PRIYA), "/staff/day/2026-11-25"))[0]

    assert "Moved was 6:00 PM" in moved


@pytest.mark.parametrize("date", ["2026-02-30", "yesterday", "0001-01-01", "9999-12-31", "20261124", "2026-W48-2"])
def test_a_day_that_is_none_is_not_found(app: Flask, sign_in: SignIn, date: str) -> None:
    assert sign_in(PRIYA).get(f"/staff/day/{date}").status_code == 404


def test_a_form_that_cannot_be_used_needs_the_care_team(app: Flask, sign_in: SignIn) -> None:
    page = board(sign_in(PRIYA))
    link = page.find("a", string="A signed form of S. Rivera cannot be used")

    assert link is not None
    assert link["href"] == f"/staff/people/{patient_ref(app, 'Sam')}"
    assert "It does not say why. It cannot be used until it does." in words(link.parent)


def test_somebody_who_would_like_to_talk_needs_the_care_team(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().add(SharingDraft(patient_id=patient_id(app, SAM), changed_at=MORNING, wants_to_talk_at=MORNING))

    assert "S. Rivera would like to talk about sharing" in needs(board(sign_in(PRIYA)))


def test_a_consent_that_ends_soon_needs_the_care_team(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        dana = session().scalars(select(Consent).where(Consent.signed_at.is_not(None)).order_by(Consent.id)).first()
        assert dana is not None
        dana.ends_on, dana.ends_at = dt.date(2026, 12, 4), MORNING.replace(month=12, day=5, hour=0, minute=0)

    assert "A consent of S. Rivera ends Friday, December 4" in needs(board(sign_in(PRIYA)))


def test_email_that_was_given_up_needs_the_care_team(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().add(
            OutgoingEmail(
                message="update_posted", queued_at=MORNING, due_at=MORNING, ended_at=MORNING, outcome="failed"
            )
        )

    assert "1 email could not be delivered" in needs(board(sign_in(PRIYA)))


def test_a_session_that_its_relative_cannot_see_any_more_needs_a_call(app: Flask, sign_in: SignIn) -> None:
    assert not [item for item in needs(board(sign_in(PRIYA))) if item.startswith("Call")]
    with at_the_clinic(app):
        consents.pause(patient_id(app, SAM))

    assert "Call S. Rivera about the session on Tuesday, November 24" in needs(board(sign_in(PRIYA)))


def test_a_person_counts_as_sharing_while_one_consent_is_live(app: Flask) -> None:
    with at_the_clinic(app):
        before = taking_part.sharing_now()
        consents.pause(patient_id(app, SAM))
        after = taking_part.sharing_now()

    # Sam, Robin, Maya and Uma share: with Dana (twice), Alex, Rosa, Theo and Ora.
    assert (before.patients, before.relatives, before.paused) == (4, 5, 1)
    # Dana still sees Robin's session times.
    assert (after.patients, after.relatives, after.paused) == (3, 3, 2)


@pytest.mark.both_databases
def test_weeks_count_families_with_a_sign_in_and_with_a_session(app: Flask) -> None:
    with at_the_clinic(app):
        weeks = taking_part.by_week()

    assert [week.monday for week in weeks][-1] == dt.date(2026, 11, 23)
    assert len(weeks) == 8
    assert weeks[0].with_sign_in == 0
    # Everybody of the cast who accepted did so six days ago, on Tuesday of the week before.
    assert weeks[-2].with_sign_in == weeks[-1].with_sign_in == 9
    assert weeks[-1].with_session == 1


def test_small_groups_are_not_counted_out(app: Flask, sign_in: SignIn) -> None:
    page = board(sign_in(PRIYA))
    this_week = page.select("figure.bars tbody tr")[-1]

    assert words(this_week) == "Nov 23 9 fewer than 5"


def test_a_full_day_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    priya.get("/staff")
    with questions_to_the_database(app) as few:
        priya.get("/staff")
    with at_the_clinic(app):
        fill_the_day()
    priya.get("/staff")  # the new names are looks of their own
    with questions_to_the_database(app) as many:
        page = board(priya)

    assert len(sessions(page)) == 14
    assert len(many) == len(few)


def fill_the_day() -> None:
    ben = session().scalars(select(StaffMember.id).where(StaffMember.name == cast.BEN.name)).one()
    dana = session().scalars(select(Relative.id).join(Account).where(Account.email == DANA.email)).one()
    for n, patient in enumerate(session().scalars(select(Patient).order_by(Patient.id).limit(12))):
        starts_at = MORNING + dt.timedelta(hours=n / 2 + 1)
        session().add(
            Appointment(
                patient_id=patient.id,
                staff_id=ben,
                starts_at=starts_at,
                ends_at=starts_at + dt.timedelta(minutes=20),
                busy_until=starts_at + dt.timedelta(minutes=30),
                participants=[AppointmentParticipant(relative_id=dana)],
            )
        )
        session().add(RelatedPerson(patient_id=patient.id, name="Somebody", known_as=patient.given_name))
