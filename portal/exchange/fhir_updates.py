"""Communication becomes an update for families."""

from __future__ import annotations

from typing import Any

from portal import clinic, clock
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.db import session
from portal.exchange.fhir_bundle import Bundle, Resource, codes, parts
from portal.exchange.fhir_dates import begins, day_or_instant
from portal.exchange.fhir_people import People
from portal.exchange.fhir_permits import SCOPE_SYSTEM
from portal.exchange.rows import by_external_id
from portal.exchange.summary import Summary, put
from portal.models import FamilyUpdate, StaffMember
from portal.services import update_changes
from portal.services.choices import LANGUAGES
from portal.services.update_checks import Words

PUBLISHED = ("completed", "in-progress", "unknown")
NOT_PUBLISHED = ("preparation", "not-done", "on-hold", "stopped", "entered-in-error")
LONGEST_MADE_UP_TITLE = 60


class Updates:
    """The updates of one bundle. Nobody gets an email about them: they were sent where they come from."""

    def __init__(self, bundle: Bundle, people: People, summary: Summary) -> None:
        self.bundle, self.people, self.summary = bundle, people, summary
        self.rows = by_external_id(FamilyUpdate, {resource.id for resource in bundle.of("Communication")})
        self.now = clock.now()

    def take_in(self) -> None:
        """Store every update; one whose words changed gets a new version."""
        for resource in self.bundle.of("Communication"):
            self._one(resource)

    def _one(self, resource: Resource) -> None:
        row, status = self.rows.get(resource.id), resource.body["status"]
        if status not in PUBLISHED + NOT_PUBLISHED:
            raise resource.wrong("status", "is none of FHIR R4.")
        values = self._read(resource)
        if values is None or status in NOT_PUBLISHED:
            if row is not None:
                is_changed = row.withdrawn_at is None and put(row, withdrawn_at=self.now)
                self.summary.count(resource.kind, is_changed=is_changed)
            elif values is not None:
                self.summary.left_out[resource.kind] += 1
            return
        is_new = row is None
        if row is None:
            row = FamilyUpdate(external_id=resource.id, **values)
            session().add(row)
            self.summary.count(resource.kind, is_new=True)
            return
        if row.withdrawn_at is not None:
            self.summary.look_at(resource.label, "was withdrawn here and stays withdrawn.")
        is_other_text = (row.title, row.text) != (values["title"], values["text"])
        if is_other_text:
            update_changes.replace(row, Words(values["title"], values["text"], values["language"]), by_id=None)
        is_changed = put(row, **values) or is_other_text
        self.summary.count(resource.kind, is_new=is_new, is_changed=is_changed)

    def _read(self, resource: Resource) -> dict[str, Any] | None:
        subject = resource.body.get("subject")
        if not self.bundle.label_of(subject).startswith("Patient/"):
            self.summary.look_at(resource.label, "names no patient as its subject, so it is not kept.")
            return None
        patient = self.people.patient(resource, "subject", subject)
        sent = day_or_instant(resource, "sent", resource.body.get("sent"))
        text = "\n\n".join(
            str(part["contentString"]).strip() for part in resource.many("payload") if part.get("contentString")
        ).strip()
        if sent is None or not text:
            missing = "day of sending (sent)" if sent is None else "text (payload.contentString)"
            self.summary.look_at(resource.label, f"has no {missing}, so it is not kept.")
            return None
        return {
            "patient_id": patient.id,
            "author_id": author.id if (author := self._author(resource)) else None,
            "scope": self._scope(resource),
            "title": resource.text("topic.text", self._title(resource, text), FamilyUpdate.title),
            "text": text,
            "language": self._language(resource),
            "published_at": begins(sent, clinic.zone()),
        }

    def _language(self, resource: Resource) -> str:
        """The language of the resource, English when it says none. What it says is marked by it on pages."""
        said = str(resource.body.get("language") or LANGUAGES[0]).split("-")[0].lower()
        if said in LANGUAGES:
            return said
        self.summary.look_at(resource.label, "is in a language that the portal does not speak; pages call it English.")
        return LANGUAGES[0]

    def _author(self, resource: Resource) -> StaffMember | None:
        sender = resource.body.get("sender")
        if not self.bundle.label_of(sender).startswith(("Practitioner/", "PractitionerRole/")):
            return None
        return self.people.staff.member(resource, "sender", sender)

    def _scope(self, resource: Resource) -> Scope | None:
        found = {code for concept in resource.many("category") for code in codes(concept, SCOPE_SYSTEM)}
        known = [scope for scope in UPDATE_SCOPES if scope in found]
        if len(found) == 1 and known:
            return known[0]
        if found:
            self.summary.look_at(resource.label, "needs one category of going, plan or leave; no relative sees it.")
        return None

    def _title(self, resource: Resource, text: str) -> str:
        topic = resource.body.get("topic") or {}
        displays = [coding["display"] for coding in parts(topic, "coding") if coding.get("display")]
        title = " ".join(str(topic.get("text") or (displays or [""])[0]).split())
        if title:
            return title
        first = text.splitlines()[0].strip()
        if len(first) <= LONGEST_MADE_UP_TITLE:
            return first
        return first[:LONGEST_MADE_UP_TITLE].rsplit(" ", 1)[0] + "…"
