"""One email to each who may know for one change of the schedule, as many as staff were told before."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.cast import ALEX, DANA
from portal.db import rollback, session
from portal.models import Account, Consent, EmailLevel, OutgoingEmail, RelatedPerson, ScheduleEntry
from portal.services import closing, occurrences, series
from tests.conftest import at_the_clinic
from tests.emails.conftest import Post
from tests.services.planning import mail, march, on, sessions

CHICAGO = ZoneInfo("America/Chicago")


def let_say_times(to: str) -> None:
    """Both sides allow emails that say day and time."""
    account = session().scalars(select(Account).where(Account.email == to)).one()
    account.wants_email = EmailLevel.TIMES
    people = select(RelatedPerson.id).where(RelatedPerson.email == to)
    session().execute(update(Consent).where(Consent.related_person_id.in_(people)).values(email_level="times"))


def test_as_many_get_an_email_as_the_check_said_and_each_gets_one(post: Post) -> None:
    with at_the_clinic(post.app):
        let_say_times(DANA.email)
    with post.app.app_context():
        checked = series.publish(march(), account_id=None).effect
        rollback()
        assert sessions() == []
    with at_the_clinic(post.app):
        done = series.publish(march(), account_id=None).effect
    assert (done, done.fingerprint) == (checked, checked.fingerprint)
    assert (done.emails, done.notices, done.with_times) == (3, 2, 1)

    counts = post.deliver()

    assert counts["sent"] == done.emails == len({letter["To"] for letter in post.mailbox.letters})
    said = {str(letter["To"]): letter.get_body(("plain",)).get_content() for letter in post.mailbox.letters}  # type: ignore[union-attr]
    assert "Planned: Monday, March 1, 6:00 PM, Central Time." in said[DANA.email]
    assert "And 7 more times." in said[DANA.email]
    assert [text for to, text in said.items() if to != DANA.email and "March" in text] == []


def test_someone_close_to_two_patients_gets_one_email_about_a_closed_day(post: Post) -> None:
    with at_the_clinic(post.app):
        done = closing.close(dt.date(2026, 12, 7), dt.date(2026, 12, 7), "Flood", account_id=None)
    assert [to for to, _ in mail(post.app)].count(DANA.email) == 2

    counts = post.deliver()

    assert counts["sent"] == done.effect.emails
    assert [str(letter["To"]) for letter in post.mailbox.letters].count(DANA.email) == 1
    assert sorted(outcome or "" for to, outcome in mail(post.app) if to == DANA.email) == ["sent", "withheld"]


def test_a_move_is_told_in_words_and_only_as_it_is_when_the_email_leaves(post: Post) -> None:
    with at_the_clinic(post.app):
        let_say_times(DANA.email)
        series.publish(march(), account_id=None)
    post.deliver()
    post.mailbox.letters.clear()
    with at_the_clinic(post.app):
        one = on(sessions(), "2027-03-24")
        occurrences.move(one.ref, dt.date(2027, 3, 24), dt.time(19), account_id=None)
        occurrences.move(one.ref, dt.date(2027, 3, 24), dt.time(18, 30), account_id=None)

    counts = post.deliver()

    assert (counts["sent"], counts["withheld"]) == (3, 3)
    (letter,) = [letter for letter in post.mailbox.letters if letter["To"] == DANA.email]
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "It was Wednesday, March 24, 6:00 PM." in text
    assert "It is now Wednesday, March 24, 6:30 PM, Central Time." in text


def test_nobody_is_told_of_a_hidden_session_or_of_anything_after_sharing_stopped(post: Post) -> None:
    with at_the_clinic(post.app):
        series.publish(march(), account_id=None)
        session().execute(update(OutgoingEmail).values(ended_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC)))
        hidden, other = sessions()[:2]
        hidden.is_hidden = True
        assert occurrences.call_off(hidden.ref, account_id=None).effect.relatives == 0
        assert occurrences.call_off(other.ref, account_id=None).effect.emails == 3
        people = select(RelatedPerson.id).where(RelatedPerson.email == ALEX.email)
        session().execute(
            update(Consent)
            .where(Consent.related_person_id.in_(people))
            .values(stopped_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
        )

    assert post.deliver()["sent"] == 2
    assert ALEX.email not in {str(letter["To"]) for letter in post.mailbox.letters}


def test_a_session_of_another_system_is_changed_there(app: Flask) -> None:
    with at_the_clinic(app):
        entry = session().scalars(select(ScheduleEntry).order_by(ScheduleEntry.starts_at.desc())).first()
        assert entry is not None
        entry.external_id, entry.series_id = "a1", None
        with pytest.raises(Exception, match="another system"):
            occurrences.call_off(entry.ref, account_id=None)
