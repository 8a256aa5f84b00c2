"""What an email says: nothing about anybody, the same to everybody, the same in both of its halves."""

from __future__ import annotations

import datetime as dt
import re
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from portal import cast
from portal.cast import ALEX, DANA, PRIYA, ROSA, SAM, Person
from portal.commands import letters
from portal.db import session
from portal.emails.letters import (
    ABOUT_FAMILY_SESSIONS,
    SAFETY,
    kind_of,
    read_unsubscribe_mail,
    unsubscribe_mail_address,
)
from portal.emails.messages import MESSAGES
from portal.errors import NotShared
from portal.models import Account, Appointment, Consent, OutgoingEmail, RelatedPerson
from portal.services import kept_times
from tests.conftest import at_the_clinic
from tests.emails.conftest import BY_US, Post

KINDS = sorted(letters.WAYS)
SAY_A_MOMENT = {"sharing_changed", "password_changed", "email_changed"}
NAMES = {
    name
    for person in (*cast.PATIENTS, *cast.RELATIVES, *cast.STAFF)
    for name in (person.given_name, person.family_name)
}
TELLING = (
    "recover", "riverbend recovery", "clinic", "treat", "patient", "therap", "addict", "alcohol", "drug", "substance",
    "rehab", "program", "session", "group", "consent", "sharing", "family", "mental", "health", "iop", "42 cfr",
    "counsel", "diagnos", "appointment", "doctor", "nurse", "medic", "room", "online", "stopped",
)  # fmt: skip


def letter_of(post: Post, kind: str, to: Person = DANA, about: Person = SAM) -> EmailMessage:
    if kind == "update_posted":
        post.update_for(to, about)
    elif kind == "time_opened":
        post.wait_for_a_time(to, about)
    elif kind == BY_US:
        post.queue("booking_cancelled", to, about, post.family_session(kind, about))
    elif kind in ABOUT_FAMILY_SESSIONS:
        post.queue(kind, to, about, post.family_session(kind, about))
    elif kind == "schedule_changed":
        post.change_times()
    elif kind == "sharing_ends":
        post.queue(kind, SAM, about_id=post.consent_id(SAM))
    elif kind == "question_asked":
        post.ask(SAM)
    elif kind == "new_address":
        post.ask_for_an_address(to)
    elif kind == "invitation":
        post.invite(to)
    elif kind == "weekly_list":
        post.weekly_list(to, about)
    else:
        post.queue(kind, SAM if kind == "sharing_changed" else to)
    counts = post.deliver()
    assert counts["sent"] == 1, counts
    return post.mailbox.letters[-1]


def halves(letter: EmailMessage) -> tuple[str, str]:
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def preview_of(page: Tag) -> Tag:
    """What a list of emails shows of a letter behind its subject."""
    found = page.find(class_="preview")
    assert isinstance(found, Tag)
    return found


def without_addresses(text: str) -> str:
    return re.sub(r"http://portal\.example\.org\S*", "", text)


@pytest.mark.parametrize("kind", KINDS)
def test_no_email_names_anybody_but_its_reader_or_says_what_this_is_about(post: Post, kind: str) -> None:
    letter = letter_of(post, kind)
    reader = SAM if kind in letters.TO_A_PATIENT else DANA
    plain, html = halves(letter)
    shown = BeautifulSoup(html, "html.parser").get_text(" ")
    everything = without_addresses("\n".join([str(letter["Subject"]), str(letter["From"]), plain, shown]))

    others = NAMES - {reader.given_name}
    assert [name for name in others if re.search(rf"\b{re.escape(name)}\b", everything)] == []
    assert [word for word in TELLING if word in everything.lower()] == []
    # The day a choice ends, and the moment of what the reader did, are their own; no other letter says one.
    if kind not in SAY_A_MOMENT:
        day = "" if kind == "sharing_ends" else r"|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
        assert not re.search(r"\b\d{1,2}:\d\d" + day, everything)


