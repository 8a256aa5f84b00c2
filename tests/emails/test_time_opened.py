"""The email that a time has opened: it says when only where both sides agreed, and nothing once the time is gone."""

from __future__ import annotations

from sqlalchemy import select, update

from portal.cast import DANA, SAM
from portal.db import session
from portal.models import Account, Appointment, Consent, EmailLevel, OutgoingEmail, RelatedPerson
from portal.services import consents
from tests.conftest import at_the_clinic, patient_id
from tests.emails.conftest import Post
from tests.emails.test_letters import halves, without_addresses
from tests.services.test_consents import person_id, rows


def let_say_times(post: Post) -> None:
    with at_the_clinic(post.app):
        session().scalars(select(Account).where(Account.email == DANA.email)).one().wants_email = EmailLevel.TIMES
        hers = select(RelatedPerson.id).where(RelatedPerson.email == DANA.email)
        session().execute(update(Consent).where(Consent.related_person_id.in_(hers)).values(email_level="times"))


def reason(post: Post) -> list[str | None]:
    return rows(post.app, select(OutgoingEmail.reason).where(OutgoingEmail.message == "time_opened"))


def test_it_says_no_more_than_that_there_is_a_time(post: Post) -> None:
    post.wait_for_a_time()
    post.deliver()

    letter = post.mailbox.letters[-1]
    assert letter["Subject"] == "A time has opened"
    plain, _ = halves(letter)
    assert "PM" not in without_addresses(plain)
    assert "We keep it for you for a short while." in plain
    assert "http://portal.example.org/sessions/waitlist" in plain


def test_day_and_time_and_until_when_it_is_kept_where_both_sides_agreed(post: Post) -> None:
    let_say_times(post)
    post.wait_for_a_time()
    post.deliver()

    plain, _ = halves(post.mailbox.letters[-1])
    # Tomorrow at 5:30 PM she has a session already.
    assert "Tuesday, November 24, 6:30 PM, Central Time" in plain
    # A day before it nobody could book it any more.
    assert "We keep it for you until Monday, November 23, 6:30 PM." in plain


def test_nothing_is_sent_once_the_time_is_not_kept_any_more(post: Post) -> None:
    post.wait_for_a_time()
    post.clock.forward(hours=24)

    assert post.deliver()["withheld"] == 1
    assert reason(post) == ["taken meanwhile"]


def test_nothing_is_sent_about_a_time_that_was_kept_for_something_else(post: Post) -> None:
    post.wait_for_a_time()
    with at_the_clinic(post.app):
        session().scalars(select(Appointment).where(Appointment.waiting_id.is_not(None))).one().waiting_id = None

    assert post.deliver()["withheld"] == 1


def test_nothing_is_sent_after_a_stop(post: Post) -> None:
    post.wait_for_a_time()
    sam, person = patient_id(post.app, SAM), person_id(post.app, SAM, DANA)
    with at_the_clinic(post.app):
        consents.stop(sam, person)

    post.deliver()
    assert [letter for letter in post.mailbox.letters if letter["To"] == DANA.email] == []
    assert reason(post) == ["sharing ended"]
