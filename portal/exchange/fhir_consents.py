"""Consent becomes a consent signed on paper. Incomplete ones are kept, named, and never live."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import clock
from portal.consent import record
from portal.consent.scopes import Scope
from portal.db import session
from portal.exchange.fhir_bundle import Bundle, Resource, parts
from portal.exchange.fhir_documents import document, verified_at
from portal.exchange.fhir_extensions import PARENT, SIGNED_AS, extended
from portal.exchange.fhir_people import People
from portal.exchange.fhir_permits import ENDED, WIDER, Permit, Reader, how_to_stop, wider
from portal.exchange.rows import by_external_id, matching
from portal.exchange.summary import Summary, put
from portal.models import Act, Consent, ConsentScope, HowSigned, Patient, RelatedPerson
from portal.services import fence

STOPPED_HOW = "import"
IN_ERROR = "entered in error"


class Consents:
    """The consents of one bundle. The row for the first recipient carries the id, others id#2, id#3 and so on."""

    def __init__(self, bundle: Bundle, people: People, summary: Summary) -> None:
        self.bundle, self.people, self.summary = bundle, people, summary
        ids = {resource.id for resource in bundle.of("Consent")}
        first = by_external_id(Consent, ids, selectinload(Consent.scopes))
        self.rows: dict[str, list[Consent]] = defaultdict(list)
        patients = {row.patient_id for row in first.values()}
        with_scopes = select(Consent).options(selectinload(Consent.scopes)).order_by(Consent.id)
        for row in matching(with_scopes.where(Consent.external_id.is_not(None)), Consent.patient_id, patients):
            self.rows[row.external_id.partition("#")[0]].append(row)
        self.now = clock.now()
        self._acts: list[tuple[Act, Consent, str]] = []

    def take_in(self) -> None:
        """Store every consent, end those that ended, and keep what was ended here ended."""
        for resource in self.bundle.of("Consent"):
            self._one(resource)
        session().flush()
        for act, row, what in self._acts:
            record.write(
                act, what, door="staff", patient_id=row.patient_id, related_person_id=row.related_person_id,
                consent_id=row.id,
            )  # fmt: skip

    def _one(self, resource: Resource) -> None:
        if not resource.body.get("patient"):
            self._say(resource, "does not name the patient, so it is not kept (42 CFR 2.31(a)(1)).")
            return
        patient = self.people.patient(resource, "patient", resource.body["patient"])
        reader = Reader(self.bundle, resource, patient, self._parents(resource))
        recipients = self._recipients(resource, reader, patient)
        permits = reader.permits(recipients)
        rows = list(self.rows[resource.id])
        is_new, is_changed = not rows, False
        unmatched = list(rows)
        for permit in permits:
            row = next((one for one in unmatched if one.related_person_id == permit.recipient.id), None)
            if row is None:
                row = self._create(resource, patient, permit, reader)
                is_changed = True
            else:
                unmatched.remove(row)
                is_changed |= self._update(resource, patient, row, permit, reader)
            self._say_what_is_missing(resource, permit, row, reader)
        for row in unmatched:
            is_changed |= self._end(patient, row)
        if reader.unknown_codes:
            self._say(resource, f"has codes that share nothing here: {', '.join(sorted(reader.unknown_codes))}.")
        if permits or rows:
            self.summary.count(resource.kind, is_new=is_new, is_changed=is_changed)

    # Who

    def _parents(self, resource: Resource) -> list[str]:
        named = [
            resource.text("performer", str(one["display"]), Consent.parent_signer_name)
            for one in resource.many("performer")
            if extended(one, SIGNED_AS) == PARENT and one.get("display")
        ]
        signed = [
            self.people.related(resource, "performer", reference)
            for reference in resource.many("performer")
            if self.bundle.label_of(reference).startswith("RelatedPerson/")
        ]
        return named + [person.name for person in signed if person is not None]

    def _recipients(self, resource: Resource, reader: Reader, patient: Patient) -> dict[str, RelatedPerson]:
        permitted = [
            one for one in parts(resource.body.get("provision") or {}, "provision") if one.get("type") == "permit"
        ]
        known: dict[str, RelatedPerson] = {}
        labels = [label for provision in permitted for label in reader.named(provision)]
        for label in labels:
            person = self.people.related_people.get(label.removeprefix("RelatedPerson/"))
            if not label.startswith("RelatedPerson/") or person is None:
                self._say(resource, f"names {label or 'nobody'} as recipient, no relative here; nothing is shared.")
            elif person.patient_id != patient.id:
                self._say(resource, f"names {label}, who belongs to another patient; nothing is shared.")
            else:
                known[label] = person
        if not labels:
            self._say(resource, "names nobody who may see anything (provision.actor with role IRCP).")
        return known

    # New

    def _create(self, resource: Resource, patient: Patient, permit: Permit, reader: Reader) -> Consent:
        taken = {row.external_id for row in self.rows[resource.id]}
        number = 1
        while (external_id := resource.id if number == 1 else f"{resource.id}#{number}") in taken:
            number += 1
        row = Consent(
            external_id=external_id,
            patient_id=patient.id,
            related_person_id=permit.recipient.id,
            how_signed=HowSigned.PAPER,
            # By the system it comes from; one that says it was not verified is not usable.
            verified_at=verified_at(resource, self.now),
            how_to_stop=how_to_stop(patient.language),
            not_usable_because=_not_usable(permit, reader),
            scopes=[
                ConsentScope(scope=scope, off_at=permit.off.get(scope))
                for scope in Scope
                if scope in permit.scopes or scope in permit.off
            ],
            **({"text_language": patient.language} | document(resource)),
            **permit.values,
        )
        if reader.status in ENDED:
            row.stopped_at, row.stopped_how = self.now, STOPPED_HOW
        session().add(row)
        self.rows[resource.id].append(row)
        if row.stopped_at is None and row.not_usable_because is None and reader.is_signed:
            self._acts.append((Act.SIGNED, row, "sharing"))
        return row

    # Known

    def _update(self, resource: Resource, patient: Patient, row: Consent, permit: Permit, reader: Reader) -> bool:
        if reader.status in ENDED:
            return self._end(patient, row, IN_ERROR if reader.status == "entered-in-error" else None)
        if row.stopped_at is not None:
            if reader.status == "active":
                self._say(resource, "was ended here and stays ended; to share again, sign anew under another id.")
            return False
        was_usable = row.not_usable_because is None and row.signed_at is not None
        signed_at = permit.values["signed_at"]
        is_signed_anew = signed_at is not None and (row.signed_at is None or signed_at > row.signed_at)
        values = dict(permit.values)
        if was_usable and reader.is_signed and not is_signed_anew:
            for name in wider(row, values):
                self._say(resource, f"allows more in {WIDER[name]} without a newer signature; kept as it was signed.")
                values[name] = getattr(row, name)
                if name == "ends_at":
                    values["ends_on"] = row.ends_on
        is_changed = put(row, not_usable_because=_not_usable(permit, reader), **values)
        is_changed |= self._turn_on(resource, row, permit, free=not was_usable or is_signed_anew)
        turned_off = [scope for scope in row.scopes if scope.off_at is None and scope.scope not in permit.scopes]
        for scope in turned_off:
            scope.off_at = self.now
            self._acts.append((Act.NARROWED, row, scope.scope))
        is_usable = row.not_usable_because is None and row.signed_at is not None
        if is_usable and (is_signed_anew or not was_usable):
            self._acts.append((Act.SIGNED, row, "sharing"))
        if is_changed or turned_off:
            self._fence(patient, row, is_over=not is_usable)
        return is_changed or bool(turned_off)

    def _turn_on(self, resource: Resource, row: Consent, permit: Permit, *, free: bool) -> bool:
        known = {scope.scope: scope for scope in row.scopes}
        is_changed = False
        for scope in Scope:
            if scope not in permit.scopes:
                continue
            before = known.get(scope)
            if before is None and free:
                row.scopes.append(ConsentScope(scope=scope))
                is_changed = True
            elif before is None:
                self._say(resource, f"{scope} was added without a newer signature, so it is not shared.")
            elif before.off_at is not None and row.signed_at is not None and row.signed_at > before.off_at:
                before.off_at, is_changed = None, True
            elif before.off_at is not None:
                self._say(resource, f"{scope} was turned off after it was signed and stays off.")
        return is_changed

    def _end(self, patient: Patient, row: Consent, not_usable_because: str | None = None) -> bool:
        is_changed = bool(not_usable_because) and put(row, not_usable_because=not_usable_because)
        if row.stopped_at is None:
            row.stopped_at, row.stopped_how, is_changed = self.now, STOPPED_HOW, True
            if row.signed_at is not None:
                self._acts.append((Act.STOPPED, row, "sharing"))
            self._fence(patient, row, is_over=True)
        return is_changed

    def _fence(self, patient: Patient, row: Consent, *, is_over: bool) -> None:
        """As with a stop in the portal: nothing that discloses starts after the import has returned."""
        person = session().get_one(RelatedPerson, row.related_person_id)
        if person.relative is None:
            return
        if is_over:
            fence.close(patient, [person])
        else:
            fence.wait_for_the_postman(patient.id, [person.relative.account_id])

    # Words

    def _say_what_is_missing(self, resource: Resource, permit: Permit, row: Consent, reader: Reader) -> None:
        if reader.status in ENDED or row.stopped_at is not None:
            return
        if not reader.is_signed:
            self._say(resource, f"is not signed yet ({reader.status}).")
        if permit.cut_to:
            self._say(resource, f"ends more than 12 months after it was signed, so here it ends on {permit.cut_to}.")
        if row.not_usable_because:
            self._say(resource, f"cannot be used: {row.not_usable_because}.")
        if reader.needs_a_parent and not reader.parents:
            self._say(resource, "is for a minor: a parent must sign too (performer with a RelatedPerson).")
        if permit.recipient.relative_id is None:
            self._say(resource, "names somebody without an account, so nobody sees anything yet.")

    def _say(self, resource: Resource, why: str) -> None:
        self.summary.look_at(resource.label, why)


def _not_usable(permit: Permit, reader: Reader) -> str | None:
    if reader.status == "entered-in-error":
        return IN_ERROR
    return f"it lacks {', '.join(permit.lacks)}"[:300] if permit.lacks else None
