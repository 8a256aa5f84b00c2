"""What sessions become in other people's calendar programs, whatever order the mail comes in."""

from __future__ import annotations

import datetime as dt
import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from bs4 import BeautifulSoup

from portal.cast import ALEX, DANA, SAM, Person
from tests.emails.conftest import Post
from tests.emails.family_sessions import Family
from tests.emails.test_letters import preview_of

Times = dict[str, tuple[dt.datetime, dt.datetime]]


@dataclass(frozen=True)
class Event:
    """What a calendar program makes of one message about one event."""

    method: str
    uid: str
    sequence: int
    stamp: dt.datetime
    start: dt.datetime
    end: dt.datetime


class Program(ABC):
    """A calendar that obeys messages as RFC 5546 says: a higher SEQUENCE wins, then a later DTSTAMP."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}

    @abstractmethod
    def read(self, text: str) -> Event: ...

    def receive(self, event: Event) -> None:
        known = self.events.get(event.uid)
        if known is None or (event.sequence, event.stamp) >= (known.sequence, known.stamp):
            self.events[event.uid] = event

    def shows(self) -> Times:
        return {uid: (event.start, event.end) for uid, event in self.events.items() if event.method == "REQUEST"}


class One(Program):
    def read(self, text: str) -> Event:
        calendar = icalendar.Calendar.from_ical(text)
        (event,) = calendar.walk("VEVENT")
        return Event(
            str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]),
            event["DTSTAMP"].dt, event["DTSTART"].dt, event["DTEND"].dt,
        )  # fmt: skip


class Other(Program):
    def read(self, text: str) -> Event:
        calendar = vobject.readOne(text)
        event = calendar.vevent
        return Event(
            calendar.method.value, event.uid.value, int(event.sequence.value),
            event.dtstamp.value, event.dtstart.value, event.dtend.value,
        )  # fmt: skip


@pytest.fixture
def family(post: Post) -> Family:
    family = Family(post)
    family.want_times(DANA, ALEX)
    return family


def files(family: Family, to: Person = DANA) -> list[str]:
    """The calendar files in a reader's mail, once what waits has been delivered."""
    family.post.deliver()
    return [file for letter in family.post.mailbox.letters if letter["To"] == to.email and (file := file_in(letter))]


def file_in(letter: EmailMessage) -> str | None:
    """The calendar part of an email; it stands there twice, and says the same in its type as inside."""
    parts = [part for part in letter.walk() if part.get_content_type() in ("text/calendar", "application/ics")]
    if not parts:
        return None
    as_alternative, as_file = parts
    text = as_file.get_content().decode()
    assert as_alternative.get_content().splitlines() == text.splitlines()
    assert f"METHOD:{as_alternative.get_param('method')}\r\n" in text
    assert as_alternative.get_content_charset() == "utf-8"
    return text


def check(family: Family, of: Person = DANA, *, only: int) -> None:
    """Both programs show what the reader's own file shows: in every order of the mail, and when each comes twice."""
    mine = files(family, of)
    assert len(mine) == only
    true = {entry.uid: (entry.starts_at, entry.ends_at) for entry in family.in_their_calendar(of) if
            not entry.is_cancelled}  # fmt: skip
    about = {One().read(file).uid for file in mine}
    assert len(about) <= 1
    wanted = {uid: times for uid, times in true.items() if uid in about}
    for kind in (One, Other):
        for order in itertools.permutations([kind().read(file) for file in mine]):
            program = kind()
            for event in [*order, *order, *reversed(order)]:
                program.receive(event)
            assert program.shows() == wanted


def test_a_session_that_is_booked_moved_twice_and_cancelled_leaves_no_ghost(family: Family) -> None:
    first, second, third = (family.free()[n] for n in (4, 8, 12))

    number = family.book(first)
    check(family, only=1)
    assert One().read(files(family)[0]).start == first
    family.move(number, second)
    check(family, only=2)
    family.clinic_moves(number, third)
    check(family, only=3)
    assert family.in_their_calendar()  # what is left is theirs
    family.cancel(number)
    check(family, only=4)


def test_what_the_clinic_cancels_goes_out_of_the_calendar_too(family: Family) -> None:
    number = family.book(family.free()[4])
    family.clinic_moves(number, family.free()[8])
    check(family, only=2)

    family.clinic_cancels(number)

    check(family, only=3)
    assert [One().read(file).method for file in files(family)] == ["REQUEST", "REQUEST", "CANCEL"]


def test_who_leaves_and_comes_back_has_it_again_and_nothing_changes_for_the_others(family: Family) -> None:
    number = family.book(family.free()[4])
    family.ask(number, ALEX)
    family.answer(number, ALEX, yes=True)
    check(family, ALEX, only=1)

    family.cancel(number, ALEX)
    check(family, ALEX, only=2)
    family.ask(number, ALEX)
    family.answer(number, ALEX, yes=True)
    check(family, ALEX, only=3)
    family.cancel(number, ALEX)
    check(family, ALEX, only=4)

    check(family, DANA, only=1)
    assert [One().read(file).sequence for file in files(family)] == [0]


