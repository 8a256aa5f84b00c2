"""The weekly list: how much is new, once a week, of everybody together, and of nothing that is not shared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update

from portal.cast import BEN, DANA, ROBIN, SAM, Person
from portal.consent.scopes import Scope
from portal.db import db, session
from portal.emails.weekly_lists import day_due
from portal.models import (
    Account,
    Act,
    Consent,
    EmailStop,
    FamilyUpdate,
    OutgoingEmail,
    RecordEntry,
    RelatedPerson,
    ScheduleEntry,
    StaffMember,
    TimetableMember,
    WeeklyList,
)
from portal.services import email_stops, occurrences, updates, weekly_lists
from portal.services.accounts import stop_email
from portal.services.audience import of_update
from portal.services.audience_seen import fingerprint
from portal.services.update_checks import Words
from tests.conftest import MORNING, at_the_clinic
from tests.emails.conftest import Post
from tests.services.planning import mail, timetable

SUNDAY = 6
THAT_SUNDAY = dt.datetime.fromisoformat("2026-11-29T09:00:00-06:00")


def dana() -> Account:
    return session().scalars(select(Account).where(Account.email == DANA.email)).one()


@pytest.fixture
def weekly(post: Post) -> Post:
    """Dana wants a list on Sundays, Robin is in Sam's evening group, and none of last week's mail waits any more."""
    with at_the_clinic(post.app):
        session().add(TimetableMember(patient_id=post.patient_id(ROBIN), timetable_id=timetable()))
        session().execute(update(OutgoingEmail).values(ended_at=MORNING))
        dana().weekly_day, dana().weekly_since = SUNDAY, MORNING
    return post


def post_update(post: Post, about: Person = SAM, scope: str = "going") -> None:
    with at_the_clinic(post.app):
        session().add(
            FamilyUpdate(
                patient_id=post.patient_id(about), scope=scope, title="A week", text="A good one.",
                published_at=post.clock.moment,
            )
        )  # fmt: skip


def call_off(post: Post, which: int) -> None:
    """One of the sessions after that Sunday of the evening group, in which Sam and Robin both are."""
    with at_the_clinic(post.app):
        evenings = select(ScheduleEntry).where(
            ScheduleEntry.timetable_id == timetable(), ScheduleEntry.starts_at > THAT_SUNDAY
        )
        found = session().scalars(evenings.order_by(ScheduleEntry.starts_at)).all()
        occurrences.call_off(found[which].ref, account_id=None)


def the_list(post: Post) -> str:
    """What Dana's list says, without its frame."""
    post.clock.set(max(post.clock.moment, THAT_SUNDAY))
    with post.app.app_context():
        weekly_lists.queue_due()
    post.deliver()
    letters = [one for one in post.mailbox.letters if one["Subject"] == "Your week"]
    if not letters:
        return ""
    plain = letters[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    said = str(plain).partition("This week:")[2].partition("See it here")[0]
    return "\n".join(said.split("\r\n")).strip()


def ends(post: Post, message: str) -> list[tuple[str | None, str | None]]:
    with at_the_clinic(post.app):
        found = select(OutgoingEmail.outcome, OutgoingEmail.reason).where(
            OutgoingEmail.message == message, OutgoingEmail.queued_at > MORNING, OutgoingEmail.account_id == dana().id
        )
        return [(outcome, reason) for outcome, reason in session().execute(found.order_by(OutgoingEmail.id))]


def test_the_list_counts_what_is_new_never_split_by_person_and_its_patients_can_read_that_it_went(weekly: Post) -> None:
    weekly.clock.forward(hours=1)
    for _ in range(2):
        post_update(weekly)
    post_update(weekly, scope="leave")
    call_off(weekly, 0)
    assert (DANA.email, None) not in mail(weekly.app), "nothing by itself for Dana"

    assert the_list(weekly) == "2 new things to read.\n1 time has changed."
    with at_the_clinic(weekly.app):
        told = select(RecordEntry.patient_id).where(RecordEntry.what == "weekly_list", RecordEntry.act == Act.SENT)
        assert set(session().scalars(told)) == {weekly.patient_id(SAM), weekly.patient_id(ROBIN)}

    weekly.clock.forward(days=7)
    the_list(weekly)
    assert ends(weekly, "weekly_list") == [("sent", None), ("withheld", "nothing new")]


def test_what_was_queued_by_itself_before_is_withheld(weekly: Post) -> None:
    weekly.clock.forward(minutes=1)
    weekly.update_for(DANA)
    assert weekly.deliver()["withheld"] == 1
    assert ends(weekly, "update_posted") == [("withheld", "in the weekly list")]


def test_what_waited_when_the_reader_chose_lists_is_in_none_and_goes_by_itself(weekly: Post) -> None:
    weekly.clock.forward(minutes=1)
    weekly.update_for(DANA)
    with at_the_clinic(weekly.app):
        dana().weekly_since = weekly.clock.moment
    weekly.clock.forward(minutes=1)
    assert weekly.deliver()["sent"] == 1


def test_the_list_of_readers_counts_the_emails_that_go_and_says_who_gets_a_list(weekly: Post) -> None:
    with at_the_clinic(weekly.app):
        ben = session().scalars(select(StaffMember).where(StaffMember.name == BEN.name)).one()
        sam = weekly.patient_id(SAM)
        foreseen = of_update(sam, Scope.GOING)
        assert (foreseen.sees, foreseen.emails) == (1, 0)
        weekly.clock.forward(minutes=1)
        updates.post(
            author_id=ben.id, account_id=ben.account_id, patient_ids=[sam], scope=Scope.GOING,
            words=Words("A week", "A good one."), fingerprint=fingerprint([foreseen]),
        )  # fmt: skip
    assert weekly.deliver() == {"sent": 0, "withheld": 0, "failed": 0, "waiting": 0}
    assert the_list(weekly) == "1 new thing to read."


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("nothing", "1 new thing to read.\n1 time has changed."),
        ("Sam agreed to no email", "1 time has changed."),
        ("Dana turned off email about Sam", "1 time has changed."),
        ("Dana turned off updates", "1 time has changed."),
        ("Dana turned off changes", "1 new thing to read."),
        ("Sam stopped", "1 time has changed."),
        ("Sam and Robin stopped", ""),
        ("Dana wants no email at all", ""),
        (
            "day and time",
            "1 new thing to read.\n1 time has changed.\nNext: Monday, November 30, 6:00 PM, Central Time.",
        ),
    ],
)
def test_a_list_says_what_is_shared_and_wanted_at_the_moment_it_is_sent(weekly: Post, then: str, said: str) -> None:
    weekly.clock.forward(hours=1)
    post_update(weekly)
    call_off(weekly, 1)
    with at_the_clinic(weekly.app):
        sam, robin = weekly.patient_id(SAM), weekly.patient_id(ROBIN)
        of = {"Sam": [sam], "Robin": [robin], "both": [sam, robin]}
        match then:
            case "Sam agreed to no email":
                change(of["Sam"], email_level="none")
            case "Sam stopped":
                change(of["Sam"], stopped_at=weekly.clock.moment)
            case "Sam and Robin stopped":
                change(of["both"], stopped_at=weekly.clock.moment)
            case "Dana turned off email about Sam":
                email_stops.stop(dana().id, "every", how="settings", patient_id=sam)  # type: ignore[arg-type]
            case "Dana turned off updates":
                email_stops.stop(dana().id, "update_posted", how="settings")  # type: ignore[arg-type]
            case "Dana turned off changes":
                email_stops.stop(dana().id, "schedule_changed", how="settings")  # type: ignore[arg-type]
            case "Dana wants no email at all":
                dana().wants_email = "none"
            case "day and time":
                change(of["both"], email_level="times")
                dana().wants_email = "times"

    assert the_list(weekly) == said


