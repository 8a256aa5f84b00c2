"""What an email says: nothing about anybody, the same to everybody, the same in both of its halves."""

from __future__ import annotations

import base64
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import select

from portal import cast
from portal.cast import DANA, PRIYA, SAM, Person
from portal.commands import letters
from portal.db import session
from portal.emails import unsubscribe
from portal.emails.letters import (
    ABOUT_FAMILY_SESSIONS,
    SAFETY,
    TO_A_PATIENT,
    kind_of,
)
from portal.emails.messages import MESSAGES
from portal.errors import NotShared
from portal.models import Account, Consent, Relative
from tests.conftest import at_the_clinic
from tests.emails.conftest import BY_US, Opening, Post
from tests.emails.mailbox import Mailbox, mail_server

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
    reader = SAM if kind in TO_A_PATIENT else DANA
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
        link = letter["List-Unsubscribe"]
        assert re.fullmatch(r"<http://portal\.example\.org/unsubscribe/[\w.-]+>", link)
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        # RFC 2369 knows no encoded words here: a mail program would not find the address in one.
        assert dict(letter.raw_items())["List-Unsubscribe"].strip() == letter["List-Unsubscribe"]
        assert link.strip("<>") in halves(letter)[0]


def test_a_mail_turns_a_kind_off_too_where_somebody_reads_that_mailbox(post_at: Opening, tmp_path: Path) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        letter = letter_of(post_at(port, mailbox, bounces=str(tmp_path / "box")), "update_posted")

    _, by_mail = letter["List-Unsubscribe"].split(", ")
    assert re.fullmatch(r"<mailto:unsubscribe\+[a-z2-7]+@portal\.example\.org\?subject=unsubscribe>", by_mail)
    assert dict(letter.raw_items())["List-Unsubscribe"].strip() == letter["List-Unsubscribe"]


def test_each_letter_leads_to_the_readers_own_choices_about_email(post: Post) -> None:
    def foot(kind: str, to: Person = DANA) -> list[str]:
        return [line for line in halves(letter_of(post, kind, to))[0].splitlines() if "Change or stop" in line]

    assert foot("booking_confirmed") == ["Change or stop emails: http://portal.example.org/settings/emails"]
    assert foot("sharing_changed") == ["Change or stop emails: http://portal.example.org/me/emails"]
    assert foot("password_changed", PRIYA) == foot("invitation") == []


def test_who_is_in_treatment_and_a_relative_is_led_to_the_page_that_has_the_kind(post: Post) -> None:
    with at_the_clinic(post.app):
        session().add(Relative(account_id=post.account_id(SAM), given_name="Sam", family_name="Rivera"))

    for kind in TO_A_PATIENT:
        lines = halves(letter_of(post, kind))[0].splitlines()
        assert "Change or stop emails: http://portal.example.org/me/emails" in lines


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


def test_a_token_is_short_says_nothing_and_is_read_in_small_letters_and_in_capitals(post: Post) -> None:
    with at_the_clinic(post.app):
        for kind in {kind_of(message) for message in MESSAGES}:
            token = unsubscribe.token("k7q2m9xd4t", kind)
            assert len(unsubscribe.mail_address(token).removesuffix("@portal.example.org")) <= 64
            assert re.fullmatch(r"[a-z2-7]+", token)
            inside = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
            assert b"k7q2m9xd4t" not in inside
            assert kind.encode() not in inside
            assert unsubscribe.read(token) == unsubscribe.read(token.upper()) == ("k7q2m9xd4t", kind)
        changed = token[:-2] + ("a" if token[-2] != "a" else "b") + token[-1]
        for wrong in ("no-reply", changed, token[:-8], "ñ", ""):
            with pytest.raises(NotShared):
                unsubscribe.read(wrong)
