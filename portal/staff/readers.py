"""The panel that says who will see an update, who gets an email, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, ngettext

from portal.services.audience import Audience


@dataclass(frozen=True)
class Panel:
    """The people and the counts, as the component wants them."""

    people: list[dict[str, Any]]
    counts: dict[str, Any]


def panel(readers: Audience | None) -> Panel | None:
    """The panel of an audience; None while nobody was chosen."""
    if readers is None:
        return None
    people = [
        {"name": one.name, "relation_words": one.relation, "words": one.why, "sees": one.sees}
        for one in sorted(readers.readers, key=lambda one: not one.sees)
    ]
    return Panel(people, {"seeing": readers.sees, "total": len(people), "detail": _detail(readers)})


def _detail(readers: Audience) -> str:
    name = readers.patient_name.split(" ")[0]
    if not readers.sees:
        return gettext("%(patient)s will. You can still post.", patient=name)
    if readers.emails:
        emails = ngettext(
            "%(num)d gets an email. It says only that there is something new.",
            "%(num)d get an email. It says only that there is something new.",
            readers.emails,
        )
    else:
        emails = gettext("Nobody gets an email.")
    return emails + " " + gettext("%(patient)s always sees updates about %(patient)s.", patient=name)
