"""The patient is told in time that a choice ends, once for each number of days, and never of what is over."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, MAYA, SAM
from portal.db import db
from portal.models import Consent, EndingNotice, OutgoingEmail, Patient, SharingDraft
from portal.services import consents, endings, sharing_drafts
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.test_consents import EVERYTHING_ANSWERED, SIGNED, TODAY, account_id, person_id, rows, sign

DANAS_LAST_DAY = TODAY + dt.timedelta(days=81)


def look(app: Flask) -> int:
    with app.app_context():
        return endings.queue_due()


def on_the_day(clock: Clock, days_before: int, of: dt.date = DANAS_LAST_DAY) -> None:
    clock.set(MORNING + (of - dt.timedelta(days=days_before) - TODAY))


def queued(app: Flask) -> list[OutgoingEmail]:
    return rows(app, select(OutgoingEmail).where(OutgoingEmail.message == "sharing_ends"))


def consent_with(app: Flask, person: object) -> Consent:
    return rows(app, select(Consent).where(Consent.related_person_id == person_id(app, SAM, person)))[0]  # type: ignore[arg-type]


@pytest.mark.both_databases
def test_sam_is_told_thirty_fourteen_and_three_days_before_and_once_each(app: Flask, clock: Clock) -> None:
    dana = consent_with(app, DANA).id
    told = []
    for days_before in (31, 30, 29, 15, 14, 13, 4, 3, 2):
        on_the_day(clock, days_before)
        look(app)
        look(app)
        told.append((days_before, len([one for one in queued(app) if one.about_id == dana])))

    assert told == [(31, 0), (30, 1), (29, 1), (15, 1), (14, 2), (13, 2), (4, 2), (3, 3), (2, 3)]


def test_the_email_goes_to_the_patient_and_depends_on_nobody(app: Flask, clock: Clock) -> None:
    on_the_day(clock, 30)
    look(app)

    emails = [one for one in queued(app) if one.about_id == consent_with(app, DANA).id]

    assert [(one.account_id, one.patient_id) for one in emails] == [(account_id(app, SAM), None)]


def test_what_ends_with_the_program_is_told_by_its_last_possible_day(app: Flask, clock: Clock) -> None:
    on_the_day(clock, 30, of=TODAY + dt.timedelta(days=110))
    look(app)

    assert consent_with(app, ALEX).id in [one.about_id for one in queued(app)]


def test_several_days_at_once_are_one_email(app: Flask, clock: Clock) -> None:
    on_the_day(clock, 2)
    look(app)

    dana = consent_with(app, DANA).id
    assert len([one for one in queued(app) if one.about_id == dana]) == 1
    assert sorted(rows(app, select(EndingNotice.days).where(EndingNotice.consent_id == dana))) == [3, 14, 30]


@pytest.mark.parametrize("way", ["stopped", "left the program", "on hold", "over"])
def test_nobody_is_told_of_what_is_no_longer_in_force(app: Flask, clock: Clock, way: str) -> None:
    dana, alex = consent_with(app, DANA).id, consent_with(app, ALEX).id
    with at_the_clinic(app):
        sam = db.session.get_one(Patient, patient_id(app, SAM))
        if way == "stopped":
            db.session.get_one(Consent, dana).stopped_at = MORNING
        elif way == "left the program":
            sam.discharged_at = MORNING
        elif way == "on hold":
            sam.on_hold_since = MORNING
    about = alex if way == "left the program" else dana
    on_the_day(clock, -1 if way == "over" else 3, of=TODAY + dt.timedelta(days=110 if about == alex else 81))

    look(app)

    assert about not in [one.about_id for one in queued(app)]


def test_a_pause_does_not_hide_that_a_date_is_coming(app: Flask, clock: Clock) -> None:
    with at_the_clinic(app):
        consents.pause(patient_id(app, SAM))
    on_the_day(clock, 14)
    look(app)

    assert consent_with(app, DANA).id in [one.about_id for one in queued(app)]


def test_who_signs_for_thirty_days_is_told_fourteen_and_three_days_before(app: Flask, clock: Clock) -> None:
    signed = sign(app, replace(EVERYTHING_ANSWERED, ends_on=TODAY + dt.timedelta(days=30)))
    look(app)
    assert queued(app) == [], "the patient has just chosen that date"

    clock.forward(days=16)
    look(app)

    assert [one.about_id for one in queued(app)] == [signed]


def test_an_earlier_end_counts_and_is_not_told_to_who_just_chose_it(app: Flask, clock: Clock) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.end_sooner(sam, dana, TODAY + dt.timedelta(days=10))
    look(app)
    assert queued(app) == []

    clock.forward(days=7)
    look(app)

    assert [one.about_id for one in queued(app)] == [consent_with(app, DANA).id]


@pytest.mark.both_databases
def test_two_postmen_at_once_queue_one_email(app: Flask, clock: Clock) -> None:
    on_the_day(clock, 30)
    together = threading.Barrier(4)

    def one_postman() -> None:
        together.wait()
        look(app)

    postmen = [threading.Thread(target=one_postman) for _ in range(4)]
    for postman in postmen:
        postman.start()
    for postman in postmen:
        postman.join()

    about = [one.about_id for one in queued(app)]
    assert len(about) == len(set(about)) > 0


def test_a_replaced_consent_is_told_of_no_more(app: Flask, clock: Clock) -> None:
    sam, dana = patient_id(app, SAM), person_id(app, SAM, DANA)
    old = consent_with(app, DANA).id
    with at_the_clinic(app):
        consents.sign(sam, replace(EVERYTHING_ANSWERED, related_person_id=dana), SIGNED)
    on_the_day(clock, 3)
    look(app)

    assert old not in [one.about_id for one in queued(app)]


def test_a_postman_who_comes_often_looks_now_and_then(app: Flask, clock: Clock) -> None:
    with app.app_context():
        endings.now_and_then()
    on_the_day(clock, 30)
    with app.app_context():
        endings.now_and_then()
        endings.now_and_then()

    assert len([one for one in queued(app) if one.about_id == consent_with(app, DANA).id]) == 1


# Drafts


@pytest.mark.both_databases
def test_a_draft_is_forgotten_after_thirty_days_unless_somebody_waits_to_talk(app: Flask, clock: Clock) -> None:
    sam, maya = patient_id(app, SAM), patient_id(app, MAYA)
    with at_the_clinic(app):
        sharing_drafts.save(sam, name="Kai Rivera")
        sharing_drafts.save(maya, name="Luz Delgado")
    clock.forward(days=20)
    with at_the_clinic(app):
        sharing_drafts.talk_first(maya)

    clock.forward(days=9)
    assert (drafts_after_a_pass(app), clock.forward(days=1)) == ({sam, maya}, None)
    assert (drafts_after_a_pass(app), clock.forward(days=20)) == ({maya}, None)
    assert drafts_after_a_pass(app) == set()


def drafts_after_a_pass(app: Flask) -> set[int]:
    with app.app_context():
        endings.now_and_then()
    return {draft.patient_id for draft in rows(app, select(SharingDraft))}
