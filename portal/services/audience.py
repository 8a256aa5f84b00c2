"""Who will see an update, who gets an email about it, and why the others do not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import gettext
from sqlalchemy import exists, func, select

from portal import words
from portal.consent.live import CONDITIONS, joined
from portal.consent.scopes import WORDS, Scope
from portal.db import session
from portal.emails.wanted import has_stopped
from portal.models import Account, Consent, ConsentScope, EmailLevel, Patient, RelatedPerson, Relative
from portal.models.base import Instant


class Named(Protocol):
    """What a sentence about somebody needs to know of them."""

    @property
    def name(self) -> str: ...
    @property
    def asked_at(self) -> dt.datetime | None: ...
    @property
    def declined_at(self) -> dt.datetime | None: ...


@dataclass(frozen=True)
class Reader:
    """One relative of the patient and what an update means for them. `why` is a sentence for staff.

    Whoever gets a weekly list is not one who gets an email now. `is_listed`: what is posted now will be in it.
    """

    related_person_id: int
    account_id: int | None
    name: str
    relation: str
    letter: str
    colour: str
    sees: bool
    gets_email: bool
    is_listed: bool
    why: str


@dataclass(frozen=True)
class Audience:
    """Everyone the patient ever named, in the order they were named."""

    patient_id: int
    patient_name: str
    scope: Scope
    readers: tuple[Reader, ...]

    @property
    def sees(self) -> int:
        return sum(reader.sees for reader in self.readers)

    @property
    def emails(self) -> int:
        return sum(reader.gets_email for reader in self.readers)


@dataclass(frozen=True)
class Verdict:
    """What one person's consents say of one scope: the first condition that fails, None when it is live.

    `failing` is "not shared" when no consent that counts has the scope at all. `lacks_authority`: somebody
    signed for the patient, and nobody knows by what right.
    """

    failing: str | None
    ends_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None
    consent_id: int | None = None
    lacks_authority: bool = False


NOT_SHARED = Verdict("not shared")


@dataclass(frozen=True)
class Standing:
    """One person's consents, all scopes: a verdict for each, and the most an email about them may say."""

    verdicts: dict[str, Verdict]
    email_level: str

    def of(self, scope: str) -> Verdict:
        return self.verdicts.get(scope, NOT_SHARED)


NOTHING_SIGNED = Standing({}, EmailLevel.NONE)


@dataclass(frozen=True)
class SignIn:
    """The account of a relative, if there is one, whether it wants to be told of updates, and if so in a list."""

    account_id: int | None
    is_open: bool
    wants_email: bool
    wants_list: bool
    address_works: bool = True


def of_update(patient_id: int, scope: Scope) -> Audience:
    """The audience of an update of kind `scope` about one patient, at this moment, in three questions."""
    patient = session().get_one(Patient, patient_id)
    stopped = exists().where(has_stopped("update_posted", Account.id, patient_id)).correlate(Account)
    rows = session().execute(
        select(
            RelatedPerson,
            Account.id,
            Account.active,
            Account.wants_email,
            Account.weekly_day,
            Account.email_failed_at,
            stopped,
        )
        .outerjoin(Relative, Relative.id == RelatedPerson.relative_id)
        .outerjoin(Account, Account.id == Relative.account_id)
        .where(RelatedPerson.patient_id == patient_id, RelatedPerson.name != "")
        .order_by(RelatedPerson.id)
    )
    people = {
        person: SignIn(
            account_id, active or False, wants != EmailLevel.NONE and not is_off, day is not None, failed_at is None
        )
        for person, account_id, active, wants, day, failed_at, is_off in rows
    }
    standings = standings_of([person.id for person in people])
    readers = [
        _reader(patient, person, sign_in, standings.get(person.id, NOTHING_SIGNED), scope)
        for person, sign_in in people.items()
    ]
    return Audience(patient_id, patient.name, scope, tuple(readers))


def standings_of(related_person_ids: Sequence[int]) -> dict[int, Standing]:
    """What the consents of these people say now, by their id; without those who never had one. One question."""
    rows: Any = session().execute(
        joined(
            RelatedPerson.id,
            Consent.id,
            ConsentScope.scope,
            func.coalesce(Consent.lowered_email_level, Consent.email_level),
            func.coalesce(Consent.ends_sooner_at, Consent.ends_at, type_=Instant),
            Consent.stopped_at,
            Consent.representative_authority,
            *(condition.label(f"c{n}") for n, condition in enumerate(CONDITIONS.values())),
            also_without_boxes=True,
        )
        .where(RelatedPerson.id.in_(related_person_ids))
        .order_by(Consent.signed_at.nulls_first(), Consent.id)
    )
    latest: dict[int, int] = {}
    levels: dict[int, set[str]] = defaultdict(set)
    found: dict[int, dict[str, Verdict]] = defaultdict(dict)
    for person_id, consent_id, scope, level, ends_at, stopped_at, authority, *holds in rows:
        latest[person_id] = consent_id
        failing = next((name for name, held in zip(CONDITIONS, holds, strict=True) if not held), None)
        if failing is None:
            levels[person_id].add(level)
        before = found[person_id].get(scope)
        if before is None or before.failing is not None:
            found[person_id][scope] = Verdict(
                failing, ends_at, stopped_at, consent_id, authority is not None and not authority.strip()
            )
    return {person_id: _standing(found[person_id], latest[person_id], levels[person_id]) for person_id in latest}


