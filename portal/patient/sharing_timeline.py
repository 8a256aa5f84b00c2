"""Sharing over time: for each person the stretches of days on which something was, is or will be shared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from flask_babel import gettext

from portal import words
from portal.consent.picture import Sharing, Standing

# A bar for these would look as if something were seen.
NOTHING_YET = (Standing.INVITED, Standing.NOT_USABLE, Standing.ASKED)


@dataclass(frozen=True)
class Stretch:
    """Days without a gap, and the form that ends them. `is_paused` of what would be seen again after a pause."""

    start: dt.date
    end: dt.date
    form: Sharing
    is_paused: bool = False


def timeline(
    people: Iterable[tuple[Sharing, Sequence[Sharing]]], today: dt.date, paused_on: dt.date | None
) -> dict[str, Any] | None:
    """A line per person, given with every form that was signed for them. Places run from 0 to 1.

    `paused_on` is the day since which all sharing is paused.
    """
    lines = [(one, found) for one, forms in people if (found := _stretches(one, forms, paused_on))]
    if not lines:
        return None
    everything = [stretch for _, found in lines for stretch in found]
    first = min(stretch.start for stretch in everything).replace(day=1)
    last = _next_month(max([stretch.end for stretch in everything] + [today]))
    whole = (last - first).days

    def at(day: dt.date) -> float:
        return round((day - first).days / whole, 4)

    return {
        "today": at(today),
        "months": [{"label": words.month(month)[:3], "at": at(month)} for month in _months(first, last)],
        "rows": [
            {
                "name": one.first_name,
                "colour": one.person.colour,
                "bars": [{"start": at(s.start), "end": at(s.end), "is_paused": s.is_paused} for s in found],
                "cap": _cap(found[-1].form),
                "summary": _summary(found),
            }
            for one, found in lines
        ],
    }


def _stretches(one: Sharing, forms: Sequence[Sharing], paused_on: dt.date | None) -> list[Stretch]:
    """The first one first. Forms that follow each other without a gap are one stretch."""
    if one.person.accepted_at is None:
        return []
    joined: list[Stretch] = []
    for stretch in sorted(chain.from_iterable(map(_stretch, forms)), key=lambda each: (each.start, each.end)):
        if joined and stretch.start <= joined[-1].end:
            longer = stretch if stretch.end >= joined[-1].end else joined[-1]
            joined[-1] = replace(longer, start=joined[-1].start)
        else:
            joined.append(stretch)
    if joined and joined[-1].form.standing == Standing.PAUSED and paused_on is not None:
        last = joined.pop()
        since = max(paused_on, last.start)
        joined += [replace(last, end=since), replace(last, start=since, is_paused=True)]
    return joined


def _stretch(form: Sharing) -> Iterable[Stretch]:
    consent = form.consent
    if form.standing not in NOTHING_YET and consent is not None and consent.signed_on and consent.ends_on:
        yield Stretch(consent.signed_on, max(form.ended_on or consent.ends_on, consent.signed_on), form)


def _cap(form: Sharing) -> str:
    if form.ended_on is not None or form.consent is None:
        return "end"
    return "door" if form.consent.ends_with_program else "flag"


def _summary(found: Sequence[Stretch]) -> str:
    last = found[-1]
    before = found[:-1]
    if last.is_paused:
        whole = replace(last, start=before[-1].start)
        before = before[:-1]
        said = gettext("%(span)s, paused now", span=_span(whole))
    else:
        said = _span(last)
    if not before:
        return said
    earlier = words.listed([_dates(stretch) for stretch in before])
    return gettext("%(span)s; before that %(earlier)s", span=said, earlier=earlier)


def _span(stretch: Stretch) -> str:
    if stretch.form.ended_on is not None:
        return gettext("ended %(day)s", day=words.short_day(stretch.end))
    if stretch.form.consent is not None and stretch.form.consent.ends_with_program:
        return gettext("%(start)s until I leave the program", start=words.short_day(stretch.start))
    return _dates(stretch)


def _dates(stretch: Stretch) -> str:
    return gettext("%(start)s to %(end)s", start=words.short_day(stretch.start), end=words.short_day(stretch.end))


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    months = [first]
    while (following := _next_month(months[-1])) < last:
        months.append(following)
    return months


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
