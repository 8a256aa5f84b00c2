"""Who can see a thing of the patient's own, by which consent and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from portal import refs
from portal.consent.own import OwnAppointment, OwnHiddenSession, OwnScheduleEntry
from portal.consent.picture import Sharing, Standing
from portal.consent.scopes import Scope
from portal.consent.viewer import the_viewer
from portal.db import session
from portal.patient import everybody as people
from portal.patient import matrix


@dataclass(frozen=True)
class Seer:
    """One person who sees it now. `url` is what the patient signed for them."""

    name: str
    until: str
    url: str
    ref: str


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
            people.ref_of(sharing),
        )
        for sharing in everybody
        if sees(scope, sharing)
    ]


def by_those_in_it(rows: Sequence[OwnAppointment], everybody: list[Sharing]) -> list[Seer]:
    """Those who see a family session at this moment: of the people in it, who see family sessions at all."""
    in_it = {row.related_person_id for row in rows}
    return by(Scope.FAMILY, [sharing for sharing in everybody if sharing.person.id in in_it])


@dataclass(frozen=True)
class Hidden:
    """What the patient keeps to themselves, read once for a page, and who could see session times otherwise.

    `pairs` are (entry, person), with no person for everybody; `could` are (person, how they are told of).
    """

    pairs: frozenset[tuple[int, int | None]]
    could: Sequence[tuple[int, Seer]]

    def by(self, entry: OwnScheduleEntry) -> dict[str, object]:
        """Who sees a session, from whom it is hidden, and what its buttons need; nothing to press when nobody could."""
        if entry.is_hidden:
            return {"seers": []}
        from_all = (entry.id, None) in self.pairs
        could = [] if from_all else self.could
        return {
            "seers": [seer for person_id, seer in could if (entry.id, person_id) not in self.pairs],
            "ref": refs.ref_for(the_viewer().account_ref, entry.ref),
            "hidden_from": [seer for person_id, seer in could if (entry.id, person_id) in self.pairs],
            "is_hidden_from_all": from_all,
        }


def hidden(everybody: list[Sharing]) -> Hidden:
    """Every session that the patient keeps from somebody."""
    rows = session().execute(select(OwnHiddenSession.entry_id, OwnHiddenSession.related_person_id))
    could = [sharing for sharing in everybody if sees(Scope.TIMES, sharing)]
    told = zip((sharing.person.id for sharing in could), by(Scope.TIMES, could), strict=True)
    return Hidden(frozenset((entry_id, person_id) for entry_id, person_id in rows), list(told))
