"""Provenance of consents: who signed, who typed it in, from which scan, who checked it, who ended it, and when."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.db import session
from portal.exchange.fhir_export_consents import Signed, consent_reference
from portal.exchange.fhir_export_parts import CLINIC, TERMINOLOGY, Around, Json, concept, filled, id_of, resource
from portal.models import Consent, ConsentScan, HowSigned, StaffMember

SIGNER_TYPES = f"{TERMINOLOGY}/contractsignertypecodes"
PARTICIPANT_TYPES = f"{TERMINOLOGY}/provenance-participant-type"
OPERATIONS = f"{TERMINOLOGY}/v3-DataOperation"
CONSENT_SIGNATURE = {
    "system": "urn:iso-astm:E1762-95:2013",
    "code": "1.2.840.10065.1.12.1.7",
    "display": "Consent Signature",
}
# By whom the patient’s own hand moved; every other way of ending a consent is the clinic's.
BY_THE_PATIENT = ("here", "replaced")


def provenance(around: Around, rows: list[Signed]) -> list[Json]:
    """What happened to each consent of `rows`, one resource for each step, in order."""
    ids = {id_ for row in rows for id_ in (row.consent.recorded_by_id, row.consent.verified_by_id) if id_}
    known = select(StaffMember).where(StaffMember.id.in_(ids)).options(joinedload(StaffMember.account))
    staff = {member.id: member for member in session().scalars(known)}
    scans = _scans(around, rows)
    return [step for row in rows for step in _Steps(around, row.consent, staff, row.consent.id in scans).all()] + [
        scans[row.consent.id] for row in rows if row.consent.id in scans
    ]


def _scans(around: Around, rows: list[Signed]) -> dict[int, Json]:
    """For each form that has a scan: that there is one, since when and of what kind. Never the picture."""
    # The sealed picture itself stays where it is: up to ten megabytes that nobody asked for.
    facts = select(ConsentScan.consent_id, ConsentScan.media_type, ConsentScan.kept_at).where(
        ConsentScan.consent_id.in_([row.consent.id for row in rows])
    )
    found = {consent_id: (media_type, kept_at) for consent_id, media_type, kept_at in session().execute(facts)}
    return {row.consent.id: _scan(around, row.consent, *found[row.consent.id]) for row in rows
            if row.consent.id in found}  # fmt: skip


def _scan(around: Around, consent: Consent, media_type: str, kept_at: dt.datetime) -> Json:
    return resource(
        "DocumentReference",
        _scan_id(around, consent),
        status="current",
        type={"text": "Scan of the signed form"},
        subject=around.patient_reference,
        date=around.instant(kept_at),
        custodian={"reference": CLINIC},
        # FHIR asks for an attachment; with its kind alone it says what is kept and holds nothing of it.
        content=[{"attachment": {"contentType": media_type}}],
        context={"related": [consent_reference(consent)]},
    )


def _scan_id(around: Around, consent: Consent) -> str:
    return around.made_up_id(id_of(consent), "scan")


class _Steps:
    def __init__(self, around: Around, consent: Consent, staff: dict[int, StaffMember], has_scan: bool) -> None:
        self.around, self.consent, self.staff, self.has_scan = around, consent, staff, has_scan

    def all(self) -> Iterator[Json]:
        consent = self.consent
        if consent.signed_at is not None:
            yield self._signed(consent.signed_at)
        if consent.recorded_at is not None:
            yield self._step("recorded", consent.recorded_at, "CREATE", self._typed_in()) | self._from_the_scan()
        if consent.verified_at is not None:
            checked = self._member("verifier", consent.verified_by_id)
            yield self._step("checked", consent.verified_at, "UPDATE", [checked])
        for scope in consent.scopes:
            if scope.off_at is not None:
                yield self._step(f"off {scope.scope}", scope.off_at, "UPDATE", [self._patient("author")])
        if consent.stopped_at is not None:
            by = self._patient("author") if consent.stopped_how in BY_THE_PATIENT else self._clinic("author")
            operation = "OBSOLETE" if consent.stopped_how == "replaced" else "ABORT"
            yield self._step("stopped", consent.stopped_at, operation, [by])
        if consent.invalid_since is not None:
            yield self._step("invalid", consent.invalid_since, "NULLIFY", [self._clinic("author")])

    def _signed(self, at: dt.datetime) -> Json:
        consent = self.consent
        agents = [{"type": concept(SIGNER_TYPES, "CONSENTER", "Consenter"), "who": self._signer()}]
        for code, name in (("CONSENTER", consent.parent_signer_name), ("WIT", consent.witness_name),
                           ("INTPRTER", consent.interpreter_name)):  # fmt: skip
            if name:
                agents.append({"type": concept(SIGNER_TYPES, code), "who": {"display": name}})
        step = self._step("signed", at, "CREATE", agents)
        if consent.how_signed == HowSigned.HERE and consent.signer_name:
            # On the screen a name was typed; that name is the signature.
            step["signature"] = [{
                "type": [CONSENT_SIGNATURE],
                "when": self.around.instant(at),
                "who": self._signer(),
                "sigFormat": "text/plain",
                "data": base64.b64encode(consent.signer_name.encode()).decode(),
            }]  # fmt: skip
        return step

    def _signer(self) -> Json:
        if self.consent.representative_authority is not None:
            return {"display": self.consent.signer_name or "a representative"}
        return self.around.patient_reference

    def _typed_in(self) -> list[Json]:
        agent = self._member("enterer", self.consent.recorded_by_id)
        return [agent | {"onBehalfOf": self.around.patient_reference}]

    def _from_the_scan(self) -> Json:
        if not self.has_scan:
            return {}
        what = {"reference": f"DocumentReference/{_scan_id(self.around, self.consent)}"}
        return {"entity": [{"role": "source", "what": what}]}

    def _member(self, role: str, staff_id: int | None) -> Json:
        member = self.staff.get(staff_id or 0)
        if member is None:
            return self._clinic(role)
        return {"type": concept(PARTICIPANT_TYPES, role), "who": self.around.by(member)}

    def _patient(self, role: str) -> Json:
        return {"type": concept(PARTICIPANT_TYPES, role), "who": self.around.patient_reference}

    def _clinic(self, role: str) -> Json:
        return {"type": concept(PARTICIPANT_TYPES, role), "who": {"reference": CLINIC}}

    def _step(self, what: str, at: dt.datetime, operation: str, agents: list[Json]) -> Json:
        moment = self.around.instant(at)
        return resource(
            "Provenance",
            self.around.made_up_id(id_of(self.consent), what),
            target=[consent_reference(self.consent)],
            occurredDateTime=moment,
            recorded=moment,
            activity=concept(OPERATIONS, operation) | filled(text=what),
            agent=agents,
        )
