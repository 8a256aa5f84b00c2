"""When a session is on the reader's own clock, for readers who live elsewhere than the clinic."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from portal import clinic, words
from portal.consent.viewer import the_viewer

# Where most readers are, as the list begins; the others follow by name.
NEAR = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)


def zone() -> ZoneInfo | None:
    """The zone the reader chose; None for the clinic's own."""
    chosen = the_viewer().time_zone
    return ZoneInfo(chosen) if chosen in every_zone() else None


def zone_words() -> str:
    """The reader's zone in words, when it is not the clinic's; else nothing."""
    own = zone()
    return words.zone(own) if own is not None and own != clinic.zone() else ""


def in_words(starts_at: dt.datetime, ends_at: dt.datetime | None = None) -> str:
    """The session (or its start) on the reader's clock, with both dates where they differ.

    Nothing while both clocks agree.
    """
    own = zone()
    if own is None or words.local(starts_at, own).replace(tzinfo=None) == words.local(starts_at).replace(tzinfo=None):
        return ""
    times = words.times(starts_at, ends_at, own) if ends_at else words.time(starts_at, own)
    facts = {"zone": words.zone_name(own), "times": times}
    there, here = words.local(starts_at, own).date(), words.local(starts_at).date()
    if there == here:
        return gettext("%(zone)s: %(times)s.", **facts)
    dates = {"day": words.day(there), "clinic_day": words.day(here)}
    return gettext("%(zone)s: %(day)s, %(times)s. At the clinic it is %(clinic_day)s.", **facts, **dates)


@cache
def every_zone() -> frozenset[str]:
    """Every zone a reader may choose: those named for a place."""
    return frozenset(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
    )


def choices() -> list[SelectChoice]:
    """The zones as a list to choose from, in groups."""
    near = [SelectChoice(name, words.zone(ZoneInfo(name)), optgroup=gettext("United States")) for name in NEAR]
    return [SelectChoice("", gettext("The same as the clinic")), *near, *map(_choice, sorted(every_zone() - {*NEAR}))]


def _choice(name: str) -> SelectChoice:
    region, _, place = name.partition("/")
    return SelectChoice(name, place.replace("_", " ").replace("/", ", "), optgroup=region)
