"""What single letters say: to whom, of which day and time, in which language, and never more than both sides want."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from portal.cast import ALEX, DANA, ROSA, SAM
from portal.commands import letters
from portal.db import session
from portal.emails.messages import MESSAGES
from portal.models import Account, Appointment, Consent, OutgoingEmail, RelatedPerson
from portal.services import kept_times
from tests.conftest import at_the_clinic
from tests.emails.conftest import BY_US, Post
from tests.emails.test_letters import KINDS, SAY_A_MOMENT, halves, letter_of, without_addresses

TELLING_IN_SPANISH = (
    "riverbend recovery", "cita", "clínic", "tratamiento", "pacient", "terap", "sesi", "grupo", "programa", "adicc",
    "alcohol", "droga", "sustanc", "rehab", "recuper", "salud", "mental", "consent", "compart", "famili", "diagn",
    "médic", "doctor", "enfermer", "asesor", "sala", "en línea",
)  # fmt: skip


def test_the_subject_is_the_same_whatever_the_email_is_about(post: Post) -> None:
    first = letter_of(post, "booking_confirmed", DANA)
    with post.app.app_context():
        from portal.db import session
        from portal.models import Appointment

        appointments = [one for one in session().query(Appointment) if one.participants[0].relative_id]
        other = max(one.id for one in appointments)
    post.queue("booking_confirmed", ALEX, SAM, other)
    post.deliver()
    second = post.mailbox.letters[-1]

    assert second["To"] == ALEX.email
    assert first["Subject"] == second["Subject"] == "You are booked"


def test_the_clinic_says_that_it_was_the_clinic_and_both_are_turned_off_together(post: Post) -> None:
    mine, theirs = letter_of(post, "booking_cancelled"), letter_of(post, BY_US)

    assert (mine["Subject"], theirs["Subject"]) == ("Your booking is cancelled", "We had to cancel a booking")
    assert mine["List-Unsubscribe"] == theirs["List-Unsubscribe"]


def test_two_readers_of_one_update_get_the_same_words(post: Post) -> None:
    post.update_for(DANA)
    post.deliver()
    post.clock.forward(days=1)
    post.update_for(DANA)
    post.deliver()
    first, second = post.mailbox.letters

    assert halves(first) == halves(second)


def test_where_others_open_the_mailbox_not_even_the_reader_is_named(post: Post) -> None:
    assert "Alex" not in halves(letter_of(post, "password_changed", ALEX))[0]


def test_day_and_time_stand_in_an_email_only_when_both_sides_want_it(post: Post) -> None:
    def both(level_of_sam: str, level_of_dana: str) -> str:
        with post.app.app_context():
            from portal.db import commit, session
            from portal.models import Consent, RelatedPerson

            for consent in session().query(Consent).join(RelatedPerson).filter(RelatedPerson.email == DANA.email):
                consent.email_level = level_of_sam
            session().query(Account).filter_by(email=DANA.email).one().wants_email = level_of_dana
            commit()
        post.queue("booking_confirmed", DANA, SAM, post.appointment_id())
        post.deliver()
        return halves(post.mailbox.letters[-1])[0]

    time = "Tuesday, November 24, 5:30 PM to 6:20 PM, Central Time"
    assert time not in both("notice", "times")
    assert time not in both("times", "notice")
    assert time in both("times", "times")


@pytest.mark.parametrize(
    ("starts", "level", "said"),
    [
        ([], "times", "Book another time: http"),
        (["2026-12-08T16:30"], "notice", "We have held another time for you for some days. Choose it: http"),
        (["2026-12-08T16:30", "2026-12-10T09:00"], "notice", "We have held some other times for you for some days."),
        (["2026-12-08T16:30"], "times", "We have held another time for you until Wednesday. Choose it: http"),
        (["2026-12-08T16:30", "2026-12-10T09:00"], "times", "held some other times for you until Wednesday. Choose"),
    ],
)
def test_who_has_times_kept_instead_of_a_cancelled_one_is_told_of_them(
    post: Post, starts: list[str], level: str, said: str
) -> None:
    number = post.family_session(BY_US)
    with at_the_clinic(post.app):
        cancelled = session().get_one(Appointment, number)
        for wall in starts:
            kept_times.keep(
                cancelled.patient_id, cancelled.participants[0].relative_id, cancelled.staff_id, there(wall),
                mode="online", kind="with patient", until=there("2026-11-26T00:00"), instead_of_id=number,
            )  # fmt: skip
        for consent in session().scalars(select(Consent)):
            consent.email_level = "times"
        session().scalars(select(Account).where(Account.email == DANA.email)).one().wants_email = level
    post.queue("booking_cancelled", DANA, SAM, number)
    post.deliver()
    plain, _ = halves(post.mailbox.letters[-1])

    assert said in plain
    assert ("Wednesday" in plain) == (level == "times" and bool(starts))
    assert "December" not in plain, "which times they are stands behind the sign-in"


def there(wall: str) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("America/Chicago"))


@pytest.mark.parametrize("kind", sorted(SAY_A_MOMENT))
def test_what_was_done_is_told_with_its_moment_however_late_the_letter_goes(post: Post, kind: str) -> None:
    row = post.queue(kind, SAM)
    with at_the_clinic(post.app):
        session().get_one(OutgoingEmail, row).queued_at = there("2026-11-20T09:05")
    post.deliver()

    assert ": Friday, November 20, 9:05 AM, Central Time." in halves(post.mailbox.letters[-1])[0]


def test_a_question_that_was_answered_meanwhile_is_not_told(post: Post) -> None:
    post.ask(SAM)
    with at_the_clinic(post.app):
        for person in session().scalars(select(RelatedPerson).where(RelatedPerson.asked_at.is_not(None))):
            person.declined_at = post.clock.moment + dt.timedelta(minutes=1)
    counts = post.deliver()

    assert (counts["sent"], counts["withheld"]) == (0, 1)


def test_rosa_gets_her_email_in_spanish(post: Post) -> None:
    letter = letter_of(post, "password_changed", ROSA)

    assert letter["Content-Language"] == "es"
    assert BeautifulSoup(halves(letter)[1], "html.parser").html["lang"] == "es"  # type: ignore[index]


def test_the_day_is_said_in_the_readers_language(post: Post) -> None:
    with at_the_clinic(post.app):
        for consent in session().scalars(select(Consent)):
            consent.email_level = "times"
        dana = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        dana.language, dana.wants_email = "es", "times"

    plain, _ = halves(letter_of(post, "reminder_tomorrow"))

    assert "martes, 24 de noviembre" in plain


def test_the_link_to_a_new_password_is_in_the_letter_and_nowhere_else(post: Post) -> None:
    plain, _ = halves(letter_of(post, "new_password"))
    found = re.search(r"/new-password/(\S+)", plain)
    assert found

    database = Path(str(post.app.config["SETTINGS"].database_url).removeprefix("sqlite:///"))
    assert found[1].encode() not in database.read_bytes()


def test_no_letter_in_spanish_puts_two_points_after_a_time(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "WAYS", at_six(letters.WAYS))
    FlaskCliRunner(post.app).invoke(letters.command, [str(tmp_path)])
    said = [BeautifulSoup(file.read_text(), "html.parser").get_text() for file in (tmp_path / "es").glob("*.[th]*")]

    assert sum("p.\xa0m." in one for one in said) >= 2 * 9
    assert [one for one in said if "m.." in one] == []


def test_no_letter_in_spanish_says_what_this_is_about(post: Post, tmp_path: Path) -> None:
    FlaskCliRunner(post.app).invoke(letters.command, [str(tmp_path)])
    said = {file.stem: without_addresses(file.read_text()).lower() for file in (tmp_path / "es").glob("*.txt")}

    assert [(kind, word) for kind, words in said.items() for word in TELLING_IN_SPANISH if word in words] == []


def at_six(facts: Any) -> Any:
    """What a letter may say, with a time of its own wherever it says one."""
    if isinstance(facts, str):
        return "lunes, 30 de noviembre, 6:00 p.\xa0m." if "time" in facts else facts
    if isinstance(facts, dict):
        return {name: at_six(fact) for name, fact in facts.items()}
    if isinstance(facts, list):
        return [dataclasses.replace(one, now=at_six(one.now), before=at_six(one.before)) for one in facts]
    return facts


def test_every_letter_can_be_read_before_anybody_gets_one(post: Post, tmp_path: Path) -> None:
    result = FlaskCliRunner(post.app).invoke(letters.command, [str(tmp_path / "letters")])

    assert result.exit_code == 0, result.output
    assert MESSAGES.keys() <= set(KINDS)
    read = (tmp_path / "letters" / "en" / "sharing_changed.txt").read_text()
    for said in ("\nPreview: Sign in to see it.\n", "/me/emails\n", "/unsubscribe/", "Your mail words: blue kite\n"):
        assert said in read
    for language in ("en", "es"):
        written = {file.name for file in (tmp_path / "letters" / language).iterdir()}
        for kind in KINDS:
            assert any(name.startswith(kind) and name.endswith(".txt") for name in written)
            assert any(name.startswith(kind) and name.endswith(".html") for name in written)