def _standing(found: dict[str, Verdict], latest: int, levels: set[str]) -> Standing:
    # A box that only an older, replaced consent had is simply not shared any more.
    counting = {
        scope: verdict for scope, verdict in found.items() if verdict.failing is None or verdict.consent_id == latest
    }
    # An email obeys the most generous consent that is live, as the postman does.
    level = next((level for level in (EmailLevel.TIMES, EmailLevel.NOTICE) if level in levels), EmailLevel.NONE)
    return Standing(counting, level)


def _reader(patient: Patient, person: RelatedPerson, sign_in: SignIn, standing: Standing, scope: Scope) -> Reader:
    verdict = standing.of(scope)
    sees = verdict.failing is None and sign_in.is_open
    no_email = _why_no_email(patient, person, sign_in, standing)
    if sees and no_email is None:
        in_the_list = gettext("Sees it. Finds it in a weekly list, so gets no email now.")
        why = in_the_list if sign_in.wants_list else gettext("Sees it. Gets an email.")
    elif sees:
        why = gettext("Sees it.") + " " + str(no_email)
    elif verdict.failing is None:
        why = gettext("%(relative)s has no sign-in, so cannot see it.", relative=_first_name(person))
    else:
        why = why_not(patient, person, verdict, standing, scope)
    return Reader(
        related_person_id=person.id,
        account_id=sign_in.account_id,
        name=person.name,
        relation=person.relation,
        letter=words.initial(person.name),
        colour=person.colour,
        sees=sees,
        gets_email=sees and no_email is None and not sign_in.wants_list,
        is_listed=sees and no_email is None and sign_in.wants_list,
        why=why,
    )


def _why_no_email(patient: Patient, person: RelatedPerson, sign_in: SignIn, standing: Standing) -> str | None:
    if standing.email_level == EmailLevel.NONE:
        return gettext("Gets no email: %(patient)s chose none.", patient=patient.given_name)
    if not sign_in.wants_email:
        return gettext("Gets no email: %(relative)s turned it off.", relative=_first_name(person))
    if not sign_in.address_works:
        return gettext("Gets no email: %(relative)s’s address does not work.", relative=_first_name(person))
    return None


def why_not(patient: Patient, person: Named, verdict: Verdict, standing: Standing, scope: Scope | None = None) -> str:
    """A sentence for staff: why this person does not see `scope` of the patient (None: anything)."""
    names = {"patient": patient.given_name, "relative": _first_name(person)}
    if verdict.failing == "not shared":
        return _never_ticked(person, standing, scope, names)
    if verdict.failing == "not past its end" and verdict.ends_at is not None:
        last_moment = verdict.ends_at - dt.timedelta(seconds=1)
        return gettext("Ended %(day)s.", day=words.day(last_moment))
    if verdict.failing == "not stopped" and verdict.stopped_at is not None:
        return gettext("Stopped %(day)s.", day=words.day(verdict.stopped_at))
    if verdict.failing == "signed by whom the law asks" and verdict.lacks_authority:
        return gettext("Somebody signed for %(patient)s, and the form does not say by what right.", **names)
    return {
        "signed": gettext("Not signed yet."),
        "complete": gettext("The signed form lacks something the law asks for, so it cannot be used."),
        "checked by a second person": gettext("Signed on paper. A second person has to check the form."),
        "not marked invalid": gettext("The signed form was marked invalid, so it cannot be used."),
        "accepted": gettext("%(relative)s has not accepted the invitation yet.", **names),
        "started": gettext("Has not begun yet."),
        "scope still on": gettext("%(patient)s turned this off for %(relative)s.", **names),
        "not paused": gettext("%(patient)s has paused all sharing.", **names),
        "not on hold": gettext("On hold. Ask the privacy officer."),
        "not ended by leaving the program": gettext("Ended when %(patient)s left the program.", **names),
        "signed by whom the law asks": gettext(
            "Needs another signature: %(patient)s’s age decides who signs.", **names
        ),
    }[str(verdict.failing)]


def why_nothing(patient: Patient, person: Named, standing: Standing) -> str:
    """A sentence for staff: why this person sees nothing at all of the patient."""
    return why_not(patient, person, telling(standing), standing)


def telling(standing: Standing) -> Verdict:
    """The verdict that says most about why somebody sees nothing at all."""
    verdicts = list(standing.verdicts.values()) or [NOT_SHARED]
    # A box that was turned off says less than what ended all of them.
    return next((one for one in verdicts if one.failing != "scope still on"), verdicts[0])


def _never_ticked(person: Named, standing: Standing, scope: Scope | None, names: dict[str, str]) -> str:
    if standing.verdicts and scope is not None:
        what = str(WORDS[scope]).lower()
        return gettext("%(patient)s has not shared “%(what)s” with %(relative)s.", what=what, **names)
    if person.declined_at is not None:
        return gettext("%(relative)s asked. %(patient)s chose not to share.", **names)
    if person.asked_at is not None:
        return gettext("%(relative)s asked. %(patient)s has not shared anything.", **names)
    return gettext("%(patient)s has not shared anything with %(relative)s.", **names)


def _first_name(person: Named) -> str:
    return person.name.split(" ")[0]
