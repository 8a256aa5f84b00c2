"""Where each person stands with the patient: who sees what, who waits, what has ended."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from portal.consent.own import OwnConsent, OwnRelatedPerson, OwnScope


class Standing(StrEnum):
    """What one person sees of the patient now, and why. Only ACTIVE sees anything."""

    ACTIVE = "active"
    PAUSED = "paused"
    INVITED = "invited"  # signed, and they have not accepted yet
    ASKED = "asked"  # they asked, and the patient has not answered
    NOT_USABLE = "not usable"  # signed, and lacks something or is on hold
    TURNED_OFF = "turned off"  # every box was turned off again
    ENDED = "ended"
    STOPPED = "stopped"
    NOTHING = "nothing"


class Why(StrEnum):
    """Why what was signed cannot be used; the first that applies."""

    INVALID = "invalid"
    ON_HOLD = "on hold"
    INCOMPLETE = "incomplete"
    UNCHECKED = "unchecked"  # on paper, and no second person has held it against what was typed in
    OWN_SIGNATURE = "own signature"  # a parent signed, and the patient has come of age
    PARENT = "parent"  # the patient is a minor, and the clinic's state asks for a parent too
    NOT_BEGUN = "not begun"


SHARING = (Standing.ACTIVE, Standing.PAUSED, Standing.INVITED)
_ORDER = (*SHARING, Standing.NOT_USABLE, Standing.ASKED, Standing.TURNED_OFF)


@dataclass(frozen=True)
class Sharing:
    """One person and what is shared with them.

    `scopes` are what they see while ACTIVE, and what they would see while PAUSED or INVITED.
    `ended_on` is the clinic's date on which it was stopped or ended. `why` is told of NOT_USABLE only.
    """

    person: OwnRelatedPerson
    standing: Standing
    scopes: frozenset[str]
    consent: OwnConsent | None
    ended_on: dt.date | None
    last_look: dt.datetime | None
    why: Why | None = None

    @property
    def ref(self) -> str:
        return self.person.ref

    @property
    def first_name(self) -> str:
        return self.person.name.split(" ")[0]

    @property
    def is_sharing(self) -> bool:
        """Whether there is something to stop."""
        return self.standing in SHARING or self.standing == Standing.NOT_USABLE

    @property
    def gets_email(self) -> bool:
        return bool(self.scopes) and self.consent is not None and self.consent.email_level != "none"


@dataclass(frozen=True)
class Picture:
    """All that the picture is drawn from: what one patient signed and for whom, and who looked when."""

    people: Sequence[OwnRelatedPerson]
    consents: Sequence[OwnConsent]
    scopes: Iterable[OwnScope]
    looks: Mapping[int, dt.datetime]
    is_paused: bool
    discharged_at: dt.datetime | None
    now: dt.datetime
    zone: ZoneInfo

    def everybody(self) -> list[Sharing]:
        """Everybody the patient ever named: those who see by last look, then those who wait, then the ended."""
        return sorted((self._sharing(person, self._signed_for(person)) for person in self.people), key=_place)

    def forms(self, person: OwnRelatedPerson) -> list[Sharing]:
        """Each document that was signed for one person, as if it were the only one: the newest first."""
        return [self._sharing(person, [one], asks=False) for one in reversed(self._signed_for(person))]

    def _signed_for(self, person: OwnRelatedPerson) -> list[OwnConsent]:
        began = dt.datetime.min.replace(tzinfo=dt.UTC)
        theirs = (one for one in self.consents if one.related_person_id == person.id)
        return sorted(theirs, key=lambda one: (one.signed_at or began, one.id))

    @cached_property
    def _boxes(self) -> Mapping[int, list[OwnScope]]:
        by_consent: dict[int, list[OwnScope]] = defaultdict(list)
        for scope in self.scopes:
            by_consent[scope.consent_id].append(scope)
        return by_consent

    def _sharing(self, person: OwnRelatedPerson, signed: list[OwnConsent], *, asks: bool = True) -> Sharing:
        newest = signed[-1] if signed else None
        last_look = self.looks.get(person.id) if asks else None
        in_force = [one for one in signed if any(row.is_in_force for row in self._boxes[one.id])]
        if in_force:
            # Two consents of one pair may overlap for a while; the newest is the one to show.
            shown = frozenset(row.scope for one in in_force for row in self._boxes[one.id] if row.is_in_force)
            if any(row.is_live for one in in_force for row in self._boxes[one.id]):
                standing = Standing.ACTIVE
            elif person.accepted_at is None or person.accepted_at > self.now:
                standing = Standing.INVITED
            else:
                standing = Standing.PAUSED if self.is_paused else Standing.NOT_USABLE
            why = Why.ON_HOLD if standing == Standing.NOT_USABLE else None
            return Sharing(person, standing, shown, in_force[-1], None, last_look, why)
        if asks and waits_for_an_answer(person, newest):
            return Sharing(person, Standing.ASKED, frozenset(), newest, None, last_look)
        standing, ended_at = self._why_nothing(newest)
        ended_on = ended_at.astimezone(self.zone).date() if ended_at else None
        if standing == Standing.ENDED and newest is not None and ended_at == newest.ends_at:
            ended_on = newest.ends_on
        why = _why_not_usable(newest, self._boxes[newest.id]) if newest and standing == Standing.NOT_USABLE else None
        return Sharing(person, standing, frozenset(), newest, ended_on, last_look, why)

    def _why_nothing(self, newest: OwnConsent | None) -> tuple[Standing, dt.datetime | None]:
        if newest is None:
            return Standing.NOTHING, None
        turned_off = [row.off_at for row in self._boxes[newest.id]]
        left_at = self.discharged_at
        has_left = newest.ends_with_program and left_at is not None and left_at <= self.now
        reasons = {
            Standing.STOPPED: newest.stopped_at,
            Standing.ENDED: left_at if has_left else newest.ends_at,
            Standing.TURNED_OFF: max((at for at in turned_off if at), default=None) if all(turned_off) else None,
        }
        past = ((standing, at) for standing, at in reasons.items() if at is not None and at <= self.now)
        return next(past, (Standing.NOT_USABLE, None))


def _why_not_usable(newest: OwnConsent, boxes: Sequence[OwnScope]) -> Why:
    # All boxes of one document share these conditions.
    box = boxes[0] if boxes else None
    signed_by_nobody_knows_what_right = newest.representative_authority == ""
    if box is None or not box.is_complete or signed_by_nobody_knows_what_right:
        return Why.INCOMPLETE
    whose = Why.OWN_SIGNATURE if newest.parent_signer_name else Why.PARENT
    reasons = {
        Why.INVALID: box.is_valid,
        Why.ON_HOLD: box.is_not_on_hold,
        Why.UNCHECKED: box.is_checked,
        whose: box.is_signed_by_all,
        Why.NOT_BEGUN: box.has_begun,
    }
    return next((why for why, holds in reasons.items() if not holds), Why.INCOMPLETE)


def waits_for_an_answer(person: OwnRelatedPerson, newest: OwnConsent | None) -> bool:
    """Whether somebody asked and the patient has not answered since. `newest` is what they signed for them last."""
    if person.asked_at is None:
        return False
    answered = [person.declined_at, newest.signed_at if newest else None]
    return all(person.asked_at > at for at in answered if at is not None)


def _place(sharing: Sharing) -> tuple[int, float, str]:
    place = _ORDER.index(sharing.standing) if sharing.standing in _ORDER else len(_ORDER)
    place = 0 if sharing.standing in SHARING else place
    looked = sharing.last_look.timestamp() if sharing.last_look else 0.0
    ended = sharing.ended_on.toordinal() if sharing.ended_on else 0
    return place, -(looked if place == 0 else ended), sharing.person.name
