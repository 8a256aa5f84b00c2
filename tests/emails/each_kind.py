"""A letter of every kind there is, each from a house in which nothing had happened before; and what it leads to."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage

from bs4 import BeautifulSoup
from flask import Flask

from portal import cast, clinic
from portal.cast import DANA, Person
from portal.db import db
from portal.emails.messages import MESSAGES
from tests.conftest import MORNING
from tests.emails.conftest import Post
from tests.emails.test_letters import halves, letter_of

KINDS = sorted(MESSAGES)
PEOPLE = {person.email: person for person in (*cast.PATIENTS, *cast.RELATIVES, *cast.STAFF) if person.email}


def every_letter(post: Post) -> Iterator[tuple[str, EmailMessage]]:
    """Bring a letter of each kind about, one after the other; on SQLite, where a house is restored in no time."""
    with closing(sqlite3.connect(":memory:")) as house:
        _copy(_database(post.app), house)
        for kind in KINDS:
            yield kind, letter_of(post, kind)
            _forget(post.app)
            with closing(sqlite3.connect(_database(post.app))) as used:
                house.backup(used)
            post.clock.set(MORNING)


def reader_of(letter: EmailMessage) -> Person:
    """Whoever of the cast this letter went to; Dana, where it is an address that nobody has yet."""
    return PEOPLE.get(str(letter["To"]), DANA)


def links_of(letter: EmailMessage) -> list[str]:
    """Every address that somebody, or something, may open: of both halves and of the headers."""
    plain, html = halves(letter)
    found = [link.rstrip(".,)") for link in re.findall(r"https?://\S+", plain)]
    found += [str(link["href"]) for link in BeautifulSoup(html, "html.parser").find_all("a")]
    found += re.findall(r"<(https?:[^>]+)>", " ".join(str(value) for value in letter.values()))
    return sorted({link for link in found if not link.startswith("mailto:")})


def dump(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, past the portal. Only who looked at what is left out: that is noted on purpose."""
    with closing(sqlite3.connect(_database(app))) as plain:
        tables = [row[0] for row in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: sorted(plain.execute(f'SELECT * FROM "{table}"'), key=repr) for table in tables}
        rows["record_entry"] = sorted(plain.execute("SELECT * FROM record_entry WHERE act <> 'looked'"), key=repr)
    return rows


def _database(app: Flask) -> str:
    return str(app.config["SETTINGS"].database_url).removeprefix("sqlite:///")


def _copy(source: str, target: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(source)) as used:
        used.backup(target)


def _forget(app: Flask) -> None:
    with app.app_context():
        clinic.forget()
        db.engine.dispose()
