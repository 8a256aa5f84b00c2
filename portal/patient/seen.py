"""Who can see a thing of the patient's own, by which consent and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from portal.consent.own import OwnAppointment
from portal.consent.picture import Sharing, Standing
from portal.consent.scopes import Scope
from portal.patient import everybody as people
from portal.patient import matrix


@dataclass(frozen=True)
class Seer:
    """One person who sees it now. `url` is what the patient signed for them."""

    name: str
    until: str
    url: str


def sees(scope: Scope | str | None, sharing: Sharing) -> bool:
    """Whether this person sees things of this kind at this moment."""
    return sharing.standing == Standing.ACTIVE and scope in sharing.scopes


def by(scope: Scope | str | None, everybody: list[Sharing]) -> list[Seer]:
    """Those who see things of this kind at this moment; None: nobody ever does."""
    return [
        Seer(
            sharing.first_name,
            gettext("until %(until)s", until=matrix.until(sharing)),
            url_for("patient.copies.page", ref=people.ref_of(sharing)),
        )
        for sharing in everybody
        if sees(scope, sharing)
    ]


def by_those_in_it(rows: Sequence[OwnAppointment], everybody: list[Sharing]) -> list[Seer]:
    """Those who see a family session at this moment: of the people in it, who see family sessions at all."""
    in_it = {row.related_person_id for row in rows}
    return by(Scope.FAMILY, [sharing for sharing in everybody if sharing.person.id in in_it])
