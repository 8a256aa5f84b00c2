"""Practitioner and PractitionerRole name members of staff whom load-clinic has brought in."""

from __future__ import annotations

from typing import Any

from portal.exchange.fhir_bundle import Bundle, Resource, nobody
from portal.exchange.fhir_names import email_of
from portal.exchange.rows import by_external_id
from portal.exchange.summary import Summary, put
from portal.models import Account, StaffMember


class Staff:
    """The staff of one bundle, found by email, else by the id of an earlier import."""

    def __init__(self, bundle: Bundle, accounts: dict[str, Account], summary: Summary) -> None:
        self.bundle, self.accounts, self.summary = bundle, accounts, summary
        # A role that stands for itself keeps its whole label as its id; a practitioner only the id.
        roles = {f"PractitionerRole/{id_}" for id_ in bundle.ids("PractitionerRole")}
        rows = by_external_id(StaffMember, bundle.ids("Practitioner") | roles)
        self.known = {(id_ if "/" in id_ else f"Practitioner/{id_}"): member for id_, member in rows.items()}
        self._not_kept: set[str] = set()

    def take_in(self) -> None:
        """Find everybody; nobody is created here."""
        for resource in self.bundle.of("Practitioner"):
            self._practitioner(resource)
        for resource in self.bundle.of("PractitionerRole"):
            self._role(resource)

    def member(self, source: Resource, place: str, reference: dict[str, Any] | None) -> StaffMember | None:
        """Whom `reference` names; None for somebody load-clinic does not know. Raises BadBundle for nobody."""
        label = self.bundle.label_of(reference)
        if label not in self.known and label not in self._not_kept:
            raise nobody(source, place, reference)
        return self.known.get(label)

    def _practitioner(self, resource: Resource) -> None:
        member = self._by_email(resource) or self.known.get(resource.label)
        if member is None:
            self._leave(resource, "has the email of no member of staff; load-clinic brings staff in.")
        elif member.external_id != resource.id and self.bundle.get(f"Practitioner/{member.external_id}"):
            self._leave(resource, f"has the same email as Practitioner/{member.external_id}.")
        else:
            # An id that moves from one member of staff to another must be free before it is taken.
            before = self.known.get(resource.label)
            if before is not None and before is not member:
                self._leave(resource, "had the email of another member of staff before; give it an id of its own.")
                return
            self.known[resource.label] = member
            is_own_label = resource.id == member.ref
            is_changed = not is_own_label and put(member, external_id=resource.id)
            self.summary.count(resource.kind, is_changed=is_changed)

    def _role(self, resource: Resource) -> None:
        if resource.body.get("practitioner"):
            member = self.member(resource, "practitioner", resource.body["practitioner"])
        else:
            member = self._by_email(resource) or self.known.get(resource.label)
        if member is None:
            self._leave(resource, "names nobody whom load-clinic brought in.")
            return
        is_changed = member.external_id is None and put(member, external_id=resource.label)
        self.known[resource.label] = member
        self.summary.count(resource.kind, is_changed=is_changed)

    def _by_email(self, resource: Resource) -> StaffMember | None:
        account = self.accounts.get(email_of(resource))
        return account.staff if account else None

    def _leave(self, resource: Resource, why: str) -> None:
        self._not_kept.add(resource.label)
        self.summary.look_at(resource.label, why)
