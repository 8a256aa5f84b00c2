"""Consent, one for each signed document and each person it names, in the state it is in at this moment.

The status says what became of the form; what keeps a good form from counting just now (a pause, a hold,
a box that was turned off) is a provision that denies. So nobody who reads the file sees more than the portal shows.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal import clinic
from portal.consent.live import CONDITIONS
from portal.consent.scopes import BOXES, DETAILS, Scope
from portal.db import session
from portal.exchange.fhir_consents import IN_ERROR
from portal.exchange.fhir_export_parts import (
    ACT_CODE,
    ACT_REASON,
    CLINIC,
    PARTICIPATION,
    TERMINOLOGY,
    Around,
    Json,
    concept,
    filled,
    id_of,
    label,
    recipient,
    resource,
)
from portal.exchange.fhir_extensions import (
    AUTHORITY,
    ENDS_WITH_PROGRAM,
    PARENT,
    REPRESENTATIVE,
    SHA_256,
    SIGNED_AS,
    THEMSELVES,
    extension,
)
from portal.exchange.fhir_permits import EMAIL_CODES, PURPOSES, SCOPE_SYSTEM
from portal.models import Consent, ConsentScope, Patient, RelatedPerson

ACTIVE, INACTIVE, PROPOSED, ENTERED_IN_ERROR = "active", "inactive", "proposed", "entered-in-error"
# Conditions of the rule that ask about the form itself. The others ask about the people and the boxes.
IS_OVER = ("not stopped", "not past its end", "not ended by leaving the program")
IS_GOOD = ("signed", "complete", "checked by a second person", "signed by whom the law asks")
PART_2 = {"authority": "https://www.hhs.gov", "uri": "https://www.ecfr.gov/current/title-42/part-2/section-2.31"}
CATEGORIES = [
    concept("http://loinc.org", "59284-0", "Consent Document"),
    concept(ACT_CODE, "IDSCL", "information disclosure"),
    concept(ACT_CODE, "42CFRPart2CD", "42 CFR Part 2 consent directive"),
]
DENIED_UNLESS_PERMITTED = concept(ACT_CODE, "OPTOUT", "opt-out") | {
    "text": "Nothing is disclosed unless a provision permits it."
}
NO_COUNSELING_NOTES = {"type": "deny", "securityLabel": [{"system": ACT_CODE, "code": "PSYTHPN"}]}
EMAIL_CODE = {level: code for code, level in EMAIL_CODES.items()}
REASON = {words: code for code, words in PURPOSES.items()}


@dataclass(frozen=True)
class Signed:
    """One consent, the person it names, its FHIR status, and which conditions of the rule hold."""

    consent: Consent
    person: RelatedPerson
    status: str
    holds: dict[str, bool]


def signed(around: Around) -> list[Signed]:
    """Every consent of the patient, whatever became of it, in the order of signing."""
    names = [name for name in CONDITIONS if name != "scope still on"]
    rows: Any = session().execute(
        select(Consent, RelatedPerson, *(CONDITIONS[name].label(f"c{n}") for n, name in enumerate(names)))
        .select_from(RelatedPerson)
        .join(Consent, Consent.related_person_id == RelatedPerson.id)
        .join(Patient, Patient.id == RelatedPerson.patient_id)
        .outerjoin(ConsentScope, ConsentScope.consent_id == Consent.id)
        .where(RelatedPerson.patient_id == around.patient.id, Consent.patient_id == around.patient.id)
        .options(selectinload(Consent.scopes), joinedload(RelatedPerson.relative))
        .order_by(Consent.id)
    )
    people: dict[Consent, RelatedPerson] = {}
    holds: dict[Consent, dict[str, bool]] = defaultdict(lambda: dict.fromkeys(names, False))
    for consent, person, *held in rows:  # once for each box; a form is as good as its best box
        people[consent] = person
        for name, one in zip(names, held, strict=True):
            holds[consent][name] |= bool(one)
    return [Signed(one, person, _status(one, holds[one]), holds[one]) for one, person in people.items()]


def consents(around: Around, rows: list[Signed]) -> list[Json]:
    """The resources of `rows`."""
    return [_consent(around, row) for row in rows]


def _status(consent: Consent, holds: dict[str, bool]) -> str:
    if not holds["not marked invalid"] or consent.not_usable_because == IN_ERROR:
        return ENTERED_IN_ERROR
    if consent.stopped_at is not None:
        return INACTIVE
    if not all(holds[name] for name in IS_GOOD):
        return PROPOSED
    return ACTIVE if all(holds[name] for name in IS_OVER) else INACTIVE


def _consent(around: Around, row: Signed) -> Json:
    consent = row.consent
    is_signed = row.status != PROPOSED and consent.signed_at is not None
    return resource(
        "Consent",
        id_of(consent),
        status=row.status,
        scope=concept(f"{TERMINOLOGY}/consentscope", "patient-privacy", "Privacy Consent"),
        category=CATEGORIES,
        patient=around.patient_reference,
        dateTime=around.instant(consent.signed_at) if is_signed and consent.signed_at else None,
        performer=_performers(around, consent),
        organization=[_discloser(consent.discloser)] if consent.discloser.strip() else [],
        sourceAttachment=_document(consent),
        policy=[PART_2],
        policyRule=DENIED_UNLESS_PERMITTED,
        verification=[_verification(around, row)],
        provision={"provision": [_permit(around, row), *_denials(around, row)]},
    )


def _performers(around: Around, consent: Consent) -> list[Json]:
    if consent.representative_authority is not None:
        right = [extension(AUTHORITY, valueString=one) for one in (consent.representative_authority.strip(),) if one]
        as_whom = [extension(SIGNED_AS, valueCode=REPRESENTATIVE), *right]
        performers = [filled(extension=as_whom, display=consent.signer_name.strip())]
    else:
        performers = [around.patient_reference]
        if consent.signer_name.strip() not in ("", around.patient.name):
            as_themselves = [extension(SIGNED_AS, valueCode=THEMSELVES)]
            performers[0] |= {"extension": as_themselves, "display": consent.signer_name}
    if consent.parent_signer_name:
        as_parent = [extension(SIGNED_AS, valueCode=PARENT)]
        performers.append({"extension": as_parent, "display": consent.parent_signer_name})
    return performers


def _discloser(name: str) -> Json:
    return {"reference": CLINIC} if name == clinic.facts().legal_name else {"display": name}


def _document(consent: Consent) -> Json:
    if not consent.text_shown:
        return {}
    words = consent.text_shown.encode()
    return filled(
        extension=[extension(SHA_256, valueString=consent.text_hash)] if consent.text_hash else [],
        contentType="text/plain; charset=utf-8",
        language=consent.text_language,
        data=base64.b64encode(words).decode(),
        size=len(words),
        # R4 asks for this kind of hash; what it guards stands beside it as SHA-256.
        hash=base64.b64encode(hashlib.sha1(words, usedforsecurity=False).digest()).decode(),
        title=consent.text_version,
    )


def _verification(around: Around, row: Signed) -> Json:
    consent = row.consent
    if not consent.signer_name.strip() or not row.holds["checked by a second person"]:
        return {"verified": False}
    when = consent.verified_at or consent.signed_at
    date = around.instant(when) if when is not None and row.status != PROPOSED else None
    return filled(verified=True, verifiedWith=around.patient_reference, verificationDate=date)


def _permit(around: Around, row: Signed) -> Json:
    consent = row.consent
    ends_on, ends_at = consent.ends_on, consent.ends_at
    if ends_at is not None and consent.ends_sooner_at is not None and consent.ends_sooner_at < ends_at:
        ends_on, ends_at = consent.ends_sooner_on, consent.ends_sooner_at
    period = filled(
        start=around.instant(consent.starts_at) if consent.starts_at else None,
        end=around.last_day(ends_on, ends_at) if ends_at else None,
    )
    boxes = {scope.scope for scope in consent.scopes}
    email = EMAIL_CODE.get(consent.lowered_email_level or consent.email_level)  # type: ignore[call-overload]
    custodian = {
        "role": concept(PARTICIPATION, "CST", "custodian"),
        "reference": {"reference": CLINIC},
    }
    modifier = [extension(ENDS_WITH_PROGRAM, valueBoolean=True)] if consent.ends_with_program else []
    return filled(
        modifierExtension=modifier,
        type="permit",
        period=period,
        actor=[recipient(row.person), custodian],
        action=[concept(f"{TERMINOLOGY}/consentaction", "disclose", "Disclose")],
        purpose=_purposes(consent.purpose),
        code=_codes([*(scope for scope in BOXES if scope in boxes), *([email] if email else [])]),
        provision=[NO_COUNSELING_NOTES, *_kept_details(boxes)],
    )


def _kept_details(boxes: set[str]) -> list[Json]:
    """What the code of session times would say too, and the form does not."""
    kept = [scope for scope in DETAILS if Scope.TIMES in boxes and scope not in boxes]
    return [{"type": "deny", "code": _codes(kept)}] if kept else []


def _denials(around: Around, row: Signed) -> list[Json]:
    """What the form permits and is not shared all the same: since when, and which boxes."""
    everything = [around.patient.paused_at, around.patient.on_hold_since, row.person.on_hold_since]
    closed: dict[dt.datetime, set[str]] = defaultdict(set)
    for scope in row.consent.scopes:
        since = min((moment for moment in (*everything, scope.off_at) if moment is not None), default=None)
        if since is not None:
            closed[max(since, row.consent.signed_at or since)].add(scope.scope)
    return [
        {
            "type": "deny",
            "period": {"start": around.instant(since)},
            "actor": [recipient(row.person)],
            "code": _codes([scope for scope in Scope if scope in boxes]),
        }
        for since, boxes in sorted(closed.items())
    ]


def _purposes(purpose: str) -> list[Json]:
    if not purpose.strip():
        return []
    known = [REASON.get(words) for words in purpose.split("; ")]
    if all(known):
        return [{"system": ACT_REASON, "code": code} for code in known]
    return [{"display": purpose}]


def _codes(codes: list[Any]) -> list[Json]:
    return [concept(SCOPE_SYSTEM, str(code)) for code in codes]


def consent_reference(consent: Consent) -> Json:
    """The reference to a consent."""
    return {"reference": label("Consent", consent)}
