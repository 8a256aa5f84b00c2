"""A time is kept while it is looked over: nobody else is offered it, and nobody learns why."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cast import ALEX, DANA, SAM
from portal.db import session
from portal.models import Appointment, AppointmentStatus
from portal.services import consents
from tests.browser_form import send, submit
from tests.conftest import Clock, SignIn, at_the_clinic, patient_id
from tests.family.test_sessions import booked, check_page, first_session, free_times, words_of
from tests.services.test_consents import person_id

pytestmark = pytest.mark.both_databases


def kept(app: Flask) -> int:
    with at_the_clinic(app):
        asked = select(func.count()).where(Appointment.status == AppointmentStatus.PROPOSED)
        return session().scalars(asked).one()


def test_who_looks_a_time_over_has_it_for_ten_minutes_and_reads_until_when(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    time = free_times(dana)[2]

    check = check_page(alex, time)

    assert "We keep this time for you until 8:40 AM." in words_of(alex.get(check))
    assert time not in free_times(dana)
    assert time in free_times(alex)
    clock.forward(minutes=10)
    assert time in free_times(dana)
    assert "We are not keeping this time for you any more, but it is still free." in words_of(alex.get(check))


def test_choosing_another_time_frees_the_first(app: Flask, sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    first, second = free_times(alex)[2:4]

    check_page(alex, first)
    check_page(alex, second)

    assert kept(app) == 1
    assert first in free_times(dana)


def test_choosing_the_same_time_again_keeps_it_no_longer(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    alex = sign_in(ALEX)
    time = free_times(alex)[2]
    check_page(alex, time)
    clock.forward(minutes=9)

    check = check_page(alex, time)

    assert "until 8:40 AM" in words_of(alex.get(check))


def test_a_time_that_somebody_looks_over_is_just_taken_for_everybody_else(app: Flask, sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    time = free_times(dana)[2]
    check_page(alex, time)

    answer = submit(dana, "/sessions/book/time?how=online", time=time)

    assert answer.status_code == 200
    assert "That time was just taken. Choose another." in words_of(answer)


def test_what_was_kept_can_be_booked_though_the_notice_has_passed_meanwhile(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    alex = sign_in(ALEX)
    soonest = free_times(alex)[0]
    open_page = alex.get(check_page(alex, soonest))
    before = len(booked(app))
    clock.forward(minutes=9)

    assert send(alex, open_page).status_code == 303
    assert len(booked(app)) == before + 1
    assert kept(app) == 0


def test_a_stop_frees_what_was_kept(app: Flask, sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    time = free_times(alex)[2]
    check_page(dana, time)
    assert kept(app) == 1
    sam, person = patient_id(app, SAM), person_id(app, SAM, DANA)

    with at_the_clinic(app):
        consents.stop(sam, person)

    assert kept(app) == 0
    assert time in free_times(alex)


def test_a_session_can_move_to_a_time_that_overlaps_its_own(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    from portal.models import FamilySessionTerms

    with at_the_clinic(app):
        for terms in session().scalars(select(FamilySessionTerms)):
            terms.step_minutes = 15
    alex = sign_in(ALEX)
    time = free_times(alex)[-1]
    done = submit(alex, check_page(alex, time)).location
    move = done.replace("/booked", "/change")
    overlapping = free_times(alex, move)[-2]

    to_check = submit(alex, move, time=overlapping)
    answer = submit(alex, to_check.location)

    assert answer.status_code == 303
    assert "Your session has moved." in words_of(alex.get(answer.location))
    assert f"{booked(app)[-1].starts_at:%Y-%m-%dT%H:%MZ}" == overlapping


def test_moving_keeps_the_session_and_frees_the_old_time_last(app: Flask, sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    page = first_session(alex)
    before = booked(app)[1]
    new = free_times(alex, f"{page}/change")[-1]

    to_check = submit(alex, f"{page}/change", time=new)
    assert f"{before.starts_at:%Y-%m-%dT%H:%MZ}" not in free_times(dana)  # the old time is still theirs

    assert submit(alex, to_check.location).status_code == 303

    after = booked(app)[1]
    assert (after.id, after.ref) == (before.id, before.ref)
    assert after.was_at == before.starts_at
    assert after.sequence == before.sequence + 1
    assert f"{before.starts_at:%Y-%m-%dT%H:%MZ}" in free_times(dana)
    assert kept(app) == 0
