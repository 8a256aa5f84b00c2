"""Whoever an email is for and whoever it is about: it is the same email, but for the reader's own name and the token.

Each letter is delivered for real, by the postman and over SMTP, after everybody and everything in the house was given
another name. LETTERS says how many of each kind; the proof is 5,000.
"""

from __future__ import annotations

import os
import random
import re
import uuid
from email.message import EmailMessage
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from sqlalchemy import String, update

from portal import cast, clinic
from portal.db import session
from portal.models import Account, Invitation, OutgoingEmail
from portal.models.base import Base, new_ref
from tests.conftest import at_the_clinic
from tests.emails.conftest import Post
from tests.emails.each_kind import every_letter, links_of
from tests.emails.families import SYLLABLES, a_name
from tests.emails.test_letters import TELLING, halves, without_addresses

LETTERS = int(os.environ.get("LETTERS", "4"))
# Columns that hold what people or places are called, what somebody wrote, and labels for addresses.
CALLED = {
    "discloser", "family_name", "given_name", "known_as", "legal_name", "note", "online_link", "place", "purpose",
    "relation", "signer_name", "text", "title",
}  # fmt: skip
NAMED = {"patient", "related_person", "relative", "staff_member", "invitation", "series", "closure"}
PATIENTS = {person.email for person in cast.PATIENTS}
A_MADE_UP_NAME = re.compile(rf"(?:{'|'.join(SYLLABLES)}){{2}}", re.I)
A_TOKEN = re.compile(r"[\w.~-]{40,}")
ITS_OWN = {"message-id", "to"}


def test_letters_of_one_kind_differ_in_the_readers_name_and_the_token_alone(post: Post) -> None:
    chance = random.Random(LETTERS)
    for kind, first in every_letter(post):
        row_id = number_of(post, first)
        reader = "patient" if first["To"] in PATIENTS else "relative"
        faces: set[str] = set()
        for _ in range(LETTERS):
            own = everybody_is_called_something_else(post, chance, row_id, reader)
            post.mailbox.letters.clear()
            assert post.deliver()["sent"] == 1, kind
            letter = post.mailbox.letters[-1]
            check(letter, own, kind)
            faces.add(face(letter, own))
        assert len(faces) == 1, f"{kind} has {len(faces)} faces: {sorted(faces)[:2]}"


def check(letter: EmailMessage, own: str, kind: str) -> None:
    plain, html = halves(letter)
    shown = BeautifulSoup(html, "html.parser").body.get_text(" ")  # type: ignore[union-attr]
    words = plain.split()
    assert shown.split()[-len(words) :] == words, f"the halves of {kind} differ"
    headers = [f"{name}: {value}" for name, value in letter.items() if name.lower() not in ITS_OWN]
    whole = "\n".join([*headers, plain, html, shown]).replace(own, "")
    assert not A_MADE_UP_NAME.search(whole), f"{kind} names somebody or something"
    said = without_addresses(A_TOKEN.sub("", "\n".join([*headers, plain, shown]))).lower()
    assert [word for word in TELLING if word in said] == [], kind
    assert {urlsplit(link).hostname for link in links_of(letter)} <= {"portal.example.org"}
    assert {part.get_filename() for part in letter.walk()} <= {None, "invite.ics"}
    asks = BeautifulSoup(html, "html.parser").find_all(["img", "link", "script", "iframe", "object", "video", "audio"])
    assert asks == [], f"{kind} loads something"
    assert "url(" not in html


def face(letter: EmailMessage, own: str) -> str:
    """A letter without its reader: headers, and what is in each part."""
    lines = [f"{name}: {value}" for name, value in letter.items() if name.lower() not in ITS_OWN]
    lines = [re.sub(r'boundary="[^"]*"', "", line) for line in lines]
    for part in letter.walk():
        lines.append(part.get_content_type())
        if not part.is_multipart():
            lines.append(str(part.get_content()))
    whole = "\n".join(lines)
    return A_TOKEN.sub("TOKEN", whole.replace(own, "NAME") if own else whole)


def number_of(post: Post, letter: EmailMessage) -> int:
    message_id = str(letter["Message-ID"]).strip("<>").partition("@")[0]
    with post.app.app_context():
        row = session().query(OutgoingEmail).filter_by(message_id=message_id).one()
        return row.id


def everybody_is_called_something_else(post: Post, chance: random.Random, row_id: int, reader: str) -> str:
    """Rename everything, and let the same row wait once more, for another reader; returns the reader's given name."""
    own = ""
    with at_the_clinic(post.app):
        for mapper in Base.registry.mappers:
            table = mapper.local_table
            if table not in Base.metadata.sorted_tables:
                continue
            words = {
                column.key: a_name(chance)
                for column in mapper.column_attrs
                if column.key in CALLED or (column.key == "name" and table.name in NAMED)
                if isinstance(column.columns[0].type, String)
            }
            if words:
                session().execute(update(mapper.class_).values(words).execution_options(synchronize_session=False))
            if table.name == reader:
                own = words["given_name"]
        row = session().get_one(OutgoingEmail, row_id)
        address = f"{a_name(chance).lower()}@{a_name(chance).lower()}.example"
        whose = (Account, row.account_id) if row.account_id else (Invitation, row.about_id)
        session().execute(update(whose[0]).where(whose[0].id == whose[1]).values(email=address))
        if row.account_id:
            session().execute(update(Account).where(Account.id == row.account_id).values(ref=new_ref()))
        row.ended_at = row.outcome = row.reason = row.lease_until = None
        row.attempts, row.due_at, row.message_id = 0, post.clock.moment, str(uuid.uuid4())
        session().flush()
        clinic.forget()
    return own