def change(patients: list[int], **facts: object) -> None:
    people = select(RelatedPerson.id).where(RelatedPerson.email == DANA.email)
    session().execute(
        update(Consent).where(Consent.patient_id.in_(patients), Consent.related_person_id.in_(people)).values(**facts)
    )


@pytest.mark.both_databases
def test_two_postmen_queue_one_list_and_there_is_none_before_nine_or_on_another_day(weekly: Post) -> None:
    def queued() -> list[int]:
        found = []
        for _ in range(2):
            with weekly.app.app_context():
                found.append(weekly_lists.queue_due())
        return found

    assert queued() == [0, 0]
    weekly.clock.set(THAT_SUNDAY - dt.timedelta(minutes=1))
    assert queued() == [0, 0]
    weekly.clock.set(THAT_SUNDAY)
    with weekly.app.app_context():
        due = weekly_lists._due()
    assert queued() == [1, 0]
    with at_the_clinic(weekly.app):
        assert [weekly_lists._queue(*one) for one in due] == [False], "the other one looked at the same moment"
        assert len(session().scalars(select(WeeklyList)).all()) == 1
        assert session().scalars(select(OutgoingEmail).where(OutgoingEmail.message == "weekly_list")).one()


def test_nine_is_nine_on_the_readers_clock_on_the_days_when_clocks_change() -> None:
    for zone in (ZoneInfo("America/Chicago"), ZoneInfo("Pacific/Honolulu"), ZoneInfo("Europe/Berlin")):
        for day in (dt.date(2026, 11, 1), dt.date(2027, 3, 14), dt.date(2027, 3, 28)):
            nine = dt.datetime.combine(day, dt.time(9), zone).astimezone(dt.UTC)
            assert day_due(nine, SUNDAY, zone) == day
            assert day_due(nine - dt.timedelta(seconds=1), SUNDAY, zone) is None
            assert day_due(nine + dt.timedelta(hours=15), SUNDAY, zone) is None


