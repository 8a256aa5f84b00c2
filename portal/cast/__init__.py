"""The people of the demo, the tests and the screenshots. The only place where they are born.

Sam, 44, is in week 5 of 12 and decides who sees what. Dana, his mother, 68, sees his times, family
sessions, how it is going and plan changes; she is also the mother of Robin, 39, who shares session
times with her, and neither Sam nor Robin is told of the other. Alex, Sam's husband, shares a mailbox
and does not see how it is going. Jo, Sam's daughter, asked and waits. Pat, his father, could see
things until yesterday. Rosa reads Spanish; Maya, 16, and Rosa signed together. Priya coordinates,
Ben and Lee hold family sessions, Ruth is the privacy officer, Tomás keeps the server. Joel can be
invited: his sister Grace signed a form on paper for him, and he has no sign-in yet.

Everything is set relative to today at the clinic, so that there is always a session tonight.
`strangers` adds one person for every way of having no consent; each of them fails exactly one
condition of the rule.
"""

from __future__ import annotations

from portal.cast.families import gather
from portal.cast.house import free_hours, the_clinic
from portal.cast.people import (
    ALEX,
    BEN,
    DANA,
    JO,
    JOEL,
    LEE,
    MAYA,
    OTHERS_IN_TREATMENT,
    PASSWORD,
    PAT,
    PATIENTS,
    PRIYA,
    RELATIVES,
    ROBIN,
    ROSA,
    RUTH,
    SAM,
    STAFF,
    TOMAS,
    ZONE,
    Person,
)
from portal.cast.rows import (
    EVERYTHING,
    HOW_TO_STOP,
    Cast,
)
from portal.cast.strangers import (
    ASKED,
    DECLINED,
    ENDED,
    ENDED_SOONER,
    INCOMPLETE,
    INVALID,
    LEFT,
    MINOR_ALONE,
    NARROWED,
    NEVER_LINKED,
    NO_AUTHORITY,
    NOT_ACCEPTED,
    NOT_BEGUN,
    OF_AGE,
    ON_HOLD,
    OTHER_SCOPE,
    OTHERS_RELATIVE,
    PATIENT_ON_HOLD,
    PAUSED,
    SEES_NOTHING,
    STOPPED,
    STRANGERS,
    UNSIGNED,
    UNVERIFIED,
    Stranger,
    strangers,
)

__all__ = [
    "ALEX",
    "ASKED",
    "BEN",
    "DANA",
    "DECLINED",
    "ENDED",
    "ENDED_SOONER",
    "EVERYTHING",
    "HOW_TO_STOP",
    "INCOMPLETE",
    "INVALID",
    "JO",
    "JOEL",
    "LEE",
    "LEFT",
    "MAYA",
    "MINOR_ALONE",
    "NARROWED",
    "NEVER_LINKED",
    "NOT_ACCEPTED",
    "NOT_BEGUN",
    "NO_AUTHORITY",
    "OF_AGE",
    "ON_HOLD",
    "OTHERS_IN_TREATMENT",
    "OTHERS_RELATIVE",
    "OTHER_SCOPE",
    "PASSWORD",
    "PAT",
    "PATIENTS",
    "PATIENT_ON_HOLD",
    "PAUSED",
    "PRIYA",
    "RELATIVES",
    "ROBIN",
    "ROSA",
    "RUTH",
    "SAM",
    "SEES_NOTHING",
    "STAFF",
    "STOPPED",
    "STRANGERS",
    "TOMAS",
    "UNSIGNED",
    "UNVERIFIED",
    "ZONE",
    "Cast",
    "Person",
    "Stranger",
    "free_hours",
    "gather",
    "strangers",
    "the_clinic",
]
