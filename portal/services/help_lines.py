"""Help near the clinic, and how long ago somebody checked the numbers of crisis help."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from portal.db import session
from portal.models import Clinic, HelpLine
from portal.services.courses import in_language

# The day on which the numbers that come with the portal were last checked against their own organizations.
VERIFIED_ON = dt.date(2026, 11, 23)
CHECK_EVERY = dt.timedelta(days=183)


@dataclass(frozen=True)
class Near:
    """One place near the clinic, in the reader's language."""

    name: str
    when: str
    how: str


@dataclass(frozen=True)
class HelpNear:
    """The clinic's own lines in their order, and the day since when every number on the page is known to be right."""

    lines: list[Near]
    verified_on: dt.date

    def is_old(self, today: dt.date) -> bool:
        return today > self.verified_on + CHECK_EVERY


def near(language: str) -> HelpNear:
    """What a clinic's own file says, and the oldest of the days on which numbers were checked."""
    rows = session().scalars(select(HelpLine).order_by(HelpLine.id)).all()
    checked_here = session().scalar(select(Clinic.numbers_verified_on))
    lines = [Near(*(in_language(words, language) for words in (row.name, row.purpose, row.how))) for row in rows]
    return HelpNear(lines, min([max(VERIFIED_ON, checked_here or VERIFIED_ON), *(row.verified_on for row in rows)]))
