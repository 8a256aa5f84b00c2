"""One session in words: as a line of the agenda, a block of the week, a cell of the month, or on paper."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal import clock, words
from portal.consent.people import SharedPerson
from portal.consent.viewer import the_viewer
from portal.family import own_time
from portal.family.planned import Planned


@dataclass(frozen=True)
class Kind:
    """How one kind of session looks and is called."""

    label: LazyString
    short: LazyString
    colour: str
    icon: str


KINDS = {
    "group": Kind(_l("Group"), _l("Group"), "pine", "grid-3x3-gap-fill"),
    "individual": Kind(_l("One to one"), _l("One to one"), "dusk", "person-fill"),
    "class": Kind(_l("Class for families"), _l("Class"), "ochre", "mortarboard-fill"),
    "family": Kind(_l("Family session"), _l("Family"), "plum", "people-fill"),
    # Of what kind it is the patient keeps.
    "": Kind(_l("Session"), _l("Session"), "plain", "calendar3"),
}


@dataclass(frozen=True)
class Slot:
    """One session as a block: the time first, then what it is. `own_time` is a second line, on the reader's clock."""

    time_words: str
    label: str
    colour: str = "off"
    icon: str = ""
    note: str = ""
    own_time: str = ""
    person: SharedPerson | None = None
    url: str | None = None


def brief(one: Planned, names: bool) -> Slot:
    """When it begins, what it is and how long it takes."""
    label = _kind(one).label
    said = gettext("%(kind)s, %(length)s", kind=label, length=words.length(one.starts_at, one.ends_at))
    if one.ref:
        said = gettext("Family session with you")
    elif one.kind == "class":
        said = str(label)
    return _with_own_time(_slot(one, names, words.time(one.starts_at), said, _short_note(one)), one)


def full(one: Planned, names: bool) -> Slot:
    """All there is to say, also when it is on the reader's own clock."""
    said = str(_kind(one).label)
    if one.ref:
        said = gettext("Family session. %(how)s, with %(name)s.", how=one.place, name=one.with_name)
        if not one.is_cancelled:
            said += " " + gettext("You are booked.")
    elif one.place:
        said = gettext("%(kind)s. %(place)s", kind=said, place=one.place)
    in_full = _slot(one, names, words.times(one.starts_at, one.ends_at), said, _full_note(one))
    return _with_own_time(in_full, one, one.ends_at)


def short(one: Planned, names: bool) -> Slot:
    """When it begins and one word. A month's cells are narrow: a name instead of a disc, and no picture."""
    said = str(_kind(one).short)
    if names and one.kind != "closed":
        said = gettext("%(name)s. %(kind)s", name=one.person.known_as, kind=said)
    in_short = replace(_slot(one, False, words.time(one.starts_at), said, _short_note(one)), icon="")
    return _with_own_time(in_short, one)


def on_paper(one: Planned, names: bool, places: bool, own_times: bool) -> Slot:
    """From when to when, and one word; whose it is and where only if asked for, own times only if there is room."""
    said = short(one, names).label
    if places and one.place and one.kind != "closed":
        said = gettext("%(kind)s. %(place)s", kind=said, place=one.place)
    time_words = gettext("Closed") if one.kind == "closed" else words.times(one.starts_at, one.ends_at)
    label = "" if one.kind == "closed" and not places else said
    written = Slot(time_words, label, colour="on-paper", note=_short_note(one))
    return _with_own_time(written, one) if own_times else written


def _with_own_time(slot: Slot, one: Planned, ends_at: dt.datetime | None = None) -> Slot:
    return slot if one.kind == "closed" else replace(slot, own_time=own_time.in_words(one.starts_at, ends_at))


def _slot(one: Planned, names: bool, time_words: str, said: str, note: str) -> Slot:
    if one.kind == "closed":
        time_words, said = gettext("Closed"), one.place
    is_off = one.is_cancelled or one.kind == "closed"
    follows = one.ref and not the_viewer().is_preview
    return Slot(
        time_words=time_words,
        label=said,
        colour="off" if is_off else _kind(one).colour,
        icon="moon" if one.kind == "closed" else _kind(one).icon,
        note=note,
        person=one.person if names else None,
        url=url_for("family.sessions.details", ref=one.ref) if follows else None,
    )


def _kind(one: Planned) -> Kind:
    return KINDS[one.kind] if one.kind != "closed" else KINDS["group"]


def _short_note(one: Planned) -> str:
    if one.is_cancelled:
        return gettext("Cancelled")
    return gettext("Changed") if _is_changed(one) else ""


def _full_note(one: Planned) -> str:
    if one.is_cancelled:
        return gettext("Cancelled.")
    if not _is_changed(one):
        return ""
    if one.was_at is None or one.was_at == one.starts_at:
        return gettext("Changed.")
    before = words.time(one.was_at)
    if words.local(one.was_at).date() == words.local(one.starts_at).date():
        return gettext("Changed. It was %(time)s.", time=before)
    return gettext("Changed. It was %(day)s, %(time)s.", day=words.day(one.was_at), time=before)


def _is_changed(one: Planned) -> bool:
    # Until it is over: after that it does not matter any more.
    return one.status == "changed" and one.ends_at > clock.now()
