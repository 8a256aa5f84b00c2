"""Show one person's things only: links on the page, `?for=` in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from portal.consent.people import SharedPerson
from portal.errors import NotShared


@dataclass(frozen=True)
class Chip:
    """One choice of the filter."""

    label: str
    url: str
    current: bool
    letter: str = ""
    colour: str = ""


def chosen(among: Sequence[SharedPerson]) -> list[SharedPerson]:
    """Those of `among` the address asks for: all, or the one named in it. Raises NotShared."""
    wanted = request.args.get("for")
    if not wanted:
        return list(among)
    found = [person for person in among if person.ref == wanted]
    if not found:
        raise NotShared
    return found


def chips(among: Sequence[SharedPerson], endpoint: str, **more: Any) -> list[Chip]:
    """The filter, when there is more than one person to choose from."""
    if len(among) < 2:
        return []
    wanted = request.args.get("for")
    one_each = [
        Chip(
            label=person.known_as,
            url=_url(endpoint, more | {"for": person.ref}),
            current=person.ref == wanted,
            letter=person.letter,
            colour=person.colour,
        )
        for person in among
    ]
    return [Chip(gettext("All"), _url(endpoint, more), not wanted), *one_each]


def _url(endpoint: str, query: dict[str, Any]) -> str:
    return url_for(endpoint, **query)
