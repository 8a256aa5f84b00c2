"""How the reader waits for a time, in words: with whom, at what times of day, since when; never behind whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.shared import SharedWaitingListEntry
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.family.days import weekdays
from portal.family.planned import mode_words
from portal.refs import find, ref_for
from portal.services import waiting_list_words
from portal.services.session_kinds import kind_words
from portal.services.waiting_list_rules import Part, Wish
from portal.services.waiting_list_words import DAYS

PARTS = {
    Part.MORNING: _l("Mornings, before noon"),
    Part.AFTERNOON: _l("Afternoons, noon to 5 PM"),
    Part.EVENING: _l("Evenings, from 5 PM"),
}


@dataclass(frozen=True)
class Waits:
    """One place on the list as its pages show it."""

    id: int
    ref: str
    person: SharedPerson
    staff_id: int
    with_name: str
    wish: Wish
    since: dt.datetime

    @property
    def in_words(self) -> str:
        """ "Evenings with Ben Osei"."""
        times = waiting_list_words.times_of_day(self.wish)
        return gettext("%(times)s with %(name)s", times=times[:1].upper() + times[1:], name=self.with_name)

    @property
    def days_in_words(self) -> str:
        """ "Mon, Wed, until Dec 21"; no days where any will do."""
        return waiting_list_words.days(self.wish)

    @property
    def how_in_words(self) -> str:
        """How they would meet and what kind of session it is."""
        how = gettext("Online or in person") if self.wish.mode is None else mode_words(self.wish.mode)
        return f"{kind_words(self.wish.kind, self.person.known_as)}. {how}."


def day_choices() -> list[tuple[str, str]]:
    """Sunday to Saturday, each by its number."""
    return [(str(day), day_name.full.capitalize()) for day, day_name in zip(DAYS, weekdays(), strict=True)]


def all_of(whose: Sequence[SharedPerson]) -> list[Waits]:
    """Where the reader waits for a session with these people, the oldest first."""
    return [_waits(row) for row in _rows(whose)]


def one_of(ref: str, whose: Sequence[SharedPerson]) -> Waits:
    """One of them by its label. Raises NotShared."""
    return _waits(find(the_viewer().account_ref, ref, _rows(whose)))


def _rows(whose: Sequence[SharedPerson]) -> Sequence[SharedWaitingListEntry]:
    return (
        session()
        .scalars(
            select(SharedWaitingListEntry)
            .where(SharedWaitingListEntry.patient_id.in_([person.patient_id for person in whose]))
            .order_by(SharedWaitingListEntry.joined_at, SharedWaitingListEntry.ref)
        )
        .all()
    )


def _waits(row: SharedWaitingListEntry) -> Waits:
    return Waits(
        id=row.id,
        ref=ref_for(the_viewer().account_ref, row.ref),
        person=people.person_of(row.patient_id),
        staff_id=row.staff_id,
        with_name=row.with_name,
        wish=Wish(tuple(row.weekdays), tuple(row.parts), row.until_on, row.mode, row.kind),
        since=row.joined_at,
    )
