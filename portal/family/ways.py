"""With whom, how and what kind of family session can be booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext
from sqlalchemy import select

from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.consent.shared import SharedTherapist
from portal.consent.viewer import the_relative_id, the_viewer
from portal.db import session
from portal.errors import NotShared, Refused
from portal.family.planned import mode_words
from portal.refs import ref_for
from portal.services.booking import open_bookings
from portal.services.booking_rules import check_limit
from portal.services.session_kinds import kind_words


@dataclass(frozen=True)
class Way:
    """A session with one person and one therapist. `full`: why no more can be booked, in a sentence."""

    person: SharedPerson
    staff_id: int
    with_name: str
    ref: str
    minutes: int
    cancel_hours: int
    modes: tuple[str, ...]
    kinds: tuple[str, ...]
    full: str

    @property
    def length(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.minutes)

    def ends_at(self, starts_at: dt.datetime) -> dt.datetime:
        return starts_at + self.length


@dataclass(frozen=True)
class Answers:
    """With whom, how and what kind, as chosen on the first page. `asked_who`: there was somebody else to choose."""

    way: Way
    mode: str
    kind: str
    asked_who: bool

    @property
    def asked_how(self) -> bool:
        return len(self.way.modes) > 1

    @property
    def asked_kind(self) -> bool:
        return len(self.way.kinds) > 1

    @property
    def asked(self) -> bool:
        return self.asked_who or self.asked_how or self.asked_kind

    @property
    def query(self) -> dict[str, Any]:
        return {"who": self.way.ref, "how": self.mode} | ({"kind": self.kind} if self.asked_kind else {})

    @property
    def mode_words(self) -> str:
        return mode_words(self.mode)

    @property
    def kind_words(self) -> str:
        return kind_words(self.kind, self.way.person.known_as)


def all_ways() -> list[Way]:
    """Every person and therapist the viewer may book with, by name. Raises NotShared when nobody shares."""
    if not people.who_shares(Scope.FAMILY):
        raise NotShared
    therapists = session().scalars(select(SharedTherapist).order_by(SharedTherapist.name))
    booked = open_bookings(the_relative_id())
    found = [_way(people.person_of(one.patient_id), one, booked.get(one.patient_id, 0)) for one in therapists]
    return sorted(found, key=lambda way: (way.person.known_as, way.with_name, way.ref))


def asks_anything(ways: Sequence[Way]) -> bool:
    """Whether there is anything to choose: a person, a therapist, how to meet, or what kind of session."""
    return len(ways) > 1 or bool(modes(ways)) or bool(kinds(ways))


def modes(ways: Sequence[Way]) -> list[str]:
    """The ways to meet, when somebody offers more than one of them; else none to ask about."""
    if all(len(way.modes) == 1 for way in ways):
        return []
    return list(dict.fromkeys(mode for way in ways for mode in way.modes))


def kinds(ways: Sequence[Way]) -> list[str]:
    """The kinds of session, when somebody offers more than one of them; else none to ask about."""
    if all(len(way.kinds) == 1 for way in ways):
        return []
    return list(dict.fromkeys(kind for way in ways for kind in way.kinds))


def chosen(ways: Sequence[Way], who: str | None, how: str | None, kind: str | None) -> Answers | None:
    """The answers, where what cannot be chosen is not asked for; None when one is still missing.

    Raises NotShared for somebody the viewer cannot book with.
    """
    if who is None and len(ways) != 1:
        return None
    way = next((way for way in ways if who in (None, way.ref)), None)
    if way is None:
        raise NotShared
    asked_who = sum(not one.full for one in ways) > 1
    mode = way.modes[0] if len(way.modes) == 1 else how
    kind = way.kinds[0] if len(way.kinds) == 1 else kind
    return Answers(way, mode, kind, asked_who) if mode in way.modes and kind in way.kinds else None


def from_address(ways: Sequence[Way]) -> Answers | None:
    """The answers the address carries from page to page."""
    return chosen(ways, request.args.get("who"), request.args.get("how"), request.args.get("kind"))


def _way(person: SharedPerson, therapist: SharedTherapist, booked: int) -> Way:
    full = ""
    try:
        check_limit(booked, therapist.per_family_open)
    except Refused as refused:
        full = refused.sentence
    return Way(
        person=person,
        staff_id=therapist.staff_id,
        with_name=therapist.name,
        ref=f"{person.ref}-{ref_for(the_viewer().account_ref, therapist.ref)}",
        minutes=therapist.minutes,
        cancel_hours=therapist.cancel_hours,
        modes=tuple(therapist.modes),
        kinds=tuple(therapist.kinds),
        full=full,
    )


def label(way: Way) -> str:
    """ "Sam, with Ben Osei"."""
    return gettext("%(name)s, with %(therapist)s", name=way.person.known_as, therapist=way.with_name)
