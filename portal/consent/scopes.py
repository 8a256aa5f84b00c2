"""The boxes a patient can tick."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class Scope(StrEnum):
    """One thing a patient can share. Nothing else can be shared here."""

    TIMES = "times"
    FAMILY = "family"
    GOING = "going"
    PLAN = "plan"
    LEAVE = "leave"


# Updates carry one of these three.
UPDATE_SCOPES = (Scope.GOING, Scope.PLAN, Scope.LEAVE)

WORDS: dict[Scope, LazyString] = {
    Scope.TIMES: _l("Session times"),
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
}
