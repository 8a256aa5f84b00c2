"""Everybody who comes is reminded twice, and nobody of what is off, elsewhere in time or not shared any more."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from portal import clinic
from portal.cast import ALEX, DANA, SAM, Person
from portal.consent.scopes import Scope
from portal.db import session
from portal.emails.reminder_times import SOON, TOMORROW
from portal.emails.unsubscribe import token
from portal.models import Account, Appointment, Consent, FreeHoursOverride, OutgoingEmail, RelatedPerson
from portal.services import choices, consents
from tests.conftest import at_the_clinic
from tests.emails.conftest import Opening, Post
from tests.emails.family_sessions import Family
from tests.emails.mailbox import Mailbox, mail_server
from tests.emails.test_reminder_times import clock_changes

CHICAGO = ZoneInfo("America/Chicago")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def family(post: Post) -> Family:
    return Family(post)


def reminded(post: Post, who: Person = DANA) -> list[str]:
    """The subjects of the reminders that somebody got."""
    subjects = [str(letter["Subject"]) for letter in post.mailbox.letters if letter["To"] == who.email]
    return [subject for subject in subjects if subject.startswith("Reminder")]


def reasons(post: Post) -> set[tuple[str | None, str | None]]:
    with at_the_clinic(post.app):
        rows = session().execute(
            select(OutgoingEmail.outcome, OutgoingEmail.reason).where(OutgoingEmail.message.startswith("reminder"))
        )
        return {(outcome, reason) for outcome, reason in rows}


def person_id(post: Post) -> int:
    sam = post.patient_id(SAM)
    asked = select(RelatedPerson.id).where(RelatedPerson.patient_id == sam, RelatedPerson.email == DANA.email)
    return session().scalars(asked).one()


@pytest.mark.both_databases
def test_who_booked_is_reminded_the_day_before_and_two_hours_before_and_once(family: Family) -> None:
    post, starts_at = family.post, family.free()[8]
    number = family.book(starts_at)
    assert family.reminders(number) == [(TOMORROW, starts_at - DAY), (SOON, starts_at - 2 * HOUR)]
    got = []
    for moment in (starts_at - DAY - MINUTE, starts_at - DAY, starts_at - 2 * HOUR - MINUTE, starts_at - 2 * HOUR):
        post.clock.set(moment)
        post.deliver()
        post.deliver()
        got.append(len(reminded(post)))

    assert got == [0, 1, 1, 2]
    assert reminded(post) == ["Reminder for tomorrow", "Reminder for today"]
    assert post.deliver()["waiting"] == 0


def test_a_reminder_says_when_only_where_both_sides_want_it(family: Family) -> None:
    starts_at = family.free()[8]
    family.book(starts_at)
    family.post.clock.set(starts_at - DAY)
    family.post.deliver()
    family.want_times()
    family.post.clock.set(starts_at - 2 * HOUR)
    family.post.deliver()

    first, second = (letter.get_body(("plain",)).get_content() for letter in family.post.mailbox.letters[-2:])  # type: ignore[union-attr]
    assert "You have something planned tomorrow." in first
    assert "Time" not in first
    assert "You have something planned today." in second
    assert f"{starts_at.astimezone(CHICAGO):%B}" in second
    assert "Central Time" in second


@pytest.mark.both_databases
def test_a_session_that_moves_takes_its_reminders_along(family: Family) -> None:
    before, after = family.free()[4], family.free()[12]
    number = family.book(before)

    family.move(number, after)

    assert family.reminders(number) == [(TOMORROW, after - DAY), (SOON, after - 2 * HOUR)]
    for moment in (before - DAY, before - 2 * HOUR):
        family.post.clock.set(moment)
        family.post.deliver()
    assert reminded(family.post) == []
    assert reasons(family.post) == {("withheld", "moved meanwhile"), (None, None)}


@pytest.mark.parametrize("how", ["the relative cancels", "the clinic cancels", "nobody says yes"])
def test_nobody_is_reminded_of_what_is_off(family: Family, how: str) -> None:
    starts_at = family.free()[8]
    if how == "nobody says yes":
        family.ben_asks_first()
    number = family.book(starts_at)
    if how == "the relative cancels":
        family.cancel(number)
    elif how == "the clinic cancels":
        family.clinic_cancels(number)
    assert family.reminders(number) == []
    for moment in (starts_at - DAY, starts_at - 2 * HOUR):
        family.post.clock.set(moment)
        family.post.deliver()

    assert reminded(family.post) == []


def test_each_who_comes_has_reminders_of_their_own_and_who_leaves_loses_only_theirs(family: Family) -> None:
    starts_at = family.free()[8]
    number = family.book(starts_at)
    family.ask(number, ALEX)
    assert family.reminders(number, ALEX) == [], "asked is not yet coming"
    family.answer(number, ALEX, yes=True)
    assert family.reminders(number, ALEX) == family.reminders(number, DANA) != []

    family.cancel(number, DANA)

    assert family.reminders(number, DANA) == []
    assert len(family.reminders(number, ALEX)) == 2


def test_a_new_time_is_a_new_question_and_only_a_yes_brings_reminders(family: Family) -> None:
    number = family.book(family.free()[4])
    family.ask(number, ALEX)
    family.answer(number, ALEX, yes=True)

    family.move(number, family.free()[8])
    assert family.reminders(number, ALEX) == []
    family.answer(number, ALEX, yes=True)
    assert family.reminders(number, ALEX) == family.reminders(number, DANA) != []


def test_a_session_that_waits_for_a_yes_is_reminded_of_once_it_has_it(family: Family) -> None:
    family.ben_asks_first()
    number = family.book(family.free()[8])
    assert family.reminders(number) == []

    family.ben_answers(number, yes=True)

    assert [message for message, _ in family.reminders(number)] == [TOMORROW, SOON]


def test_what_was_changed_behind_our_back_is_noticed_when_the_reminder_leaves(family: Family) -> None:
    """Another system writes into the rows; the page is right at once, and so is what leaves."""
    starts_at = family.free()[8]
    number = family.book(starts_at)
    with at_the_clinic(family.post.app):
        appointment = session().get_one(Appointment, number)
        for name in ("starts_at", "ends_at", "busy_until"):
            setattr(appointment, name, getattr(appointment, name) + 3 * DAY + 3 * HOUR)
    family.post.clock.set(starts_at - DAY)
    family.post.deliver()

    assert reminded(family.post) == []
    assert ("withheld", "its time had passed") in reasons(family.post)


def test_a_reminder_whose_day_has_passed_is_not_given(family: Family) -> None:
    starts_at = family.free()[8]
    family.book(starts_at)
    family.post.clock.set(starts_at + MINUTE)  # nobody delivered for days
    family.post.deliver()

    assert reminded(family.post) == []
    assert reasons(family.post) == {("withheld", "its time had passed")}


@pytest.mark.both_databases
def test_a_pause_ends_the_reminders_and_starting_again_brings_those_still_to_come(family: Family) -> None:
    post, starts_at = family.post, family.free()[8]
    number = family.book(starts_at)
    with at_the_clinic(post.app):
        consents.pause(post.patient_id(SAM))
    assert family.reminders(number) == []
    assert reasons(post) == {("withheld", "sharing ended")}
    post.clock.set(starts_at - DAY + MINUTE)
    with at_the_clinic(post.app):
        consents.resume(post.patient_id(SAM))
        consents.resume(post.patient_id(SAM))

    assert family.reminders(number) == [(SOON, starts_at - 2 * HOUR)]
    post.clock.set(starts_at - 2 * HOUR)
    post.deliver()
    assert reminded(post) == ["Reminder for today"]


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["stop", "family sessions alone"])
def test_a_stop_ends_the_reminders_at_once(family: Family, how: str) -> None:
    number = family.book(family.free()[8])
    with at_the_clinic(family.post.app):
        sam, dana = family.post.patient_id(SAM), person_id(family.post)
        if how == "stop":
            consents.stop(sam, dana)
        else:
            consents.narrow(sam, dana, Scope.FAMILY)

    assert family.reminders(number) == []
    assert reasons(family.post) == {("withheld", "sharing ended")}


def test_one_press_stops_both_kinds(family: Family) -> None:
    post, starts_at = family.post, family.free()[8]
    family.book(starts_at)
    post.clock.set(starts_at - DAY)
    post.deliver()
    by_press = str(post.mailbox.letters[-1]["List-Unsubscribe"]).split(", ")[0]
    link = by_press.strip("<>").removeprefix("http://portal.example.org")
    with at_the_clinic(post.app):
        ref = session().scalars(select(Account.ref).where(Account.email == DANA.email)).one()
        assert link.endswith(token(ref, "reminder"))

    page = post.app.test_client().get(link)
    answer = post.app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})
    post.clock.set(starts_at - 2 * HOUR)
    post.deliver()

    assert "emails that remind you of something planned" in page.text
    assert answer.status_code == 200
    assert reminded(post) == ["Reminder for tomorrow"]
    assert ("withheld", "the reader turned this kind off") in reasons(post)


def test_a_reader_who_moves_elsewhere_is_not_woken(family: Family) -> None:
    starts_at = next(one for one in family.free()[8:] if one.astimezone(CHICAGO).hour >= 16)
    number = family.book(starts_at)
    kolkata = ZoneInfo("Asia/Kolkata")
    with at_the_clinic(family.post.app):
        choices.choose_time_zone(family.post.account_id(DANA), "Asia/Kolkata")

    waiting = family.reminders(number)

    assert [message for message, _ in waiting] == [TOMORROW]
    assert waiting[0][1].astimezone(kolkata).time() == dt.time(8)
    family.post.clock.set(waiting[0][1])
    family.post.deliver()
    assert reminded(family.post) == ["Reminder for tomorrow"]


def test_a_server_that_fails_in_the_middle_gets_the_reminder_again_under_the_same_name(post_at: Opening) -> None:
    mailbox = Mailbox(lambda to, number: "451 later" if number in (2, 3) else "250 OK")
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox)
        family = Family(post)
        starts_at = family.free()[8]
        number = family.book(starts_at)
        post.deliver()
        post.clock.set(starts_at - DAY)
        with at_the_clinic(post.app):
            name = session().scalars(select(OutgoingEmail.message_id).where(OutgoingEmail.message == TOMORROW)).one()
        for _ in range(4):
            post.deliver()
            post.clock.forward(minutes=7)

    assert len(family.reminders(number)) == 1
    assert reminded(post) == ["Reminder for tomorrow"]
    assert str(mailbox.letters[-1]["Message-ID"]).startswith(f"<{name}@")


def test_over_every_clock_change_until_2030_each_session_has_two_reminders_at_its_own_clock_time(
    family: Family,
) -> None:
    """One clinic, seven years: a session at half past four on each day on which the clocks change."""
    post = family.post
    days = clock_changes(CHICAGO, 2026)
    moments = [dt.datetime.combine(day + DAY, dt.time(16, 30), CHICAGO).astimezone(dt.UTC) for day in days]
    moments = [moment for moment in moments if moment > post.clock.moment]
    assert len(moments) == 8
    with at_the_clinic(post.app):
        session().execute(update(Consent).values(ends_at=moments[-1] + 9 * DAY))
        ben = session().scalars(select(Appointment.staff_id).where(Appointment.id == post.appointment_id())).one()
        for moment in moments:
            local = moment.astimezone(clinic.zone())
            session().add(FreeHoursOverride(staff_id=ben, on_date=local.date(), from_minute=990, to_minute=1050))
    for moment in moments:
        post.clock.set(moment - 9 * DAY)
        family.book(moment)
    due = sorted(at for moment in moments for at in (moment - 2 * HOUR, a_day_before(moment)))

    arrived = []
    for at in due:
        for now in (at - MINUTE, at):
            post.clock.set(now)
            post.deliver()
            arrived.append(len(reminded(post)))

    assert arrived == [n for count in range(len(due)) for n in (count, count + 1)]
    assert reminded(post) == ["Reminder for tomorrow", "Reminder for today"] * len(moments)


def a_day_before(moment: dt.datetime) -> dt.datetime:
    """The same time on the clinic's wall on the day before: 23, 24 or 25 hours."""
    wall = moment.astimezone(CHICAGO)
    return dt.datetime.combine(wall.date() - DAY, wall.time(), CHICAGO).astimezone(dt.UTC)
