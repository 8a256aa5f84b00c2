"""Patients, relatives and staff of a bundle, and the accounts they get."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.db import session
from portal.exchange import fhir_export
from portal.models import (
    Account,
    Act,
    CareTeamMember,
    Hold,
    NewAddress,
    Patient,
    RecordEntry,
    RelatedPerson,
    Relative,
    StaffMember,
)
from portal.services import email_addresses, holds
from tests.conftest import at_the_clinic
from tests.exchange.bundles import (
    ANA,
    AROUND,
    BEN_PRACTICES,
    NOOR,
    consent,
    every_row,
    everything,
    imported,
    patient,
    provision,
    reasons,
    related_person,
    sees,
)


def one(app: Flask, query: Any) -> Any:
    """A single row or value, looked at in a context of its own."""
    with app.app_context():
        g.reading = True
        return session().scalars(query).one()


def test_a_patient_gets_an_account_without_a_password(app: Flask, tmp_path: Path) -> None:
    imported(app, [patient(communication=[{"language": {"coding": [{"code": "es-MX"}]}}])], tmp_path)

    noor = one(app, select(Patient).where(Patient.external_id == "p1"))
    account = one(app, select(Account).where(Account.email == NOOR))
    assert (noor.given_name, noor.family_name, noor.language) == ("Noor J.", "Haddad", "es")
    assert (noor.birth_date, noor.adult_on) == (dt.date(1982, 2, 3), dt.date(2000, 2, 3))
    assert (account.id, account.password, account.language) == (noor.account_id, None, "es")


@pytest.mark.parametrize(
    ("written", "adult_on"),
    [("2008-02-29", dt.date(2026, 3, 1)), ("2010", dt.date(2028, 12, 31)), ("2010-02", dt.date(2028, 2, 28))],
)
def test_the_day_of_coming_of_age_is_the_latest_it_can_be(
    app: Flask, tmp_path: Path, written: str, adult_on: dt.date
) -> None:
    imported(app, [patient(birthDate=written)], tmp_path)

    assert one(app, select(Patient.adult_on).where(Patient.external_id == "p1")) == adult_on


def test_a_relative_counts_as_having_accepted_and_knows_the_patient_by_the_first_name(
    app: Flask, tmp_path: Path
) -> None:
    imported(app, everything(), tmp_path)

    person = one(app, select(RelatedPerson).where(RelatedPerson.external_id == "rp1"))
    relative = one(app, select(Relative).where(Relative.id == person.relative_id))
    assert (person.known_as, person.relation, person.relationship_code) == ("Noor", "Mother", "MTH")
    assert person.accepted_at is not None
    assert (relative.given_name, relative.family_name, relative.birth_year) == ("Ana", "Haddad", 1958)


@pytest.mark.both_databases
def test_one_email_is_one_account_with_two_links(app: Flask, tmp_path: Path) -> None:
    robin = patient("p2", name=[{"given": ["Robin"]}], telecom=[])
    times = consent(provision("rp2", ["times"]), id_="c2", patient={"reference": "Patient/p2"}, performer=[])
    imported(app, [*everything(), robin, related_person("rp2", who="p2"), times], tmp_path)

    assert [(one["name"], one["scopes"]) for one in sees(app)["people"]] == [
        ("Noor", ["times", "family", "going"]),
        ("Robin", ["times"]),
    ]
    one(app, select(Account).where(Account.email == ANA))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "died", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-11-20"}, {"deceasedDateTime": "2026"}], ids=str
)
def test_all_sharing_of_somebody_who_died_is_on_hold(app: Flask, tmp_path: Path, died: dict[str, Any]) -> None:
    imported(app, everything(), tmp_path)
    assert sees(app)["people"] != []

    summary = imported(app, everything(p1=patient(**died)), tmp_path)
    before = every_row(app)
    again = imported(app, everything(p1=patient(**died)), tmp_path)

    assert "all sharing is on hold" in reasons(summary, "Patient/p1")
    assert sees(app)["people"] == []
    hold = one(app, select(Hold).join(Patient).where(Patient.external_id == "p1"))
    assert (hold.kind, hold.placed_by_id, hold.related_person_id, hold.released_at) == ("deceased", None, None, None)
    line = one(app, select(RecordEntry).where(RecordEntry.act == Act.HELD))
    assert (line.patient_id, line.account_id, line.door) == (hold.patient_id, None, "privacy")
    assert (again["updated"], every_row(app)) == ({}, before)


def test_a_hold_that_was_released_here_is_not_placed_again_by_the_file(app: Flask, tmp_path: Path) -> None:
    dead = everything(p1=patient(deceasedBoolean=True))
    imported(app, dead, tmp_path)
    with at_the_clinic(app):
        hold = session().scalars(select(Hold).where(Hold.kind == "deceased")).one()
        holds.release(hold.ref, by=session().scalars(select(StaffMember)).first())  # type: ignore[arg-type]
    summary = imported(app, dead, tmp_path)

    assert "is not placed again" in reasons(summary, "Patient/p1")
    assert sees(app)["people"] == [], "what Noor had signed ended with the hold"


def test_the_export_says_that_somebody_died_for_as_long_as_the_hold_does(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(p1=patient(deceasedBoolean=True)), tmp_path)
    assert exported(app)["deceasedBoolean"] is True

    with at_the_clinic(app):
        hold = session().scalars(select(Hold).where(Hold.kind == "deceased")).one()
        holds.release(hold.ref, by=session().scalars(select(StaffMember)).first())  # type: ignore[arg-type]
    assert "deceasedBoolean" not in exported(app)


def exported(app: Flask) -> dict[str, Any]:
    """The patient p1 as the export writes them."""
    with at_the_clinic(app):
        return fhir_export.by_label(fhir_export.patient_called("p1"))["Patient/p1"]


def test_who_is_said_to_live_shares_as_signed(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(p1=patient(deceasedBoolean=False)), tmp_path)

    assert sees(app)["people"] != []


def test_a_relative_with_the_patients_own_email_is_not_linked(app: Flask, tmp_path: Path) -> None:
    summary = imported(app, everything(rp1=related_person(email=NOOR.upper())), tmp_path)

    assert "patient’s own email" in reasons(summary, "RelatedPerson/rp1")
    assert sees(app, NOOR)["people"] == []


def test_a_second_person_with_the_same_email_for_one_patient_is_not_linked(app: Flask, tmp_path: Path) -> None:
    summary = imported(app, [*everything(), related_person("rp2")], tmp_path)

    assert "second person with this email" in reasons(summary, "RelatedPerson/rp2")


def test_a_patient_with_the_email_of_another_patient_gets_no_account(app: Flask, tmp_path: Path) -> None:
    summary = imported(app, [patient(), patient("p2")], tmp_path)

    assert "email of another patient" in reasons(summary, "Patient/p2")


def test_a_relative_without_email_is_kept_without_an_account(app: Flask, tmp_path: Path) -> None:
    summary = imported(app, everything(rp1=related_person(email=None)), tmp_path)

    assert "without an account" in reasons(summary, "Consent/c1")
    assert one(app, select(RelatedPerson).where(RelatedPerson.external_id == "rp1")).relative_id is None


def test_another_email_is_another_account_and_the_first_sees_nothing_more(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(rp1=related_person(email="typo@families.example")), tmp_path)

    imported(app, everything(), tmp_path)

    assert sees(app, "typo@families.example")["people"] == []
    assert len(sees(app)["people"]) == 1


@pytest.mark.both_databases
def test_who_signs_in_with_another_address_here_is_the_same_person_to_the_other_system(
    app: Flask, tmp_path: Path
) -> None:
    imported(app, everything(), tmp_path)
    before = sees(app, ANA)["people"]
    for email, new in ((ANA, "ana.new@families.example"), (NOOR, "noor.new@patients.example")):
        with at_the_clinic(app):
            account = session().scalars(select(Account).where(Account.email == email)).one()
            email_addresses.ask(account.id, new)
            email_addresses.take_up(session().scalars(select(NewAddress)).one())

    imported(app, everything(), tmp_path)
    again = imported(app, everything(), tmp_path)

    assert sees(app, "ana.new@families.example")["people"] == before != []
    with at_the_clinic(app):
        assert session().scalars(select(Account).where(Account.email.in_([ANA, NOOR]))).all() == []
        noor = session().scalars(select(Patient).where(Patient.external_id == "p1")).one()
        assert noor.account is not None and noor.account.email == "noor.new@patients.example"
    assert not again["created"] and not again["updated"]


def test_a_patient_who_moved_to_another_address_is_still_no_relative_of_their_own(app: Flask, tmp_path: Path) -> None:
    imported(app, [patient()], tmp_path)
    with at_the_clinic(app):
        account = session().scalars(select(Account).where(Account.email == NOOR)).one()
        email_addresses.ask(account.id, "noor.new@patients.example")
        email_addresses.take_up(session().scalars(select(NewAddress)).one())

    result = imported(app, [patient(), related_person(email=NOOR)], tmp_path)

    assert "has the patient’s own email" in reasons(result, "RelatedPerson/rp1")
    assert one(app, select(RelatedPerson).where(RelatedPerson.external_id == "rp1")).relative_id is None


def test_a_related_person_who_moves_to_another_patient_takes_nothing_along(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    other = patient("p2", name=[{"given": ["Robin"]}], telecom=[])

    summary = imported(app, [*everything(rp1=related_person(who="p2")), other], tmp_path)

    assert "another patient before" in reasons(summary, "RelatedPerson/rp1")
    assert sees(app)["people"] == []


def test_somebody_marked_as_not_active_is_not_linked(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)

    summary = imported(app, everything(rp1=related_person(active=False)), tmp_path)

    assert "not active" in reasons(summary, "RelatedPerson/rp1")
    assert sees(app)["people"] == []


def test_a_relative_without_a_name_is_not_kept(app: Flask, tmp_path: Path) -> None:
    summary = imported(app, everything(rp1=related_person(name=[])), tmp_path)

    assert "has no name" in reasons(summary, "RelatedPerson/rp1")
    assert "no relative here" in reasons(summary, "Consent/c1")


def test_staff_are_found_by_email_and_never_made_here(app: Flask, tmp_path: Path) -> None:
    unknown = BEN_PRACTICES | {"id": "new", "telecom": [{"system": "email", "value": "new@riverbend.example"}]}

    summary = imported(app, [*everything(), unknown], tmp_path)

    assert one(app, select(StaffMember).where(StaffMember.external_id == "ben")).name == "Ben Osei"
    assert "no member of staff" in reasons(summary, "Practitioner/new")


def test_a_role_stands_for_its_practitioner(app: Flask, tmp_path: Path) -> None:
    role = {"resourceType": "PractitionerRole", "id": "th1", "practitioner": {"reference": "Practitioner/ben"}}
    story = everything()
    for resource in story:
        for participant in resource.get("participant", []):
            if participant["actor"]["reference"] == "Practitioner/ben":
                participant["actor"]["reference"] = "PractitionerRole/th1"

    imported(app, [role, *story], tmp_path)

    assert [booking["with"] for booking in sees(app)["bookings"]] == ["Ben Osei"]


def test_a_general_practitioner_who_holds_family_sessions_joins_the_care_team(app: Flask, tmp_path: Path) -> None:
    noor = patient(generalPractitioner=[{"reference": "Practitioner/ben"}, {"reference": "Practitioner/elsewhere"}])
    imported(app, everything(p1=noor), tmp_path)
    before = every_row(app)

    imported(app, everything(p1=noor), tmp_path)

    assert every_row(app) == before
    assert {time["with"] for time in sees(app)["open_times"]} == {"Ben Osei"}
    assert one(app, select(CareTeamMember).join(Patient, Patient.id == CareTeamMember.patient_id)
               .where(Patient.external_id == "p1"))  # fmt: skip


def test_two_people_of_one_bundle_can_share_everything_but_the_account(app: Flask, tmp_path: Path) -> None:
    alex = related_person("rp2", "alex@families.example", name=[{"text": "Alex van Haddad"}], relationship=[])

    imported(app, [patient(), related_person(), alex, *AROUND], tmp_path)

    person = one(app, select(RelatedPerson).where(RelatedPerson.external_id == "rp2"))
    assert (person.name, person.relation, person.colour) == ("Alex van Haddad", "", "dusk")
