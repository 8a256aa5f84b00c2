"""What a FHIR Consent permits: for whom, what, why and until when, and what it lacks to be used."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale

from portal import clinic, clock
from portal.consent.scopes import DETAILS, Scope, with_details
from portal.consent.text import HOW_TO_STOP
from portal.exchange.fhir_bundle import Bundle, Resource, codes, parts
from portal.exchange.fhir_dates import begins, day_or_instant, is_in_reach, is_over, local_day
from portal.exchange.fhir_extensions import (
    AUTHORITY,
    ENDS_WITH_PROGRAM,
    REPRESENTATIVE,
    SIGNED_AS,
    THEMSELVES,
    extended,
)
from portal.models import Consent, EmailLevel, MinorRule, Patient, RelatedPerson
from portal.services.consent_rules import LONGEST

SCOPE_SYSTEM = "urn:family-portal:scope"
RECIPIENT = "IRCP"
STATUSES = ("draft", "proposed", "active", "rejected", "inactive", "entered-in-error")
ENDED = ("rejected", "inactive", "entered-in-error")
LEVELS = (EmailLevel.NONE, EmailLevel.NOTICE, EmailLevel.TIMES)
EMAIL_CODES = {"email-notice": EmailLevel.NOTICE, "email-times": EmailLevel.TIMES}
# What a newer signature is needed for, in words.
WIDER = {"ends_at": "the end", "starts_at": "the beginning", "email_level": "what emails may say",
         "ends_with_program": "the end"}  # fmt: skip
# Why information is shared (v3-ActReason), the way a patient would say it.
PURPOSES = {
    "FAMRQT": "Because my family asked and I agree",
    "SUPNWK": "So they can support me",
    "PATRQT": "Because I asked for it",
    "PWATRNY": "Because they hold power of attorney for me",
    "TREAT": "For my treatment",
    "CAREMGT": "To plan my care together",
}

Day = dt.date | dt.datetime


@dataclass(frozen=True)
class Permit:
    """What one Consent permits one recipient during one period."""

    recipient: RelatedPerson
    scopes: frozenset[Scope]
    off: dict[Scope, dt.datetime]  # permitted and denied again, and since when
    values: dict[str, Any]  # columns of `Consent`
    lacks: tuple[str, ...]  # elements of 42 CFR 2.31(a), in words
    cut_to: dt.date | None = None  # the last day, when the form says a later one than any form may


@dataclass
class _Provision:
    period: dict[str, Any]
    codes: set[str]
    purposes: list[str]
    denied: dict[str, dt.datetime | None]
    ends_with_program: bool = False


class Reader:
    """Reads one Consent whose patient is known."""

    def __init__(self, bundle: Bundle, source: Resource, patient: Patient, parents: list[str]) -> None:
        self.bundle, self.source, self.patient, self.parents = bundle, source, patient, parents
        self.zone, self.now = clinic.zone(), clock.now()
        self.signed = day_or_instant(source, "dateTime", source.body.get("dateTime"))
        self.status: str = source.body["status"]
        if self.status not in STATUSES:
            raise source.wrong("status", f"must be one of {', '.join(STATUSES)}.")
        self.unknown_codes: set[str] = set()

    @property
    def is_signed(self) -> bool:
        return self.status not in ("draft", "proposed")

    @property
    def was_minor(self) -> bool:
        """Whether the patient was a minor on the day of the signature, or is one while there is none."""
        day = local_day(self.signed, self.zone) if self.signed else clinic.today()
        return self.patient.adult_on is not None and day < self.patient.adult_on

    @property
    def needs_a_parent(self) -> bool:
        """42 CFR 2.14, as the clinic's state has it."""
        return self.was_minor and clinic.facts().minor_rule == MinorRule.MINOR_AND_PARENT

    def permits(self, recipients: dict[str, RelatedPerson]) -> list[Permit]:
        """What each recipient may see, in a fixed order; `recipients` by label. Raises BadBundle."""
        by_key: dict[tuple[str, str, str], _Provision] = {}
        for provision in parts(self.source.body.get("provision") or {}, "provision"):
            if provision.get("type") != "permit":
                continue
            period = provision.get("period") or {}
            for label in self.named(provision):
                key = (label, str(period.get("start")), str(period.get("end")))
                merged = by_key.setdefault(key, _Provision(period, set(), [], {}))
                merged.codes |= self._codes(provision)
                merged.denied |= self._denied(provision, label)
                merged.ends_with_program |= extended(provision, ENDS_WITH_PROGRAM, modifier=True) is True
                merged.purposes += [word for word in self._purposes(provision) if word not in merged.purposes]
        ordered = sorted((item for item in by_key.items() if item[0][0] in recipients), key=lambda item: item[0])
        return [self._permit(recipients[label], provision) for (label, _, _), provision in ordered]

    def named(self, provision: dict[str, Any]) -> list[str]:
        """The labels of those who may receive what this provision permits."""
        actors = [
            actor for actor in parts(provision, "actor")
            if any(coding.get("code") == RECIPIENT for coding in parts(actor.get("role") or {}, "coding"))
        ]  # fmt: skip
        return [self.bundle.label_of(actor.get("reference")) for actor in actors]

    def _permit(self, recipient: RelatedPerson, provision: _Provision) -> Permit:
        source, zone = self.source, self.zone
        starts = self._end_of_period("start", provision.period)
        ends = self._end_of_period("end", provision.period)
        # The code of session times says all of them; who keeps kind or place denies it from the beginning.
        kept = {scope for scope in DETAILS if scope in provision.denied and provision.denied[scope] is None}
        ticked = [scope for scope in with_details(set(Scope) & provision.codes) if scope not in kept]
        scopes = frozenset(scope for scope in ticked if scope not in provision.denied)
        off = {scope: self._off_since(provision.denied[scope]) for scope in ticked if scope not in scopes}
        if Scope.TIMES in off:
            off |= {scope: off[Scope.TIMES] for scope in DETAILS if scope in scopes}
            scopes -= set(DETAILS)
        levels = {EMAIL_CODES[code] for code in provision.codes if code in EMAIL_CODES and code not in provision.denied}
        cut_to = self._cut(ends)
        ends = cut_to or ends
        signer, parent = self._signers()
        values = {
            "discloser": source.text("organization", self._discloser(), Consent.discloser),
            "purpose": source.text("provision.provision.purpose", "; ".join(provision.purposes), Consent.purpose),
            "signer_name": signer,
            "representative_authority": self._authority(),
            "parent_signer_name": parent,
            "signed_at": begins(self.signed, zone) if self.signed and self.is_signed else None,
            "signed_on": local_day(self.signed, zone) if self.signed and self.is_signed else None,
            "starts_at": begins(starts, zone) if starts else None,
            "ends_at": is_over(ends, zone) if ends else None,
            "ends_on": local_day(ends, zone) if ends else None,
            "ends_with_program": provision.ends_with_program,
            "email_level": max(levels, key=LEVELS.index, default=EmailLevel.NONE),
        }
        return Permit(recipient, scopes, off, values, tuple(self._lacking(values, ticked)), cut_to)

    def _cut(self, ends: Day | None) -> dt.date | None:
        """The last day of twelve months from the signature, when `ends` is later; None when it is not."""
        if ends is None or self.signed is None:
            return None
        latest = local_day(self.signed, self.zone) + LONGEST
        return latest if is_over(ends, self.zone) > is_over(latest, self.zone) else None

    def _lacking(self, values: dict[str, Any], ticked: list[Scope]) -> list[str]:
        lacks = []
        if not values["discloser"]:
            lacks.append("who may share (organization)")
        if not ticked:
            lacks.append(f"what may be seen (provision.code of {SCOPE_SYSTEM})")
        if not values["purpose"]:
            lacks.append("the purpose (provision.purpose)")
        if values["starts_at"] is None or values["ends_at"] is None:
            lacks.append("a beginning and an end (provision.period.start and .end)")
        elif values["ends_at"] <= values["starts_at"]:
            lacks.append("an end after its beginning (provision.period)")
        if not values["signer_name"]:
            lacks.append("a verified signature (verification)")
        if self.is_signed and values["signed_at"] is None:
            lacks.append("the day it was signed (dateTime)")
        return lacks

    def _signers(self) -> tuple[str, str | None]:
        checks = self.source.many("verification")
        if not any(self.source.flag("verification.verified", one.get("verified")) for one in checks):
            return "", None
        parent = self.parents[0] if self.parents and self.needs_a_parent else None
        other = self._signed_as(THEMSELVES) or self._signed_as(REPRESENTATIVE)
        signer = str(other["display"]) if other and other.get("display") else self.patient.name
        return self.source.text("performer", signer, Consent.signer_name), parent

    def _authority(self) -> str | None:
        """By what right somebody signed for the patient; empty when nobody says, None when the patient signed."""
        representative = self._signed_as(REPRESENTATIVE)
        if representative is None:
            return None
        right = str(extended(representative, AUTHORITY) or "")
        return self.source.text("performer", right, Consent.representative_authority)

    def _signed_as(self, as_whom: str) -> dict[str, Any] | None:
        return next((one for one in self.source.many("performer") if extended(one, SIGNED_AS) == as_whom), None)

    def _off_since(self, denied: dt.datetime | None) -> dt.datetime:
        # Never before the signature: only a newer one may turn it on again.
        since = min(denied or self.now, self.now)
        return max(since, begins(self.signed, self.zone)) if self.signed else since

    def _discloser(self) -> str:
        for reference in self.source.many("organization"):
            organization = self.bundle.get(self.bundle.label_of(reference))
            name = (organization.body.get("name") if organization else None) or reference.get("display")
            if name:
                return " ".join(str(name).split())
            if reference.get("reference"):
                return clinic.facts().legal_name
        return ""

    def _end_of_period(self, which: str, period: dict[str, Any]) -> Day | None:
        value = day_or_instant(self.source, f"provision.provision.period.{which}", period.get(which))
        return value if value is not None and is_in_reach(value) else None

    def _codes(self, provision: dict[str, Any]) -> set[str]:
        found = {code for concept in parts(provision, "code") for code in codes(concept, SCOPE_SYSTEM)}
        self.unknown_codes |= found - set(Scope) - set(EMAIL_CODES)
        return found

    def _denied(self, provision: dict[str, Any], label: str) -> dict[str, dt.datetime | None]:
        beside = parts(self.source.body.get("provision") or {}, "provision")
        denials = [one for one in parts(provision, "provision") if one.get("type") == "deny"]
        denials += [one for one in beside if one.get("type") == "deny" and label in self.named(one)]
        found: dict[str, dt.datetime | None] = {}
        for one in denials:
            since = self._end_of_period("start", one.get("period") or {})
            found |= dict.fromkeys(self._codes(one), begins(since, self.zone) if since else None)
        return found

    def _purposes(self, provision: dict[str, Any]) -> list[str]:
        return [
            PURPOSES.get(str(coding.get("code")), str(coding.get("display") or coding.get("code") or "")).strip()
            for coding in parts(provision, "purpose")
            if coding.get("code") or coding.get("display")
        ]


def how_to_stop(language: str) -> str:
    """The clinic's standard sentence, in the patient's language."""
    with force_locale(language):
        return str(HOW_TO_STOP)


def wider(row: Consent, values: dict[str, Any]) -> list[str]:
    """The columns in which `values` would let more be seen, or for longer, than `row` does."""
    is_wider = {
        "ends_at": values["ends_at"] and row.ends_at and values["ends_at"] > row.ends_at,
        "starts_at": values["starts_at"] and row.starts_at and values["starts_at"] < row.starts_at,
        "email_level": LEVELS.index(values["email_level"]) > LEVELS.index(row.email_level),
        "ends_with_program": row.ends_with_program and not values["ends_with_program"],
    }
    return [name for name, holds in is_wider.items() if holds]