def test_who_stops_the_list_by_its_link_does_not_get_each_thing_by_itself_instead(weekly: Post) -> None:
    with at_the_clinic(weekly.app):
        stop_email(dana().ref, "weekly_list", how="link")  # type: ignore[arg-type]
    with at_the_clinic(weekly.app):
        assert dana().weekly_day is None
        assert set(session().scalars(select(EmailStop.message))) == {"weekly_list", "update_posted", "schedule_changed"}
    assert the_list(weekly) == ""


@pytest.mark.both_databases
def test_the_first_list_of_a_reader_of_whom_nobody_knows_since_when_is_about_a_week(weekly: Post) -> None:
    weekly.clock.set(THAT_SUNDAY)
    post_update(weekly)
    weekly.clock.forward(days=10)
    post_update(weekly)
    with at_the_clinic(weekly.app):
        dana().weekly_since = None
    weekly.clock.forward(days=4)
    assert the_list(weekly) == "1 new thing to read."


def test_a_list_takes_one_question_of_its_own_however_much_is_new(weekly: Post) -> None:
    with at_the_clinic(weekly.app):
        change([weekly.patient_id(SAM), weekly.patient_id(ROBIN)], email_level="times")
        dana().wants_email = "times"
    weekly.clock.forward(hours=1)
    for _ in range(30):
        post_update(weekly)
    weekly.clock.set(THAT_SUNDAY)
    with weekly.app.app_context():
        weekly_lists.queue_due()
    with statements(weekly) as asked:
        assert weekly.deliver()["sent"] == 1
    own = [one for one in asked if "weekly_list" in one or "related_person.accepted_at" in one]
    assert len([one for one in own if one.startswith(("SELECT", "WITH"))]) == 1, own


@contextmanager
def statements(post: Post) -> Iterator[list[str]]:
    """What SQLite itself is asked."""
    asked: list[str] = []
    with post.app.app_context():
        engine = db.engine

    def note(connection: Any, *_: object) -> None:
        connection.set_trace_callback(asked.append)

    def rest(connection: Any, *_: object) -> None:
        connection.set_trace_callback(None)

    event.listen(engine, "checkout", note)
    event.listen(engine, "checkin", rest)
    try:
        yield asked
    finally:
        event.remove(engine, "checkout", note)
        event.remove(engine, "checkin", rest)
