"""Whoever an email is for and whoever it is about: it is the same email, but for the reader's own name and the token.

Each letter is delivered for real, by the postman and over SMTP, to a reader with another name, address and label; round
by round, everybody and everything else in the house gets another name too. LETTERS says how many of each kind; the
proof is 5,000. LETTERS_SHARE=1/2 takes every second kind, so that two processes can share the work.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import g
from sqlalchemy import String, Update, update

from portal import cast, clinic
from portal.db import core, session, writing
from portal.emails import addresses, delivery, line
from portal.models import EmailLevel, NewAddress, OutgoingEmail
from portal.models.base import Base, new_ref
from tests.emails.conftest import BY_US, Post
from tests.emails.each_kind import every_letter, links_of
from tests.emails.families import SYLLABLES, a_name
from tests.emails.test_letters import TELLING, halves, without_addresses

LETTERS = int(os.environ.get("LETTERS", "4"))
SHARE, SHARES = map(int, os.environ.get("LETTERS_SHARE", "1/1").split("/"))
# So many letters leave before the whole house is called something else.
ROUND = 25
# Columns that hold what people or places are called, what somebody wrote, and labels for addresses.
WORDS = {
    "discloser", "family_name", "given_name", "known_as", "legal_name", "note", "online_link", "place", "purpose",
    "relation", "signer_name", "text", "title",
}  # fmt: skip
NAMED = {"patient", "related_person", "relative", "staff_member", "invitation", "series", "closure"}
TABLES = Base.metadata.tables
CALLED = {
    table: names
    for table in TABLES.values()
    if (
        names := [
            column.name
            for column in table.columns
            if column.name in WORDS or (column.name == "name" and table.name in NAMED)
            if isinstance(column.type, String)
        ]
    )
}.items()
ROWS, ACCOUNTS, INVITED, ASKED = (TABLES[name] for name in ("outgoing_email", "account", "invitation", "new_address"))
OF_ONE_TRY = ("ended_at", "outcome", "reason", "lease_until", "claimed_by", "handing_until", "handed_at", "to_domain")
PATIENTS = {person.email for person in cast.PATIENTS}
A_MADE_UP_NAME = re.compile(rf"(?:{'|'.join(SYLLABLES)}){{2}}", re.I)
# So much of one that it stands in no token by chance.
MOST_OF_A_NAME = re.compile(rf"(?:{'|'.join(SYLLABLES)}){{3}}", re.I)
A_TOKEN = re.compile(r"(?<=[a-z]/)[\w.~-]{40,}")
A_LINK = re.compile(rf"(http://portal\.example\.org/[a-z-]+/){A_TOKEN.pattern}")
ITS_OWN = {"message-id", "to"}


@dataclass(frozen=True)
class Reader:
    """Whom one letter is for, and its number: all that may differ."""

    name: str
    address: str
    message_id: str


def test_letters_of_one_kind_differ_in_the_readers_name_and_the_token_alone(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that stands still for a while says nothing about letters.
    monkeypatch.setattr(line, "DEADLINE", dt.timedelta(hours=1))
    # A password's link hides the password of today: made in the fewest steps, since nobody guesses it here.
    post.app.extensions["security"].hashing_context.update(sha256_crypt__default_rounds=1000)
    kinds = seen = 0
    for number, (message, first) in enumerate(every_letter(post)):
        if number % SHARES != SHARE - 1:
            continue
        waiting = Waiting(post, first)
        for kind in ways(waiting, message):
            began = time.process_time()
            faces = faces_of(waiting, kind)
            assert len(faces) == 1, f"{kind} has {len(faces)} faces: {sorted(faces)[:2]}"
            kinds, seen = kinds + 1, seen + LETTERS
            print(f"{kind}: {LETTERS} letters, {1000 * (time.process_time() - began) / LETTERS:.1f} ms of work each")
    print(f"{SHARE}/{SHARES}: {kinds} kinds, {seen} letters")


def ways(waiting: Waiting, message: str) -> Iterator[str]:
    """The kinds of letter under one message: as it is first, when the clinic did it, and with day and time."""
    yield message
    silent = waiting.letter()
    if message == "booking_cancelled":
        waiting.change(update(TABLES["appointment"]).values(cancelled_by="clinic"))
        yield BY_US
    waiting.change(
        update(TABLES["consent"]).values(email_level=EmailLevel.TIMES),
        update(ACCOUNTS).values(wants_email=EmailLevel.TIMES, shares_mailbox=False),
    )
    if waiting.letter() != silent:
        yield f"{message} with day and time"
    if message == "booking_cancelled":
        waiting.change(update(TABLES["appointment"]).values(cancelled_by="relative"))
        yield f"{message} by the reader, with day and time"


def faces_of(waiting: Waiting, kind: str) -> set[str]:
    """What is left of so many letters without their readers. What was not seen before is looked at closely."""
    faces: set[str] = set()
    for begin in range(0, LETTERS, ROUND):
        letters = waiting.round(min(ROUND, LETTERS - begin))
        for number, (letter, reader) in enumerate(letters):
            its_face = face(letter, reader)
            if number == 0 or its_face not in faces:
                check(letter, reader, kind)
            faces.add(its_face)
    return faces


def check(letter: EmailMessage, reader: Reader, kind: str) -> None:
    plain, html = halves(letter)
    shown = BeautifulSoup(html, "html.parser").body.get_text(" ")  # type: ignore[union-attr]
    words = plain.split()
    assert shown.split()[-len(words) :] == words, f"the halves of {kind} differ"
    headers = [f"{name}: {value}" for name, value in letter.items() if name.lower() not in ITS_OWN]
    whole = "\n".join([*headers, plain, html, shown]).replace(reader.name, "")
    assert not A_MADE_UP_NAME.search(A_TOKEN.sub("", whole)), f"{kind} names somebody or something"
    said = without_addresses("\n".join([*headers, plain, shown])).lower()
    assert [word for word in TELLING if word in said] == [], kind
    assert {urlsplit(link).hostname for link in links_of(letter)} <= {"portal.example.org"}
    assert {part.get_filename() for part in letter.walk()} == {None}
    asks = BeautifulSoup(html, "html.parser").find_all(["img", "link", "script", "iframe", "object", "video", "audio"])
    assert asks == [], f"{kind} loads something"
    assert "url(" not in html


def face(letter: EmailMessage, reader: Reader) -> str:
    """A letter without its reader: all headers as they came, and what is in each part."""
    lines: list[str] = []
    for part in letter.walk():
        lines += [f"{name}: {value}" for name, value in part.raw_items()]
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            lines.append(content.decode())
    whole = "\n".join(lines)
    for mine, instead in (
        (f"To: {reader.address}\n", "To: ADDRESS\n"),
        (f"Message-ID: <{reader.message_id}@portal.example.org>\n", "Message-ID: NUMBER\n"),
        (f'boundary="{letter.get_boundary()}"', "boundary"),
    ):
        assert whole.count(mine) == 1, f"not one {instead}"
        whole = whole.replace(mine, instead)
    whole = re.sub(rf"\b{reader.name}\b", "NAME", whole)
    assert not MOST_OF_A_NAME.search(whole), "somebody's name, or the reader's address"
    return A_LINK.sub(r"\1TOKEN", whole)


class Waiting:
    """The row of one letter. Once it was sent it waits again, under another number and for another reader."""

    def __init__(self, post: Post, first: EmailMessage) -> None:
        self._post, self._chance = post, random.Random(LETTERS)
        self._readers = "patient" if first["To"] in PATIENTS else "relative"
        message_id = str(first["Message-ID"]).strip("<>").partition("@")[0]
        with post.app.app_context():
            g.reading = True
            row = session().query(OutgoingEmail).filter_by(message_id=message_id).one()
            self._id, self._account_id, self._about_id = row.id, row.account_id, row.about_id
            asked = session().get(NewAddress, row.about_id) if row.message == "new_address" else None
            self._asked = NewAddress(ref=asked.ref) if asked else None

    def letter(self) -> str:
        """The face of one letter."""
        return face(*self.round(1)[0])

    def change(self, *statements: Update) -> None:
        """Let something else be true from now on."""
        with self._post.app.app_context(), writing(), core() as connection:
            for statement in statements:
                connection.execute(statement)

    def round(self, many: int) -> list[tuple[EmailMessage, Reader]]:
        """So many letters in one round of the postman, in a house in which everything has another name."""
        letters, sent = self._post.mailbox.letters, list[tuple[EmailMessage, Reader]]()
        self.change(*(update(table).values({name: a_name(self._chance) for name in names}) for table, names in CALLED))
        reader = self._another_reader()
        letters.clear()

        def next_one() -> None:
            nonlocal reader
            assert len(letters) == 1, self._what_became_of_it()
            (letter,) = letters
            letters.clear()
            self._post.mailbox.raw.clear()
            sent.append((letter, reader))
            if len(sent) < many:
                reader = self._another_reader()

        with self._post.app.app_context():
            clinic.forget()
            for _ in range(many):  # a postman who was held up lays back what he kept; it goes in his next round
                if len(sent) < many:
                    delivery.deliver(each=next_one)
        assert len(sent) == many, self._what_became_of_it()
        return sent

    def _another_reader(self) -> Reader:
        mine = Reader(a_name(self._chance), f"{a_name(self._chance)}@{a_name(self._chance)}.example", str(uuid.uuid4()))
        again: dict[str, object] = dict.fromkeys(OF_ONE_TRY)
        again |= {"id": self._id + 1, "attempts": 0, "due_at": self._post.clock.moment, "message_id": mine.message_id}
        statements = [update(ROWS).where(ROWS.c.id == self._id).values(again)]
        self._id += 1
        if self._account_id is None:
            invited = update(INVITED).where(INVITED.c.id == self._about_id)
            statements.append(invited.values(email=mine.address, name=mine.name))
        elif self._asked is None:
            account = {"email": mine.address, "ref": new_ref()}
            statements.append(update(ACCOUNTS).where(ACCOUNTS.c.id == self._account_id).values(account))
        if self._account_id is not None:
            people = TABLES[self._readers]
            named = {"given_name": mine.name}
            statements.append(update(people).where(people.c.account_id == self._account_id).values(named))
        with self._post.app.app_context():
            if self._asked is not None:
                sealed = addresses.seal(mine.address, self._asked)
                statements.append(update(ASKED).where(ASKED.c.id == self._about_id).values(sealed=sealed))
        self.change(*statements)
        return mine

    def _what_became_of_it(self) -> str:
        with self._post.app.app_context():
            g.reading = True
            row = session().get_one(OutgoingEmail, self._id)
            return f"{row.message} {row.outcome} {row.reason}"