@pytest.mark.parametrize("kind", KINDS)
def test_both_halves_of_an_email_say_the_same(post: Post, kind: str) -> None:
    plain, html = halves(letter_of(post, kind))
    page = BeautifulSoup(html, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "en"
    preview_of(page).extract()
    words = page.body.get_text(" ").split()  # type: ignore[union-attr]

    assert words == plain.split()


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_emails_shows_one_line_of_a_letter_and_never_how_it_goes_on(post: Post, kind: str) -> None:
    html = halves(letter_of(post, kind))[1]
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    first = body.find(True)
    line, padding = preview_of(body).get_text().split("\u034f", 1)

    assert first == preview_of(body), "programs show what comes first"
    assert re.fullmatch(r"[A-Z\d][^.?]+[.?]( [A-Z][^.?]+[.])?", line)
    assert len(line) <= 60
    assert len(padding.split("\u034f")) >= 80
    assert not re.sub(r"[\u034f\u200c\xa0]", "", padding)
    assert re.search(r"\.preview \{ display: none;", html), "nobody sees it twice"


def test_the_line_of_a_changed_time_names_its_day_only_when_both_sides_want_it(post: Post) -> None:
    def line(level: str) -> str:
        with at_the_clinic(post.app):
            for consent in session().scalars(select(Consent)):
                consent.email_level = "times"
            session().scalars(select(Account).where(Account.email == DANA.email)).one().wants_email = level
        html = halves(letter_of(post, "schedule_changed"))[1]
        return preview_of(BeautifulSoup(html, "html.parser")).get_text().split("\u034f")[0]

    assert line("notice") == "Sign in to see the change."
    assert re.fullmatch(r"[A-Z][a-z]+day, [A-Z][a-z]+ \d{1,2}", line("times"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_email_loads_nothing_and_each_link_goes_where_it_says(post: Post, kind: str) -> None:
    _, html = halves(letter_of(post, kind))
    page = BeautifulSoup(html, "html.parser")

    assert page.find_all(["img", "link", "script", "iframe", "form", "object", "video"]) == []
    assert "url(" not in html
    assert "@import" not in html
    assert "style=" not in html
    assert all(link["href"] == link.get_text() for link in page.find_all("a"))
    assert all(link["href"].startswith("http://portal.example.org/") for link in page.find_all("a"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_headers_are_neutral(post: Post, kind: str) -> None:
    letter = letter_of(post, kind)

    assert letter["From"] == "Riverbend Portal <no-reply@portal.example.org>"
    assert re.fullmatch(r"<[0-9a-f-]{36}@portal\.example\.org>", letter["Message-ID"])
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "en"
    assert not any(letter[name] for name in ("Cc", "Bcc", "Reply-To", "In-Reply-To", "References", "X-Mailer"))
    assert [part.get_content_type() for part in letter.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_turned_off_but_those_that_keep_an_account_safe(post: Post, kind: str) -> None:
    letter = letter_of(post, kind)

    if kind in SAFETY:
        assert letter["List-Unsubscribe"] is None
        assert letter["List-Unsubscribe-Post"] is None
        assert "/unsubscribe/" not in halves(letter)[0]
    else:
        link, by_mail = letter["List-Unsubscribe"].split(", ")
        assert re.fullmatch(r"<http://portal\.example\.org/unsubscribe/[\w.-]+>", link)
        assert re.fullmatch(r"<mailto:unsubscribe\+[a-z2-7]+@portal\.example\.org\?subject=unsubscribe>", by_mail)
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        # RFC 2369 knows no encoded words here: a mail program would not find the address in one.
        assert dict(letter.raw_items())["List-Unsubscribe"].strip() == letter["List-Unsubscribe"]
        assert link.strip("<>") in halves(letter)[0]


def test_each_letter_leads_to_the_readers_own_choices_about_email(post: Post) -> None:
    def foot(kind: str, to: Person = DANA) -> list[str]:
        return [line for line in halves(letter_of(post, kind, to))[0].splitlines() if "Change or stop" in line]

    assert foot("booking_confirmed") == ["Change or stop emails: http://portal.example.org/settings/emails"]
    assert foot("sharing_changed") == ["Change or stop emails: http://portal.example.org/me/emails"]
    assert foot("password_changed", PRIYA) == foot("invitation") == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_readers_own_two_words_end_each_letter(post: Post, kind: str) -> None:
    with at_the_clinic(post.app):
        for account in session().scalars(select(Account)):
            account.mail_word = "blue kite"
    plain, html = halves(letter_of(post, kind))

    said = [] if kind in letters.TO_NOBODY_KNOWN else ["Your mail words: blue kite"]
    assert [line for line in plain.splitlines() if "mail words" in line] == said
    assert said == [] or plain.rstrip().endswith(said[0])
    assert BeautifulSoup(html, "html.parser").get_text().rstrip().endswith("blue kite") == bool(said)


def test_a_mail_program_that_writes_stops_the_same_kind_for_the_same_reader(post: Post) -> None:
    with at_the_clinic(post.app):
        for kind in {kind_of(message) for message in MESSAGES}:
            address = unsubscribe_mail_address("k7q2m9xd4t", kind)
            local_part = address.removesuffix("@portal.example.org")
            assert len(local_part) <= 64
            assert "k7q2m9xd4t" not in local_part
            assert (
                read_unsubscribe_mail(local_part) == read_unsubscribe_mail(local_part.upper()) == ("k7q2m9xd4t", kind)
            )
        last = local_part[-2]
        changed = local_part[:-2] + ("a" if last != "a" else "b") + local_part[-1]
        for wrong in ("unsubscribe+", "unsubscribe", "no-reply", changed, local_part[:-8], "unsubscribe+ñ", ""):
            with pytest.raises(NotShared):
                read_unsubscribe_mail(wrong)


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
