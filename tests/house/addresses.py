"""Every address of the portal: from its own map, filled in, and from the links on its pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.cast import Person
from portal.db import db
from portal.models import Account, Base
from portal.refs import ref_for

MADE_UP = "zzzzzzzzzz"
NOWHERE = "/there/is/no-such-page"

# Links, and where forms send to. Pages are ours, so their attributes are written one way.
LEADS_ON = re.compile(r'<a [^>]*?href="([^"]*)"|<form [^>]*?action="([^"]*)"')

# What else than a label can stand in an address. An argument that is not listed here is a label.
KNOWN_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "slug": ("listening-well", "no-such-guide"),
    "course": ("the-family-course", "no-such-course"),
    "number": ("1", "99"),
    "token": ("no-such-token",),
    "month": ("2026-12", "1066-10", "not-a-month"),
    "date": ("2026-11-24", "not-a-day"),
    "scope": ("times", "no-such-thing"),
    "lang": ("es", "xx"),
    "filename": ("portal.css",),
}


def every_rule(app: Flask) -> list[Rule]:
    """Every rule of the map, in a steady order."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


def has_label(rule: Rule) -> bool:
    """Whether the address names a row."""
    return bool(rule.arguments - KNOWN_ARGUMENTS.keys())


def filled(app: Flask, rule: Rule, labels: Iterable[str] = (MADE_UP,)) -> Iterator[str]:
    """The rule as addresses: once for each label, or once for each of the other values."""
    adapter = app.url_map.bind("localhost")
    others = rule.arguments & KNOWN_ARGUMENTS.keys()
    for n, label in enumerate(labels if has_label(rule) else range(3 if others else 1)):
        values = {name: str(label) for name in rule.arguments - others}
        values |= {name: KNOWN_ARGUMENTS[name][n % len(KNOWN_ARGUMENTS[name])] for name in others}
        yield adapter.build(rule.endpoint, values, append_unknown=False)


def methods(rule: Rule) -> set[str]:
    """What the rule answers, without what Flask adds by itself."""
    return (rule.methods or set()) - {"HEAD", "OPTIONS"}


def stored_labels(app: Flask) -> dict[str, list[str]]:
    """The random label of every row that has one, by table."""
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if "ref" in table.c:
                found[table.name] = list(connection.execute(select(table.c.ref).order_by(table.c.id)).scalars())
    return found


# Rows that every relative may read, whatever is shared with them.
FOR_EVERYBODY = {"family_class"}

# What a relative's address can be about. A label of any other row leads nowhere for everybody.
ABOUT = (
    "patient", "related_person", "relative", "consent", "schedule_entry", "appointment", "family_update",
    "staff_member",
)  # fmt: skip


def labels_of_what_is_shared(app: Flask, which: slice) -> list[str]:
    """The random labels of some rows of each table that a relative's address can be about."""
    stored = stored_labels(app)
    return [label for table in ABOUT for label in stored[table][which]]


def own_labels(app: Flask, person: Person, stored: Iterable[str]) -> list[str]:
    """The labels under which this person would find those rows, if they could."""
    with app.app_context(), db.engine.connect() as connection:
        query = select(Account.__table__.c.ref).where(Account.__table__.c.email == person.email)
        account_ref = connection.execute(query).scalar_one()
        return [ref_for(account_ref, ref) for ref in stored]


def crawl(
    client: FlaskClient, start: Iterable[str], most: int = 150, most_of_a_kind: int = 2
) -> dict[str, TestResponse]:
    """What links lead to, by address, beginning at `start`. Of pages that differ only in what
    they are about, `most_of_a_kind` are enough."""
    waiting, found, kinds = list(start), dict[str, TestResponse](), dict[str, int]()
    while waiting and len(found) < most:
        address = waiting.pop(0)
        kind = _kind_of(client, address)
        if address in found or kind is None or kinds.get(kind, 0) >= most_of_a_kind:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = found[address] = client.get(address)
        if answer.status_code in (301, 302, 303, 307, 308):
            waiting.append(_on_this_site(address, answer.location))
        elif "html" in answer.content_type:
            for link, sends_to in LEADS_ON.findall(answer.get_data(as_text=True)):
                waiting.append(_on_this_site(address, unescape(link or sends_to)))
    return found


def _kind_of(client: FlaskClient, address: str) -> str | None:
    """The endpoint and the names of what is asked; None for what is no page of ours to read."""
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import RequestRedirect

    if not address:
        return None
    parts = urlsplit(address)
    try:
        endpoint, _ = client.application.url_map.bind("localhost").match(parts.path, "GET")
    except RequestRedirect:
        return address
    except HTTPException:
        return None
    return f"{endpoint}?{'&'.join(sorted(part.partition('=')[0] for part in parts.query.split('&')))}"


def _on_this_site(base: str, address: str) -> str:
    parts = urlsplit(urljoin(f"http://localhost{base}", address))
    if parts.netloc != "localhost":
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
