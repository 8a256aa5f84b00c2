"""The sentence under the greeting: what is today, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from portal import clinic, clock, words
from portal.family.planned import Planned

EVENING = 17


def sentence(coming: Iterable[Planned]) -> str:
    """At most two facts: the next thing today, and the viewer's own next session or else the next day's thing."""
    now, today = clock.now(), clinic.today()
    ahead = [one for one in coming if one.ends_at > now and not one.is_cancelled and one.kind != "closed"]
    first = next((one for one in ahead if words.local(one.starts_at).date() == today), None)
    later = [one for one in ahead if one is not first and words.local(one.starts_at).date() > today]
    mine = next((one for one in later if one.ref), None)
    second = mine or (later[0] if later else None)
    return " ".join(_in_words(one) for one in (first, second) if one is not None)


def _in_words(one: Planned) -> str:
    said = {"name": one.person.known_as, "when": _when(one)}
    if one.ref:
        return gettext("You have a family session %(when)s.", when=said["when"])
    if one.kind == "group":
        return gettext("%(name)s’s group meets %(when)s.", **said)
    if one.kind == "class":
        return gettext("There is a class for families %(when)s.", when=said["when"])
    if one.kind == "family":
        return gettext("%(name)s has a family session %(when)s.", **said)
    return gettext("%(name)s has a session %(when)s.", **said)


def _when(one: Planned) -> str:
    starts_at = words.local(one.starts_at)
    at = words.time(one.starts_at)
    ahead = (starts_at.date() - clinic.today()).days
    if ahead == 0 and starts_at.hour >= EVENING:
        return gettext("tonight at %(time)s", time=at)
    if ahead == 0:
        return gettext("today at %(time)s", time=at)
    if ahead == 1:
        return gettext("tomorrow at %(time)s", time=at)
    return gettext("on %(day)s, at %(time)s", day=words.day(starts_at.date()), time=at)
