"""What somebody waits for, in words: at what times of day, on which days, until when."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import words
from portal.services.waiting_list_rules import Part, Wish

PARTS = {Part.MORNING: _l("mornings"), Part.AFTERNOON: _l("afternoons"), Part.EVENING: _l("evenings")}
# As weeks are shown here: Sunday first. Monday is 0.
DAYS = (6, 0, 1, 2, 3, 4, 5)
MONDAY = dt.date(2023, 1, 2)


def times_of_day(wish: Wish) -> str:
    """ "mornings and evenings"."""
    parts = [str(PARTS[part]) for part in Part if part in wish.parts]
    return gettext("any time of day") if len(parts) == len(Part) else words.listed(parts)


def days(wish: Wish) -> str:
    """ "Mon, Wed, until Dec 21"; no days where any will do."""
    until = gettext("until %(day)s", day=words.short_day(wish.until_on))
    if len(set(wish.weekdays)) == len(DAYS):
        return until
    names = [words.weekday(MONDAY + dt.timedelta(days=day)) for day in DAYS if day in wish.weekdays]
    return ", ".join([*names, until])
