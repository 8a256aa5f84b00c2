"""How somebody who asks knows the person they ask: a closed list, because free words can press (FHIR v3-RoleCode)."""

from __future__ import annotations

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

# What the asker chooses from.
RELATIONS: dict[str, LazyString] = {
    "PRN": _l("I am their parent"),
    "SPS": _l("I am their husband, wife or partner"),
    "CHILD": _l("I am their son or daughter"),
    "SIB": _l("I am their brother or sister"),
    "GRPRN": _l("I am their grandparent"),
    "FAMMEMB": _l("I am another relative"),
    "FRND": _l("I am a friend"),
}


def in_their_words(code: str, language: str) -> str:
    """How the person who was asked would say it, in their language; nothing for what is not on the list."""
    with force_locale(language):
        return {
            "PRN": gettext("My parent"),
            "SPS": gettext("My husband, wife or partner"),
            "CHILD": gettext("My son or daughter"),
            "SIB": gettext("My brother or sister"),
            "GRPRN": gettext("My grandparent"),
            "FAMMEMB": gettext("My relative"),
            "FRND": gettext("My friend"),
        }.get(code, "")