def test_who_says_no_to_the_new_time_loses_the_old_one(family: Family) -> None:
    number = family.book(family.free()[4])
    family.ask(number, ALEX)
    family.answer(number, ALEX, yes=True)
    assert len(files(family, ALEX)) == 1
    family.move(number, family.free()[8])
    assert len(files(family, ALEX)) == 1, "nothing goes into a calendar without a yes"

    family.answer(number, ALEX, yes=False)

    check(family, ALEX, only=2)
    check(family, DANA, only=2)


def test_who_never_said_yes_hears_nothing_of_their_no(family: Family) -> None:
    number = family.book(family.free()[4])
    family.ask(number, ALEX)
    family.answer(number, ALEX, yes=False)
    family.post.deliver()

    assert [str(one["Subject"]) for one in family.post.mailbox.letters if one["To"] == ALEX.email] == []


def test_a_session_that_waits_for_a_yes_is_in_no_calendar(family: Family) -> None:
    family.ben_asks_first()
    number = family.book(family.free()[4])
    assert files(family) == []

    family.ben_answers(number, yes=True)
    check(family, only=1)
    family.move(number, family.free()[8])
    assert len(files(family)) == 1
    family.ben_answers(number, yes=True)
    check(family, only=2)
    assert [One().read(file).sequence for file in files(family)] == [0, 1]


def test_mail_that_leaves_late_says_what_is_true_then(family: Family) -> None:
    number = family.book(family.free()[4])
    family.move(number, family.free()[8])
    check(family, only=2)
    family.cancel(number)

    check(family, only=3)


def test_the_file_says_when_and_where_to_look_and_nothing_else(family: Family) -> None:
    family.book(family.free()[4])
    file = files(family)[0]

    lines = icalendar.Calendar.from_ical(file).walk("VEVENT")[0]
    assert set(lines) == {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "CLASS", "SEQUENCE", "STATUS", "TRANSP", "DESCRIPTION",
        "ORGANIZER", "ATTENDEE",
    }  # fmt: skip
    said = {name: str(lines[name]) for name in ("SUMMARY", "CLASS", "STATUS", "TRANSP", "DESCRIPTION", "ORGANIZER")}
    assert said == {
        "SUMMARY": "Appointment",
        "CLASS": "PRIVATE",
        "STATUS": "CONFIRMED",
        "TRANSP": "OPAQUE",
        "DESCRIPTION": "Details: http://portal.example.org/sessions",
        "ORGANIZER": "mailto:no-reply@portal.example.org",
    }
    assert str(lines["ATTENDEE"]) == f"mailto:{DANA.email}"
    assert lines["ATTENDEE"].params == {"PARTSTAT": "ACCEPTED"}
    assert "VALARM" not in file
    assert SAM.given_name not in file


def test_the_words_are_the_same_beside_a_calendar_file(family: Family) -> None:
    number = family.book(family.free()[4])
    family.cancel(number)
    family.post.deliver()

    for letter in family.post.mailbox.letters:
        assert [part.get_content_type() for part in letter.walk()] == [
            "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
        ]  # fmt: skip
        plain, html = (letter.get_body((half,)) for half in ("plain", "html"))
        assert plain is not None
        assert html is not None
        page = BeautifulSoup(html.get_content(), "html.parser").body
        assert page is not None
        preview_of(page).extract()
        shown = page.get_text(" ")
        assert shown.split() == plain.get_content().split()
        assert letter["Content-Language"] == "en"


@pytest.mark.parametrize("lacking", ["the patient", "the reader", "the tick", "a mailbox of their own"])
def test_no_calendar_file_unless_everybody_wants_one(post: Post, lacking: str) -> None:
    from sqlalchemy import select

    from portal.db import session
    from portal.models import Account, Consent
    from tests.conftest import at_the_clinic

    family = Family(post)
    family.want_times()
    with at_the_clinic(post.app):
        dana = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        if lacking == "the patient":
            for consent in session().scalars(select(Consent)):
                consent.email_level = "notice"
        elif lacking == "the reader":
            dana.wants_email = "notice"
        elif lacking == "the tick":
            dana.wants_calendar_files = False
        else:
            dana.shares_mailbox = True

    number = family.book(family.free()[4])
    assert files(family) == []
    family.move(number, family.free()[8])
    assert files(family) == []
    family.cancel(number)
    assert files(family) == []

    assert [part.get_content_type() for letter in post.mailbox.letters for part in letter.iter_parts()] == [
        "text/plain",
        "text/html",
    ] * 3


def test_a_file_for_a_reader_elsewhere_names_the_same_moment(family: Family) -> None:
    starts_at = family.free()[4]
    family.book(starts_at)

    event = One().read(files(family)[0])

    assert (event.start, event.end - event.start) == (starts_at, dt.timedelta(minutes=50))
    assert event.start.astimezone(ZoneInfo("Asia/Kolkata")) == starts_at
