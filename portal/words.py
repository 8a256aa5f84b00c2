"""Dates, times and names the way families read them, in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import dates
from babel.dates import get_day_names, get_timezone_name
from flask_babel import get_locale, gettext, ngettext

from portal import clinic, clock

NOON = dt.time(12)
MIDNIGHT = dt.time(0)
# The second point of "6:00 p. m..", also where the first one stands in bold. Three of them are meant as they are.
_SECOND_POINT = re.compile(r"(?<=\d [ap]\.\xa0m\.)((?:</\w+>)*)\.(?!\.)")


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "en"


# The same few days and times stand on a page again and again, and each takes Babel a while.
format_date = lru_cache(maxsize=4096)(dates.format_date)
format_time = lru_cache(maxsize=4096)(dates.format_time)


def local(moment: dt.datetime, zone: ZoneInfo | None = None) -> dt.datetime:
    """A moment on the clinic's wall clock (or `zone`'s)."""
    return moment.astimezone(zone or clinic.zone())


def day(value: dt.date | dt.datetime) -> str:
    """ "Tuesday, December 8"; with the year when it is neither this year nor next."""
    date = local(value).date() if isinstance(value, dt.datetime) else value
    if date.year - clinic.today().year in (0, 1):
        pattern = "EEEE, d 'de' MMMM" if _language() == "es" else "EEEE, MMMM d"
    else:
        pattern = "EEEE, d 'de' MMMM 'de' y" if _language() == "es" else "EEEE, MMMM d, y"
    return format_date(date, pattern, locale=_language())


def full_day(value: dt.date) -> str:
    """ "Friday, February 12, 2027": for what was signed, where a year leaves no doubt."""
    pattern = "EEEE, d 'de' MMMM 'de' y" if _language() == "es" else "EEEE, MMMM d, y"
    return format_date(value, pattern, locale=_language())


def short_day(value: dt.date | dt.datetime) -> str:
    """ "Dec 8"."""
    date = local(value).date() if isinstance(value, dt.datetime) else value
    return format_date(date, "d MMM" if _language() == "es" else "MMM d", locale=_language())


def weekday(value: dt.date) -> str:
    """ "Tue"."""
    return format_date(value, "EEE", locale=_language()).rstrip(".")


def weekday_name(number: int) -> str:
    """ "Tuesday", for 1."""
    return str(get_day_names("wide", locale=_language())[number])


def long_weekday(value: dt.date | dt.datetime) -> str:
    """ "Tuesday"."""
    date = local(value).date() if isinstance(value, dt.datetime) else value
    return format_date(date, "EEEE", locale=_language())


def deadline(moment: dt.datetime) -> str:
    """ "Monday, November 30, 6:00 PM"; at midnight "the end of Sunday, November 29", since that day is the last one."""
    wall = local(moment)
    if wall.time() == MIDNIGHT:
        return gettext("the end of %(day)s", day=day(wall.date() - dt.timedelta(days=1)))
    return f"{day(wall)}, {time(moment)}"


def month(value: dt.date) -> str:
    """ "December 2026"."""
    return format_date(value, "MMMM 'de' y" if _language() == "es" else "MMMM y", locale=_language())


def time(value: dt.datetime, zone: ZoneInfo | None = None) -> str:
    """ "6:00 PM", and noon and midnight as words; at the clinic, or in `zone`."""
    return wall_time(local(value, zone).time())


def wall_time(wall: dt.time) -> str:
    """ "9:00 PM", and noon and midnight as words."""
    if wall == NOON:
        return gettext("noon")
    if wall == MIDNIGHT:
        return gettext("midnight")
    # Narrow blanks are in no font of ours; and “a. m.” stays on one line.
    return format_time(wall, "h:mm a", locale=_language()).replace(".\u202f", ".\xa0").replace("\u202f", " ")


def one_point(text: str) -> str:
    """A text in which the point that a Spanish time ends with is the point of its sentence as well."""
    return _SECOND_POINT.sub(r"\1", text) if "\xa0m." in text else text


def times(start: dt.datetime, end: dt.datetime, zone: ZoneInfo | None = None) -> str:
    """ "6:00 PM to 9:00 PM"; at the clinic, or in `zone`."""
    return gettext("%(start)s to %(end)s", start=time(start, zone), end=time(end, zone))


def relative_day(value: dt.date | dt.datetime) -> str:
    """ "today", "tomorrow", "yesterday", or the short date."""
    date = local(value).date() if isinstance(value, dt.datetime) else value
    return {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}.get(
        (date - clinic.today()).days, short_day(date)
    )


def length(start: dt.datetime, end: dt.datetime) -> str:
    """ "3 hours", "50 minutes", "1 hour 30 minutes"."""
    hours, minutes = divmod(int((end - start).total_seconds()) // 60, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(num)d hour", "%(num)d hours", hours))
    if minutes:
        parts.append(ngettext("%(num)d minute", "%(num)d minutes", minutes))
    return " ".join(parts)


def zone(value: ZoneInfo | None = None) -> str:
    """ "Central Time (Chicago)"."""
    value = value or clinic.zone()
    name = get_timezone_name(value, width="long", zone_variant="generic", locale=_language())
    city = value.key.rsplit("/", 1)[-1].replace("_", " ")
    return f"{name} ({city})"


def zone_name(value: ZoneInfo | None = None) -> str:
    """ "Central Time"."""
    return get_timezone_name(value or clinic.zone(), width="long", zone_variant="generic", locale=_language())


def greeting() -> str:
    """ "Good morning" on the clinic's clock."""
    hour = local(clock.now()).hour
    if hour < 12:
        return gettext("Good morning")
    return gettext("Good afternoon") if hour < 18 else gettext("Good evening")


def listed(names: list[str]) -> str:
    """ "Dana", "Dana and Alex", "Dana, Alex and Jo"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(some)s and %(last)s", some=", ".join(names[:-1]), last=names[-1])


def initial(name: str) -> str:
    """The letter on a person's disc."""
    return name.strip()[:1].upper() or "?"
