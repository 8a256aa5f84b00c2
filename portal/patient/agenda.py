"""The patient's own days: sessions, family sessions and closures, one list, each with who can see it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from portal import clinic, clock, words
from portal.consent.own import OwnAppointment, OwnClosure, OwnScheduleEntry
from portal.consent.picture import Sharing
from portal.db import session
from portal.patient import seen

LOOKS = {
    "group": ("pine", "grid-3x3-gap-fill"),
    "individual": ("dusk", "person-fill"),
    "family": ("plum", "people-fill"),
    "class": ("ochre", "mortarboard-fill"),
    "closed": ("off", "moon"),
}


@dataclass(frozen=True)
class Day:
    """One date and what is on it. Each slot holds what the component of the same name asks for, and its `seers`.

    A closed day, which everybody may know of, has none to name.
    """

    date: dt.date
    slots: list[dict[str, Any]] = field(default_factory=list)

    @property
    def date_words(self) -> str:
        return words.day(self.date)

    @property
    def weekday_short(self) -> str:
        return words.weekday(self.date)

    @property
    def day(self) -> int:
        return self.date.day

    @property
    def is_today(self) -> bool:
        return self.date == clinic.today()


def days(how_many: int, everybody: list[Sharing]) -> list[Day]:
    """The days from today on which something is planned or the clinic is closed, in order."""
    hidden = seen.hidden(everybody)
    today = clinic.today()
    end = clock.midnight(today + dt.timedelta(days=how_many), clinic.zone())
    found: dict[dt.date, list[tuple[dt.datetime, dict[str, Any]]]] = defaultdict(list)
    for closure in session().scalars(select(OwnClosure)):
        for n in range((closure.ends_on - closure.starts_on).days + 1):
            day = closure.starts_on + dt.timedelta(days=n)
            if today <= day < today + dt.timedelta(days=how_many):
                found[day].append((clock.midnight(day, clinic.zone()), _closed(closure)))
    for entry in session().scalars(select(OwnScheduleEntry).where(OwnScheduleEntry.starts_at < end)):
        slot = _session(entry) | hidden.by(entry) | {"date_words": words.day(entry.starts_at)}
        found[words.local(entry.starts_at).date()].append((entry.starts_at, slot))
    for appointments in by_session(session().scalars(select(OwnAppointment).where(OwnAppointment.starts_at < end))):
        first = appointments[0]
        slot = family_session(appointments) | {"seers": seen.by_those_in_it(appointments, everybody)}
        found[words.local(first.starts_at).date()].append((first.starts_at, slot))
    return [
        Day(date, [slot for _, slot in sorted(found[date], key=lambda one: (one[0], str(one[1]["label"])))])
        for date in sorted(found)
    ]


def by_session(rows: Any) -> list[list[OwnAppointment]]:
    """Family sessions, each with one row per relative in it, soonest first."""
    sessions: dict[int, list[OwnAppointment]] = defaultdict(list)
    for row in rows:
        sessions[row.id].append(row)
    return sorted(sessions.values(), key=lambda one: (one[0].starts_at, one[0].id))


def family_session(rows: list[OwnAppointment]) -> dict[str, Any]:
    """A family session as a slot. `rows` are one session, a row per relative in it."""
    first = rows[0]
    names = words.listed([row.relative_name.split(" ")[0] for row in rows])
    place = gettext("Online") if first.mode == "online" else gettext("In person")
    return _slot(
        "family",
        words.times(first.starts_at, first.ends_at),
        gettext("Family session"),
        gettext("with %(names)s and %(therapist)s. %(place)s", names=names, therapist=first.with_name, place=place),
        gettext("Cancelled") if first.status == "cancelled" else "",
    )


def _session(entry: OwnScheduleEntry) -> dict[str, Any]:
    label = {
        "group": gettext("Group"),
        "individual": gettext("One to one"),
        "class": gettext("Class for families"),
        "family": gettext("Family session"),
        "closed": gettext("Closed"),
    }.get(entry.kind, gettext("Session"))
    note = ""
    if entry.status == "cancelled":
        note = gettext("Cancelled")
    elif entry.status == "changed":
        note = gettext("Changed")
        if entry.was_at is not None:
            note = gettext("Changed. It was %(time)s.", time=words.time(entry.was_at))
    return _slot(entry.kind, words.times(entry.starts_at, entry.ends_at), f"{label}.", entry.place, note)


def _closed(closure: OwnClosure) -> dict[str, Any]:
    return _slot("closed", gettext("Closed"), closure.name, "", "")


def _slot(kind: str, time_words: str, label: str, detail: str, note: str) -> dict[str, Any]:
    colour, icon = LOOKS.get(kind, ("pine", "calendar3"))
    return {"colour": colour, "icon": icon, "time_words": time_words, "label": label, "detail": detail, "note": note}
