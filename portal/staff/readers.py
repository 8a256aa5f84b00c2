"""The panel that says who will see an update, who gets an email, and why the others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, ngettext

from portal import words
from portal.services.audience import Audience


@dataclass(frozen=True)
class Panel:
    """The people and the counts, as the component wants them."""

    people: list[dict[str, Any]]
    counts: dict[str, Any]


def panel(audiences: Sequence[Audience], *, if_told: bool = False) -> Panel | None:
    """The panel of an update about one patient, or of one about several; None while nobody was chosen.

    `if_told`: it is a correction, of which emails go only when its author asks for that, and no weekly list says.
    Who is close to two of them stands there twice: they get two updates, and an email about each.
    """
    if not audiences:
        return None
    rows = [(one, reader) for one in audiences for reader in one.readers]
    unlisted = gettext("Sees it. Gets no email: weekly lists say nothing of corrections.")
    people = [
        {
            "name": reader.name,
            "relation_words": reader.relation,
            "words": unlisted if if_told and reader.is_listed else reader.why,
            "of": _first_name(about) if len(audiences) > 1 else "",
            "sees": reader.sees,
        }
        for about, reader in sorted(rows, key=lambda row: not row[1].sees)
    ]
    counts = {
        "seeing": sum(one.sees for one in audiences),
        "total": len(people),
        "detail": _detail(audiences, if_told=if_told),
    }
    return Panel(people, counts)


def _detail(audiences: Sequence[Audience], *, if_told: bool) -> str:
    names = [_first_name(one) for one in audiences]
    if not any(one.sees for one in audiences):
        if len(names) == 1:
            return gettext("%(patient)s will. You can still post.", patient=names[0])
        return gettext("%(patients)s will, each their own. You can still post.", patients=words.listed(names))
    emails = sum(one.emails for one in audiences)
    if emails:
        told = ngettext(
            "%(num)d gets an email. It says only that there is something new.",
            "%(num)d get an email. It says only that there is something new.",
            emails,
        )
        if if_told:
            told = gettext("Only if you tell them again:") + " " + told
    else:
        told = gettext("Nobody gets an email.")
    if len(names) == 1:
        return told + " " + gettext("%(patient)s always sees updates about %(patient)s.", patient=names[0])
    return told + " " + gettext("%(patients)s always see updates about themselves.", patients=words.listed(names))


def _first_name(about: Audience) -> str:
    return about.patient_name.split(" ")[0]
