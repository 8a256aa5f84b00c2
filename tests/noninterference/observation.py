"""Everything one relative can observe of a world: pages, files, headers, cookies, emails, their calendar's private
address and `flask sees`, byte for byte.

Nothing is normalised. What would differ by chance is made to come out the same instead: the clock stands still,
and randomness is a stream that begins anew with each request.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clinic, create_app
from portal.config import Settings
from portal.consent.shared import Shared
from portal.consent.viewer import Viewer, viewing_as
from portal.db import db, session
from portal.emails import recipients, wanted
from portal.emails.letters import About, Recipient
from portal.emails.messages import MESSAGES, Withheld
from portal.extensions import alembic
from portal.models import Account, Label, OutgoingEmail, Relative
from portal.refs import ref_for
from tests.noninterference.values import calendar_token
from tests.noninterference.world import World, let_the_record_be_emptied, made_of, put_into

Observations = dict[str, Any]

# Doors that a relative may walk through; the others answer them with the one 404, which the house rules prove.
DOORS = ("family.", "front_door.", "security.")
NOT_A_REF = "zzzzzzzzzz"
LINK = re.compile(r'<a [^>]*?href="(/[^"]*)"')
MOST_LINKS = 20
MOST_PAGES_TO_LOOK_FOR_LINKS = 30
MOST_REQUESTS = 24


@dataclass(frozen=True)
class Labels:
    """Stored labels to ask for: of rows the relative sees, by the pages about them; of any rows; of people and the
    therapists they can be booked with."""

    seen: dict[str, list[str]]
    others: list[str]
    ways: list[tuple[str, str]]


class House:
    """One portal with a database that can hold one world after another."""

    def __init__(self, url: str, now: dt.datetime) -> None:
        self.now = now
        self.app: Flask = create_app(Settings(mode="test", database_url=url))
        self.app.config["PROPAGATE_EXCEPTIONS"] = True

    @classmethod
    def on_sqlite(cls, folder: Path, now: dt.datetime) -> House:
        """A house on its own file, migrated once and copied after that."""
        folder.mkdir(parents=True, exist_ok=True)
        empty = folder.parent / "empty.db"
        if not empty.exists():
            cls(f"sqlite:///{empty}", now).prepare().close()
        shutil.copy(empty, folder / "portal.db")
        return cls(f"sqlite:///{folder / 'portal.db'}", now)

    def prepare(self) -> House:
        with self.app.app_context():
            alembic.upgrade()
            let_the_record_be_emptied(db.engine)
        return self

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()

    def fill(self, world: World) -> None:
        with self.app.app_context():
            put_into(db.engine, world)
            clinic.forget()

    # What is observed

    def observe(self, ref: str, addresses: list[str]) -> Observations:
        """What the relative with this label observes, by where."""
        with frozen(self.now):
            found: Observations = {f"shared rows: {name}": rows for name, rows in self.shared_rows(ref).items()}
            found["emails"] = _or_how_it_broke(self.emails, ref)
            found["flask sees"] = _or_how_it_broke(self.sees, ref)
            browser = self.browser(ref)
            for address in addresses:
                found[address] = _answer(browser, address)
            calendar = f"/calendar/{calendar_token(ref)}.ics"
            found[calendar] = _answer(self.app.test_client(), calendar)
        return found

    def addresses(self, ref: str, labels: Labels, rng: random.Random, begin: str = "/") -> list[str]:
        """The requests that both worlds of a pair answer: routes, filled in, and links on the way.

        Addresses of what the relative sees are always among them; of the rest, as many as there is time for.
        """
        with frozen(self.now):
            with self.app.app_context():
                own = self._own(self._viewer(ref).account_ref, labels)
            every = self._every_route(own, labels, rng)
            found = dict.fromkeys(address for address in every if address.startswith(begin))
            browser = self.browser(ref)
            begin_with = rng.sample(list(found), len(found))
            found |= dict.fromkeys(link for link in self._links(browser, begin_with) if link.startswith(begin))
        seen = list(chain.from_iterable(own.seen.values()))
        sure = [address for address in found if any(label in address for label in seen)]
        rest = [address for address in found if address not in sure]
        return sure + rng.sample(rest, min(max(MOST_REQUESTS - len(sure), 0), len(rest)))

    def endpoint_of(self, address: str) -> str:
        """The page that answers at this address."""
        return str(self.app.url_map.bind("localhost").match(address.partition("?")[0])[0])

    def pages_of_the_family(self) -> set[str]:
        """Every page relatives can read."""
        rules = self.app.url_map.iter_rules()
        return {
            rule.endpoint for rule in rules if rule.endpoint.startswith("family.") and "GET" in (rule.methods or ())
        }

    def shared_rows(self, ref: str) -> dict[str, list[str]]:
        with self.app.app_context():
            viewer = self._viewer(ref)
        rows: dict[str, list[str]] = {}
        with frozen(self.now), self.app.app_context(), viewing_as(viewer):
            for mapper in Shared.registry.mappers:
                shown = [c for c in mapper.columns if not _is_inside(c)]
                found = session().execute(select(*(mapper.get_property_by_column(c).class_attribute for c in shown)))
                rows[mapper.class_.__name__] = sorted(repr(tuple(row)) for row in found)
        return rows

    def emails(self, ref: str) -> list[str]:
        with self.app.app_context():
            g.reading = True
            account = session().scalars(select(Account).join(Relative).where(Relative.ref == ref)).one()
            mine = select(OutgoingEmail).where(OutgoingEmail.account_id == account.id, OutgoingEmail.ended_at.is_(None))
            to = recipients.of_account(account)
            going = [
                About(row.message, row.patient_id, row.about_id, row.queued_at)
                for row in session().scalars(mine)
                if wanted.is_wanted(session(), row) and not wanted.is_for_the_list(row)
            ]
        with self.app.app_context():
            return sorted(letter for about in going if (letter := _letter(to, about)))

    def sees(self, ref: str) -> str:
        from portal.exchange import sees  # type: ignore[attr-defined]

        with self.app.app_context():
            g.reading = True
            email = session().scalars(select(Account.email).join(Relative).where(Relative.ref == ref)).one()
        with self.app.app_context():
            g.reading = True
            return repr(sees.sees(email))

    def browser(self, ref: str) -> FlaskClient:
        from flask_login.utils import _create_identifier

        client = self.app.test_client()
        with self.app.app_context():
            g.reading = True
            known = session().scalars(select(Account.fs_uniquifier).join(Relative).where(Relative.ref == ref)).one()
        agent = {"User-Agent": str(client.environ_base["HTTP_USER_AGENT"])}
        with self.app.test_request_context(headers=agent, environ_base=client.environ_base):
            identifier = _create_identifier()
        with client.session_transaction() as cookie:
            cookie |= {"_user_id": known, "_fresh": True, "_id": identifier, "csrf_token": "the same in both"}
        return client

    def _viewer(self, ref: str) -> Viewer:
        g.reading = True
        me = session().scalars(select(Relative).where(Relative.ref == ref)).one()
        return Viewer(
            account_id=me.account_id,
            account_ref=me.account.ref,
            given_name=me.given_name,
            relative_id=me.id,
            is_counted=False,
            door="family",
        )

    def _own(self, account_ref: str, labels: Labels) -> Labels:
        """The same labels as this reader finds them in addresses."""
        return Labels(
            {pages: [ref_for(account_ref, one) for one in some] for pages, some in labels.seen.items()},
            [ref_for(account_ref, one) for one in labels.others],
            [(ref_for(account_ref, person), ref_for(account_ref, staff)) for person, staff in labels.ways],
        )

    def _every_route(self, own: Labels, stored: Labels, rng: random.Random) -> Iterator[str]:
        adapter = self.app.url_map.bind("localhost")
        for rule in self.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or not rule.endpoint.startswith(DOORS):
                continue
            others = [*own.others, *stored.others, *chain.from_iterable(stored.seen.values()), NOT_A_REF]
            seen = own.seen.get(rule.endpoint.rpartition(".")[0], others)
            if not rule.arguments:
                address = adapter.build(rule.endpoint)
                yield address
                if rule.endpoint.startswith("family."):
                    yield f"{address}?for={rng.choice([*chain.from_iterable(own.seen.values()), *others])}"
                    yield f"{address}?from=2026-12-01&person={rng.choice(others)}&kind=going&page=2"
                    whose = rng.choice([*own.seen.get("family.shared", []), *others])
                    yield f"{address}?names=y&places=y&weeks=8&for={whose}"
                continue
            for label in (rng.choice(seen), rng.choice(others)):
                values = {name: rng.choice(OTHER_ARGUMENTS.get(name, (label,))) for name in rule.arguments}
                yield str(adapter.build(rule.endpoint, values))
        for person, therapist in own.ways:
            query = f"who={person}-{therapist}&how={rng.choice(('online', 'in%20person'))}"
            yield f"/sessions/book/time?{query}"
            yield f"/sessions/book/check?{query}&time=2026-11-25T21:00Z"

    def _links(self, browser: FlaskClient, begin: list[str]) -> list[str]:
        seen, waiting, found = set(begin), list(begin), []
        for _ in range(MOST_PAGES_TO_LOOK_FOR_LINKS):
            if not waiting or len(found) >= MOST_LINKS:
                break
            for link in LINK.findall(browser.get(waiting.pop(0)).text):
                address = html.unescape(link).partition("#")[0]
                # The parts of a course are public, each of them is asked for anyway, and there are many.
                if address not in seen and not address.startswith(("/static/", "/staff", "/me", "/courses/")):
                    seen.add(address)
                    waiting.append(address)
                    found.append(address)
        return found[:MOST_LINKS]


# What stands in addresses besides labels.
OTHER_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "slug": ("first-steps", "listening-well", "setting-limits", "no-such-guide"),
    "course": ("first-weeks", "no-such-course"),
    "number": (1, 99),
    "month": ("2026-11", "2026-12"),
    "day": ("2026-11-24", "2026-12-01"),
    "token": ("no-such-token",),
}


@contextmanager
def frozen(now: dt.datetime) -> Iterator[None]:
    """The clock stands still and chance repeats itself."""
    real = os.urandom, random._urandom  # type: ignore[attr-defined]
    with time_machine.travel(now, tick=False):
        os.urandom = random._urandom = _chance.bytes  # type: ignore[attr-defined]
        try:
            yield
        finally:
            os.urandom, random._urandom = real  # type: ignore[attr-defined]


class Chance:
    """Random bytes that come out the same after each beginning."""

    def __init__(self) -> None:
        self.begin_anew("")

    def begin_anew(self, seed: str) -> None:
        self.seed, self.drawn = seed, Counter[int]()

    def bytes(self, size: int) -> bytes:
        # A stream for each length: what a library draws once and keeps must not shift what the portal draws.
        self.drawn[size] += 1
        return hashlib.shake_256(f"{self.seed} {size} {self.drawn[size]}".encode()).digest(size)


_chance = Chance()


def _answer(browser: FlaskClient, address: str) -> tuple[int, list[tuple[str, str]], bytes]:
    _chance.begin_anew(address)
    answer = browser.get(address)
    return answer.status_code, sorted(answer.headers), answer.get_data()


def _letter(to: Recipient, about: About) -> str | None:
    _chance.begin_anew("a letter")
    try:
        # Of whom it tells goes on their record, and nowhere into the letter.
        return repr(replace(MESSAGES[about.message](to, about), tells_of=frozenset()))
    except Withheld:
        return None


def _or_how_it_broke(look: Callable[[str], Any], ref: str) -> Any:
    try:
        return look(ref)
    except Exception as trouble:  # what breaks in one world only tells the worlds apart
        return f"broke: {type(trouble).__name__}"


def _is_inside(column: Any) -> bool:
    """Whether a column of a shared class is a number of ours, or decides something and is shown to nobody."""
    return any(base.info["label"] in (Label.KEY, Label.RULE) and base.name != "ref" for base in made_of(column))


def differences(one: Observations, other: Observations) -> list[str]:
    """Where the two worlds look different, and how."""
    found = []
    for where in one:
        if one[where] != other[where]:
            found.append(f"{where}\n{_first_difference(one[where], other[where])}")
    return found


def _first_difference(one: Any, other: Any) -> str:
    a, b = repr(one), repr(other)
    at = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return f"    one:   …{a[max(0, at - 80) : at + 120]}\n    other: …{b[max(0, at - 80) : at + 120]}"
