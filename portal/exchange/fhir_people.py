"""Patient and RelatedPerson become patients and relatives, each with an account of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clinic, clock
from portal.db import session
from portal.exchange.fhir_bundle import Bundle, Resource, nobody, parts
from portal.exchange.fhir_dates import day_or_instant
from portal.exchange.fhir_extensions import KNOWN_AS, SHARED_MAILBOX, extended
from portal.exchange.fhir_names import birth, email_of, is_address, language_of, name_of, relation_of
from portal.exchange.fhir_staff import Staff
from portal.exchange.rows import by_external_id, matching
from portal.exchange.summary import Summary, put
from portal.models import Account, CareTeamMember, FamilySessionTerms, Hold, HoldKind, Patient, RelatedPerson, Relative
from portal.services import consents, fence, holds, left_addresses

SAID_TO_HAVE_DIED = "The clinic’s other system says that they died."


class People:
    """The people of one bundle, as rows. Ask `patient`, `related` and `staff_member` for them afterwards."""

    def __init__(self, bundle: Bundle, summary: Summary) -> None:
        self.bundle, self.summary = bundle, summary
        patients = by_external_id(Patient, bundle.ids("Patient"), joinedload(Patient.account), lock=True)
        self.patients: dict[str, Patient] = patients
        self.others: dict[int, list[RelatedPerson]] = {}
        with_account = joinedload(RelatedPerson.relative).joinedload(Relative.account)
        self.related_people = by_external_id(RelatedPerson, bundle.ids("RelatedPerson"), with_account)
        known = select(RelatedPerson).options(with_account).order_by(RelatedPerson.id)
        for person in matching(known, RelatedPerson.patient_id, [patient.id for patient in patients.values()]):
            self.others.setdefault(person.patient_id, []).append(person)
        emails = {email for kind in ("Patient", "RelatedPerson", "Practitioner", "PractitionerRole")
                  for resource in bundle.of(kind) if (email := email_of(resource))}  # fmt: skip
        # Another system may still know the address that somebody had before.
        self.accounts = left_addresses.accounts(emails)
        self.staff = Staff(bundle, self.accounts, summary)
        self._not_kept: set[str] = set()
        self._outcomes: dict[str, dict[str, bool]] = {}

    def take_in(self) -> None:
        """Store everybody; their rows have numbers afterwards."""
        self.staff.take_in()
        for resource in self.bundle.of("Patient"):
            self._patient(resource)
        session().flush()
        for resource in self.bundle.of("RelatedPerson"):
            self._related(resource)
        session().flush()
        self._care_teams()
        for resource in self.bundle.of("Patient"):
            if _has_died(resource):
                self._hold(resource)
        for label, outcome in self._outcomes.items():
            self.summary.count(label.partition("/")[0], **outcome)

    def patient(self, source: Resource, place: str, reference: dict[str, Any] | None) -> Patient:
        """The patient `reference` names. Raises BadBundle when it names nobody."""
        kind, _, id_ = self.bundle.label_of(reference).partition("/")
        if kind != "Patient" or id_ not in self.patients:
            raise nobody(source, place, reference)
        return self.patients[id_]

    def related(self, source: Resource, place: str, reference: dict[str, Any] | None) -> RelatedPerson | None:
        """The related person `reference` names, None for one that was not kept. Raises BadBundle for nobody."""
        label = self.bundle.label_of(reference)
        kind, _, id_ = label.partition("/")
        if kind != "RelatedPerson" or (id_ not in self.related_people and label not in self._not_kept):
            raise nobody(source, place, reference)
        return self.related_people.get(id_)

    # Patients

    def _patient(self, resource: Resource) -> None:
        given, family, _ = name_of(resource)
        if not given and not family:
            raise resource.wrong("name", "is missing.")
        born, adult_on = birth(resource, clinic.facts().majority)
        patient = self.patients.get(resource.id)
        is_new = patient is None
        if patient is None:
            patient = self.patients[resource.id] = Patient(external_id=resource.id)
            session().add(patient)
        is_changed = put(
            patient,
            given_name=resource.text("name.given", given or family, Patient.given_name),
            family_name=resource.text("name.family", family if given else "", Patient.family_name),
            birth_date=born,
            adult_on=adult_on,
            language=language_of(resource),
        )
        is_changed |= self._own_account(resource, patient)
        self._outcomes[resource.label] = {"is_new": is_new, "is_changed": is_changed}

    def _own_account(self, resource: Resource, patient: Patient) -> bool:
        email = self._usable_email(resource)
        if not email or (patient.account is not None and patient.account.email == email):
            return False
        account = self._account(email, patient.language)
        if account is patient.account:
            return False
        if account.patient is not None and account.patient is not patient:
            self.summary.look_at(resource.label, "has the email of another patient, so it opens no account.")
            return False
        relative = account.relative
        if relative is not None and any(one.relative is relative for one in self.others.get(patient.id or 0, ())):
            self.summary.look_at(resource.label, "has the email of one of their own relatives, so it opens no account.")
            return False
        patient.account = account
        return True

    def _hold(self, resource: Resource) -> None:
        """All sharing of somebody who died is on hold; who released that here knows more than this file."""
        patient = self.patients[resource.id]
        of_a_death = Hold.patient_id == patient.id, Hold.kind == HoldKind.DECEASED
        before = session().scalars(select(Hold.released_at).where(*of_a_death)).all()
        if not before:
            holds.place(patient.id, None, kind=HoldKind.DECEASED, reason=SAID_TO_HAVE_DIED, by=None)
            self._outcomes[resource.label]["is_changed"] = True
            self.summary.look_at(resource.label, "is marked as deceased, so all sharing is on hold.")
        elif None not in before:
            self.summary.look_at(
                resource.label, "is marked as deceased; that hold was released here and is not placed again."
            )

    # Relatives

    def _related(self, resource: Resource) -> None:
        patient = self.patient(resource, "patient", resource.body.get("patient"))
        given, family, name = name_of(resource)
        if not name:
            self._leave(resource, "has no name, so no consent can name them.")
            return
        relative = self._relative(resource, patient, given or name, family if given else "")
        person = self.related_people.get(resource.id)
        of_patient = self.others.setdefault(patient.id, [])
        if person is not None and person.patient_id != patient.id:
            # Their consents were signed by somebody else; what that patient shares must not move along.
            self.summary.look_at(resource.label, "belonged to another patient before; give it an id of its own.")
            relative = None
        elif person is None and relative is not None:
            person = next((one for one in of_patient if one.relative is relative and one.external_id is None), None)
        if relative is not None and any(one.relative is relative and one is not person for one in of_patient):
            self.summary.look_at(resource.label, "is a second person with this email for one patient; not linked.")
            relative = None
        now = clock.now()
        is_new = person is None
        if person is None:
            colour = consents.COLOURS[len(of_patient) % len(consents.COLOURS)]
            known_as = str(extended(resource.body, KNOWN_AS) or patient.given_name.split(" ")[0][:120])
            person = RelatedPerson(
                patient_id=patient.id,
                known_as=resource.text("extension", known_as, RelatedPerson.known_as),
                colour=colour,
                accepted_at=now,
            )
            session().add(person)
            of_patient.append(person)
        self.related_people[resource.id] = person
        code, words = relation_of(resource)
        left = person.relative if person.relative is not None and person.relative is not relative else None
        is_changed = put(
            person,
            external_id=resource.id,
            name=resource.text("name", name, RelatedPerson.name),
            email=relative.account.email if relative else self._email_of_inactive(resource),
            relationship_code=code and resource.text("relationship", code, RelatedPerson.relationship_code),
            relation=resource.text("relationship", words, RelatedPerson.relation),
        )
        if person.relative is not relative:
            person.relative, is_changed = relative, True
        if not self._is_active(resource) and person.accepted_at is not None:
            person.accepted_at, is_changed = None, True
        if relative is not None and person.accepted_at is None and person.declined_at is None:
            person.accepted_at, is_changed = now, True
        if left is not None:
            fence.close(patient, [RelatedPerson(relative_id=left.id)])
        self._outcomes[resource.label] = {"is_new": is_new, "is_changed": is_changed}

    def _relative(self, resource: Resource, patient: Patient, given: str, family: str) -> Relative | None:
        if not self._is_active(resource):
            self.summary.look_at(resource.label, "is marked as not active, so it is not linked to an account.")
            return None
        email = self._usable_email(resource)
        if not email:
            return None
        if patient.account is not None and (
            patient.account is self.accounts.get(email) or patient.account.email == email
        ):
            self.summary.look_at(resource.label, "has the patient’s own email, so it is not linked to an account.")
            return None
        account = self._account(email, language_of(resource))
        if any(extended(point, SHARED_MAILBOX) is True for point in parts(resource.body, "telecom")):
            account.shares_mailbox = True
        if account.relative is None:
            account.relative = Relative(
                given_name=resource.text("name.given", given, Relative.given_name),
                family_name=resource.text("name.family", family, Relative.family_name),
            )
        born = str(resource.body.get("birthDate") or "")[:4]
        if account.relative.birth_year is None and born.isdigit():
            account.relative.birth_year = int(born)
        return account.relative

    def _is_active(self, resource: Resource) -> bool:
        return "active" not in resource.body or resource.flag("active", resource.body["active"])

    def _email_of_inactive(self, resource: Resource) -> str | None:
        # Somebody who has not accepted yet: whom to invite, and nobody's account.
        return None if self._is_active(resource) else self._usable_email(resource) or None

    def _usable_email(self, resource: Resource) -> str:
        email = email_of(resource)
        if email and not is_address(email):
            self.summary.look_at(resource.label, "has an email that is no address, so it opens no account.")
            return ""
        return resource.text("telecom", email, Account.email)

    def _account(self, email: str, language: str) -> Account:
        account = self.accounts.get(email)
        if account is None:
            account = self.accounts[email] = Account(email=email, password=None, language=language)
            session().add(account)
        return account

    # Who holds family sessions for whom

    def _care_teams(self) -> None:
        wanted = [
            (self.patients[resource.id], member)
            for resource in self.bundle.of("Patient")
            for reference in resource.many("generalPractitioner")
            if (member := self.staff.known.get(self.bundle.label_of(reference))) is not None
        ]
        if not wanted:
            return
        holds_sessions = set(session().scalars(select(FamilySessionTerms.staff_id)))
        ids = [patient.id for patient, _ in wanted]
        rows = matching(select(CareTeamMember), CareTeamMember.patient_id, ids)
        known = {(row.patient_id, row.staff_id) for row in rows}
        for patient, member in wanted:
            if member.id in holds_sessions and (patient.id, member.id) not in known:
                known.add((patient.id, member.id))
                session().add(CareTeamMember(patient_id=patient.id, staff_id=member.id))
                self._outcomes[f"Patient/{patient.external_id}"]["is_changed"] = True

    def _leave(self, resource: Resource, why: str) -> None:
        self._not_kept.add(resource.label)
        self.summary.look_at(resource.label, why)


def _has_died(resource: Resource) -> bool:
    """Whether FHIR's deceased[x] says so: a yes, or a day, known to the year or to the minute."""
    moment = resource.body.get("deceasedDateTime")
    day_or_instant(resource, "deceasedDateTime", moment)
    return moment is not None or resource.flag("deceasedBoolean", resource.body.get("deceasedBoolean", False))
