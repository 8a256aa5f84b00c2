"""The boxes a patient can tick."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class Scope(StrEnum):
    """One thing a patient can share. Nothing else can be shared here."""

    TIMES = "times"
    # More about the sessions whose times are shared.
    KIND = "kind"
    PLACE = "place"
    FAMILY = "family"
    GOING = "going"
    PLAN = "plan"
    LEAVE = "leave"


# What says nothing without session times, and the boxes that stand by themselves.
DETAILS = (Scope.KIND, Scope.PLACE)
BOXES = tuple(scope for scope in Scope if scope not in DETAILS)


def with_details(scopes: Iterable[str]) -> tuple[Scope, ...]:
    """These boxes in order, and with session times also of what kind each session is and where."""
    wanted = set(scopes)
    if Scope.TIMES in wanted:
        wanted |= set(DETAILS)
    return tuple(scope for scope in Scope if scope in wanted)


def says_nothing(scopes: Iterable[str]) -> bool:
    """Whether kind or place is among these boxes, and not the session times that they belong to."""
    ticked = set(scopes)
    return Scope.TIMES not in ticked and not ticked.isdisjoint(DETAILS)


# Updates carry one of these three.
UPDATE_SCOPES = (Scope.GOING, Scope.PLAN, Scope.LEAVE)

WORDS: dict[Scope, LazyString] = {
    Scope.TIMES: _l("Session times"),
    Scope.KIND: _l("Kind of each session"),
    Scope.PLACE: _l("Place of each session"),
    Scope.FAMILY: _l("Family sessions"),
    Scope.GOING: _l("How it is going"),
    Scope.PLAN: _l("Plan changes"),
    Scope.LEAVE: _l("Leaving plan"),
}

ICONS: dict[Scope, str] = {
    Scope.TIMES: "calendar3",
    Scope.FAMILY: "people",
    Scope.GOING: "chat-left-text",
    Scope.PLAN: "arrow-repeat",
    Scope.LEAVE: "signpost-split",
    Scope.KIND: "tag",
    Scope.PLACE: "geo-alt",
}

# What session times do not say besides, by what they do say; it stands behind their name.
LEFT_OUT: dict[frozenset[Scope], LazyString] = {
    frozenset((Scope.KIND,)): _l("but not where"),
    frozenset((Scope.PLACE,)): _l("but not what kind each is"),
    frozenset(): _l("nothing more about them"),
}


def left_out(scopes: Iterable[str]) -> str:
    """What session times do not say besides, in words; empty where they say all, or are not ticked."""
    ticked = set(scopes)
    details = frozenset(scope for scope in DETAILS if scope in ticked)
    return str(LEFT_OUT.get(details, "")) if Scope.TIMES in ticked else ""


def in_words(scopes: Iterable[str]) -> list[str]:
    """These boxes in words, in order. What session times say besides is named where it is left out."""
    ticked = set(scopes)
    but = left_out(ticked)
    return [
        f"{WORDS[scope]} ({but})" if scope == Scope.TIMES and but else str(WORDS[scope])
        for scope in BOXES
        if scope in ticked
    ]
