"""A planned update is nowhere before its moment, tells those who read it then, and tells them once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import BEN, DANA, SAM
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Account, Act, FamilyUpdate, OutgoingEmail, RecordEntry
from portal.services import audience, audience_seen, consents, update_changes, update_plans, updates
from portal.services.update_checks import Words
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.test_consents import account_id, person_id, rows
from tests.services.test_update_changes import as_dana, as_sam

TITLE = "Later this week"
TUESDAY = MORNING + dt.timedelta(days=1)


def plan(app: Flask, *, at: dt.datetime = TUESDAY, title: str = TITLE) -> FamilyUpdate:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        ben = session().scalars(select(Account).where(Account.email == BEN.email)).one()
        updates.post(
            author_id=ben.staff.id, account_id=ben.id, patient_ids=[sam], scope=Scope.GOING,  # type: ignore[union-attr]
            words=Words(title, "Words."), at=at,
            fingerprint=audience_seen.fingerprint([audience.of_update(sam, Scope.GOING)]),
        )  # fmt: skip
    return planned(app, title)


def planned(app: Flask, title: str = TITLE) -> FamilyUpdate:
    return rows(app, select(FamilyUpdate).where(FamilyUpdate.title == title))[0]


def told(app: Flask, title: str = TITLE) -> list[int | None]:
    about = planned(app, title).id
    return sorted(rows(app, select(OutgoingEmail.account_id).where(OutgoingEmail.about_id == about)))


def get_email_now(app: Flask) -> list[int | None]:
    """Those of whom the list says so at this moment. On Tuesday they are more than on Monday."""
    with app.app_context():
        readers = audience.of_update(patient_id(app, SAM), Scope.GOING).readers
        return sorted(reader.account_id for reader in readers if reader.gets_email)


def acts(app: Flask) -> list[str]:
    return rows(app, select(RecordEntry.act).where(RecordEntry.thing_id == planned(app).id).order_by(RecordEntry.id))


def a_pass(app: Flask) -> int:
    with app.app_context():
        return update_plans.tell_due()


def listed(app: Flask) -> list[str]:
    with app.app_context():
        return [one.title for one in update_plans.planned()]


def test_nobody_reads_it_or_hears_of_it_before_its_moment(app: Flask, clock: Clock) -> None:
    plan(app)
    clock.set(TUESDAY - dt.timedelta(minutes=1))

    assert a_pass(app) == 0
    assert (told(app), listed(app)) == ([], [TITLE])
    assert TITLE not in as_dana(app)
    assert TITLE not in [title for title, _ in as_sam(app)]

    clock.set(TUESDAY)
    assert a_pass(app) == 1
    assert a_pass(app) == 0
    assert (told(app), listed(app)) == (get_email_now(app), [])
    assert account_id(app, DANA) in told(app)
    assert len(told(app)) > 1, "the audience is that of the moment, not the one its author saw"
    assert TITLE in as_dana(app)
    assert acts(app) == [Act.PLANNED, Act.POSTED]


def test_who_stopped_being_told_meanwhile_hears_nothing(app: Flask, clock: Clock) -> None:
    plan(app)
    with at_the_clinic(app):
        consents.stop(patient_id(app, SAM), person_id(app, SAM, DANA))
    clock.set(TUESDAY)

    assert a_pass(app) == 1
    assert told(app) == get_email_now(app)
    assert account_id(app, DANA) not in told(app)


@pytest.mark.both_databases
def test_four_postmen_at_once_queue_one_email_and_one_that_fails_stops_no_other(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(app, title="Broken")
    plan(app)
    tell = updates.announce

    def stumble(update: FamilyUpdate, *rest: object) -> None:
        if update.title == "Broken":
            raise RuntimeError
        tell(update, *rest)  # type: ignore[arg-type]

    clock.set(TUESDAY)
    with monkeypatch.context() as patched:
        patched.setattr(updates, "announce", stumble)
        together = threading.Barrier(4)
        postmen = [threading.Thread(target=lambda: (together.wait(), a_pass(app))) for _ in range(4)]
        for postman in postmen:
            postman.start()
        for postman in postmen:
            postman.join()

    assert (told(app), told(app, "Broken")) == (get_email_now(app), [])
    assert a_pass(app) == 1, "the one that failed is tried again"
    assert told(app, "Broken") == get_email_now(app)


def test_posting_now_tells_at_once_and_never_again(app: Flask, clock: Clock) -> None:
    ref = plan(app).ref
    with at_the_clinic(app):
        seen = audience_seen.fingerprint(updates.readers_of(update_plans.find(ref)))
        update_plans.post_now(ref, account_id=account_id(app, BEN), fingerprint=seen)
    clock.set(TUESDAY)

    assert a_pass(app) == 0
    assert told(app) == [account_id(app, DANA)]
    with app.app_context(), pytest.raises(NotShared):
        update_plans.find(ref)


def test_who_is_about_to_be_told_is_not_told_of_a_correction_as_well(app: Flask, clock: Clock) -> None:
    update = plan(app)
    clock.set(TUESDAY)
    with at_the_clinic(app):
        ben = session().scalars(select(Account).where(Account.email == BEN.email)).one()
        update_changes.correct(
            update.ref, author_id=ben.staff.id, account_id=ben.id, version=1, words=Words(TITLE, "Better words."),  # type: ignore[union-attr]
            fingerprint=audience_seen.fingerprint(updates.readers_of(updates.find(update.ref))), tells_again=True,
        )  # fmt: skip
    with at_the_clinic(app):
        for email in session().scalars(select(OutgoingEmail).where(OutgoingEmail.about_id == update.id)):
            email.ended_at, email.outcome = TUESDAY, "sent"

    assert a_pass(app) == 1
    assert told(app) == get_email_now(app)


def test_what_is_not_posted_after_all_was_never_there(app: Flask, clock: Clock) -> None:
    ref = plan(app).ref
    with at_the_clinic(app):
        update_plans.drop(ref, account_id=account_id(app, BEN))
    clock.set(TUESDAY)

    assert (a_pass(app), told(app), listed(app)) == (0, [], [])
    assert TITLE not in [title for title, _ in as_sam(app)]


def test_words_and_moment_can_be_changed_until_then(app: Flask, clock: Clock) -> None:
    ref, wednesday = plan(app).ref, TUESDAY + dt.timedelta(days=1)
    with at_the_clinic(app):
        update_plans.change(ref, account_id=account_id(app, BEN), words=Words(TITLE, "Other words."), at=wednesday)
    clock.set(TUESDAY)
    assert a_pass(app) == 0

    clock.set(wednesday)
    assert a_pass(app) == 1
    assert (planned(app).text, planned(app).version, planned(app).changed_at) == ("Other words.", 1, None)


DAY, TIME = dt.date(2026, 11, 24), dt.time(9)


@pytest.mark.parametrize(
    ("today", "day", "time", "field", "sentence"),
    [
        (None, None, TIME, "day", "Enter the day"),
        (None, DAY, None, "time", "Enter the time"),
        (None, DAY - dt.timedelta(days=2), TIME, "day", "That time is over"),
        (None, MORNING.date(), dt.time(8, 30), "time", "That time is over"),
        (None, MORNING.date() + dt.timedelta(days=91), TIME, "day", "in the next 90 days"),
        ("2027-03-10", dt.date(2027, 3, 14), dt.time(2, 30), "time", "this time is left out"),
        ("2027-11-01", dt.date(2027, 11, 7), dt.time(1, 30), "time", "this time comes twice"),
    ],
)
def test_a_moment_must_come_once_and_soon(
    app: Flask, clock: Clock, today: str | None, day: dt.date | None, time: dt.time | None, field: str, sentence: str
) -> None:
    if today:
        clock.set(dt.datetime.fromisoformat(f"{today}T08:30:00-06:00"))
    with app.app_context(), pytest.raises(Refused, match=sentence) as refused:
        update_plans.check_moment(day, time)

    assert refused.value.field == field


def test_a_moment_is_on_the_clinics_wall_clock(app: Flask) -> None:
    with app.app_context():
        assert update_plans.check_moment(DAY, TIME).isoformat() == "2026-11-24T15:00:00+00:00"
        assert update_plans.check_moment(MORNING.date() + dt.timedelta(days=90), TIME)
