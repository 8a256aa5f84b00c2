"""A consent signed elsewhere shares exactly what it says, and nothing when an element is missing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.db import session
from portal.emails import outbox
from portal.models import Account, Consent, OutgoingEmail, Patient, RelatedPerson
from portal.services import consents
from tests.conftest import Clock, at_the_clinic
from tests.exchange.bundles import (
    ANA,
    SCOPE,
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

NEWER = "2026-11-20T10:00:00-06:00"


def scopes(app: Flask, email: str = ANA) -> list[str]:
    """What Noor shares with somebody."""
    return next((person["scopes"] for person in sees(app, email)["people"]), [])


def stored(app: Flask, external_id: str = "c1") -> Consent | None:
    with app.app_context():
        g.reading = True
        return session().scalar(select(Consent).where(Consent.external_id == external_id))


def with_c1(**more: Any) -> list[dict[str, Any]]:
    return everything(c1=consent(**more))


LACKING = [
    ("organization", consent(organization=[]), "organization"),
    ("scopes", consent(provision(scopes=["email-notice"])), "what may be seen"),
    ("purpose", consent(provision(purpose=[])), "purpose"),
    ("end", consent(provision(period={"start": "2026-11-16"})), "beginning and an end"),
    ("beginning", consent(provision(period={"end": "2027-02-12"})), "beginning and an end"),
    ("end of the world", consent(provision(period={"start": "2026-11-16", "end": "9999-12-31"})), "an end"),
    ("only a month", consent(provision(period={"start": "2026-11-16", "end": "2027-02"})), "an end"),
    ("order", consent(provision(period={"start": "2026-11-16", "end": "2026-11-10"})), "an end after"),
    ("verification", consent(verification=[]), "verified signature"),
    ("verified", consent(verification=[{"verified": False}]), "verified signature"),
    ("day", consent(dateTime="2026-11"), "day it was signed"),
]


@pytest.mark.parametrize(("form", "said"), [row[1:] for row in LACKING], ids=[row[0] for row in LACKING])
def test_a_form_that_lacks_an_element_is_kept_named_and_shares_nothing(
    app: Flask, tmp_path: Path, form: dict[str, Any], said: str
) -> None:
    summary = imported(app, everything(c1=form), tmp_path)

    assert said in reasons(summary, "Consent/c1")
    assert scopes(app) == []
    row = stored(app)
    assert row is not None
    assert row.not_usable_because


def test_a_form_that_is_completed_later_shares_then(app: Flask, tmp_path: Path) -> None:
    imported(app, with_c1(organization=[]), tmp_path)

    summary = imported(app, everything(), tmp_path)

    assert scopes(app) == ["times", "family", "going"]
    assert (summary["updated"], summary["needs_attention"]) == ({"Consent": 1}, [])


def test_a_form_that_loses_an_element_shares_nothing_more(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)

    imported(app, everything(c1=consent(provision(purpose=[]))), tmp_path)

    assert scopes(app) == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (consent(patient=None), "does not name the patient"),
        (consent(provision(actor=[])), "names nobody who may see"),
        (consent(provision(who="unknown")), "RelatedPerson/unknown as recipient, no relative here"),
    ],
)
def test_a_form_that_joins_nobody_is_named_and_shares_nothing(
    app: Flask, tmp_path: Path, form: dict[str, Any], said: str
) -> None:
    form = {name: value for name, value in form.items() if value is not None}

    summary = imported(app, everything(c1=form), tmp_path)

    assert said in reasons(summary, "Consent/c1")
    assert scopes(app) == []


def test_a_form_for_somebody_elses_relative_shares_nothing(app: Flask, tmp_path: Path) -> None:
    other = patient("p2", name=[{"given": ["Robin"]}], telecom=[])

    summary = imported(app, [*everything(rp1=related_person(who="p2")), other], tmp_path)

    assert "belongs to another patient" in reasons(summary, "Consent/c1")
    assert sees(app)["people"] == []


@pytest.mark.parametrize("status", ["inactive", "rejected", "entered-in-error"])
@pytest.mark.both_databases
def test_an_ended_form_ends_the_sharing_and_stays_ended(app: Flask, tmp_path: Path, status: str) -> None:
    imported(app, everything(), tmp_path)

    imported(app, with_c1(status=status), tmp_path)
    assert scopes(app) == []

    summary = imported(app, everything(), tmp_path)
    assert "stays ended" in reasons(summary, "Consent/c1")
    assert scopes(app) == []


@pytest.mark.parametrize("status", ["draft", "proposed", "inactive", "rejected", "entered-in-error"])
def test_a_form_that_is_not_active_shares_nothing(app: Flask, tmp_path: Path, status: str) -> None:
    imported(app, with_c1(status=status), tmp_path)

    assert scopes(app) == []


def test_a_proposed_form_shares_once_it_is_active(app: Flask, tmp_path: Path) -> None:
    imported(app, with_c1(status="proposed"), tmp_path)

    imported(app, everything(), tmp_path)

    assert scopes(app) == ["times", "family", "going"]


@pytest.mark.both_databases
def test_what_the_patient_stopped_here_is_not_brought_back(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    with at_the_clinic(app):
        person = session().scalars(select(RelatedPerson).where(RelatedPerson.external_id == "rp1")).one()
        consents.stop(person.patient_id, person.id)

    summary = imported(app, everything(), tmp_path)
    imported(app, with_c1(dateTime=NEWER), tmp_path)

    assert "stays ended" in reasons(summary, "Consent/c1")
    assert scopes(app) == []


def test_what_the_patient_turned_off_here_stays_off(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    with at_the_clinic(app):
        person = session().scalars(select(RelatedPerson).where(RelatedPerson.external_id == "rp1")).one()
        consents.narrow(person.patient_id, person.id, "going")  # type: ignore[arg-type]

    summary = imported(app, everything(), tmp_path)

    assert "going was turned off" in reasons(summary, "Consent/c1")
    assert scopes(app) == ["times", "family"]


def test_less_is_shared_at_once_and_more_needs_a_newer_signature(app: Flask, tmp_path: Path, clock: Clock) -> None:
    imported(app, everything(), tmp_path)
    less, more = consent(provision(scopes=["times"])), consent(provision(scopes=["times", "plan", "family"]))

    imported(app, everything(c1=less), tmp_path)
    assert scopes(app) == ["times"]

    summary = imported(app, everything(c1=more), tmp_path)
    assert "plan was added without a newer signature" in reasons(summary, "Consent/c1")
    assert scopes(app) == ["times"]

    clock.forward(hours=2)
    imported(app, everything(c1=more | {"dateTime": "2026-11-23T09:00:00-06:00"}), tmp_path)
    assert scopes(app) == ["times", "family", "plan"]


@pytest.mark.both_databases
def test_an_end_after_more_than_twelve_months_is_cut_and_named(app: Flask, tmp_path: Path) -> None:
    long = with_c1(provision={"provision": [provision(period={"start": "2026-11-16", "end": "2029-11-16"})]})
    first = imported(app, long, tmp_path)
    before = every_row(app)
    again = imported(app, long, tmp_path)

    said = "ends more than 12 months after it was signed, so here it ends on 2027-11-16."
    assert reasons(first, "Consent/c1") == reasons(again, "Consent/c1") == said
    assert sees(app)["people"][0]["until"] == "2027-11-16"
    assert (again["updated"], every_row(app)) == ({}, before)


def test_an_end_after_twelve_months_to_the_day_stands(app: Flask, tmp_path: Path) -> None:
    summary = imported(
        app, everything(c1=consent(provision(period={"start": "2026-11-16", "end": "2027-11-16"}))), tmp_path
    )

    assert summary["needs_attention"] == []
    assert sees(app)["people"][0]["until"] == "2027-11-16"


def test_what_came_in_before_without_a_limit_is_cut_the_next_time(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    with at_the_clinic(app):
        row = session().scalars(select(Consent).where(Consent.external_id == "c1")).one()
        row.ends_on, row.ends_at = dt.date(2029, 1, 1), dt.datetime(2029, 1, 2, 6, tzinfo=dt.UTC)
    imported(app, everything(c1=consent(provision(period={"start": "2026-11-16", "end": "2029-01-01"}))), tmp_path)

    assert sees(app)["people"][0]["until"] == "2027-11-16"


def test_a_later_end_needs_a_newer_signature_and_an_earlier_one_none(app: Flask, tmp_path: Path) -> None:
    def until(day: str, **more: Any) -> str:
        period = {"start": "2026-11-16", "end": day}
        imported(app, everything(c1=consent(provision(period=period), **more)), tmp_path)
        return str(sees(app)["people"][0]["until"])

    assert until("2027-02-12") == "2027-02-12"
    assert until("2027-01-31") == "2027-01-31"
    assert until("2027-03-31") == "2027-01-31"
    assert until("2027-03-31", dateTime=NEWER) == "2027-03-31"


@pytest.mark.parametrize(
    ("end", "last_moment", "until"),
    [
        ("2026-11-30", "2026-11-30T23:59:59-06:00", "2026-11-30"),
        ("2026-11-30T12:00:00-06:00", "2026-11-30T11:59:59-06:00", "2026-11-30"),
        ("2026-11-30T03:00:00Z", "2026-11-29T20:59:59-06:00", "2026-11-29"),
    ],
)
def test_a_day_ends_at_midnight_at_the_clinic_and_an_instant_then(
    app: Flask, tmp_path: Path, clock: Clock, end: str, last_moment: str, until: str
) -> None:
    import datetime as dt

    imported(app, everything(c1=consent(provision(period={"start": "2026-11-16", "end": end}))), tmp_path)

    clock.set(dt.datetime.fromisoformat(last_moment))
    assert [person["until"] for person in sees(app)["people"]] == [until]
    clock.forward(seconds=1)
    assert sees(app)["people"] == []


def test_each_recipient_of_one_form_has_their_own_terms(app: Flask, tmp_path: Path) -> None:
    alex = related_person("rp2", "alex@families.example")
    form = consent(provision(scopes=["times"]), provision("rp2", ["leave", "email-times"]))

    imported(app, [*everything(c1=form), alex], tmp_path)
    assert (scopes(app), scopes(app, "alex@families.example")) == (["times"], ["leave"])

    before = every_row(app)
    imported(app, [*everything(c1=form), alex], tmp_path)
    assert every_row(app) == before

    imported(app, [*everything(c1=consent(provision(scopes=["times"]))), alex], tmp_path)
    assert (scopes(app), scopes(app, "alex@families.example")) == (["times"], [])


@pytest.mark.parametrize(
    ("codes", "level"),
    [(["times"], "none"), (["times", "email-notice"], "notice"), (["times", "email-times"], "times")],
)
def test_how_much_an_email_may_say_is_a_code_of_its_own(
    app: Flask, tmp_path: Path, codes: list[str], level: str
) -> None:
    imported(app, everything(c1=consent(provision(scopes=codes))), tmp_path)

    assert [person["email"] for person in sees(app)["people"]] == [level]


def test_a_denied_code_is_not_shared_and_an_unknown_one_is_named(app: Flask, tmp_path: Path) -> None:
    deny = {"type": "deny", "code": [{"coding": [{"system": SCOPE, "code": "going"}]}]}

    summary = imported(
        app, everything(c1=consent(provision(scopes=["times", "going", "notes"], provision=[deny]))), tmp_path
    )

    assert scopes(app) == ["times"]
    assert "share nothing here: notes" in reasons(summary, "Consent/c1")


def test_the_purpose_is_said_in_plain_words(app: Flask, tmp_path: Path) -> None:
    own = {"code": "OTHER", "display": "So Ana can drive me"}

    imported(app, everything(c1=consent(provision(purpose=[{"code": "SUPNWK"}, own]))), tmp_path)

    row = stored(app)
    assert row is not None
    assert row.purpose == "So they can support me; So Ana can drive me"
    assert (row.how_signed, row.signer_name, row.discloser) == (
        "paper", "Noor J. Haddad", "Riverbend Recovery Services LLC",
    )  # fmt: skip


def test_a_minors_form_needs_a_parent_too(app: Flask, tmp_path: Path) -> None:
    minor = patient(birthDate="2010-05-06")

    summary = imported(app, everything(p1=minor), tmp_path)
    assert "a parent must sign too" in reasons(summary, "Consent/c1")
    assert scopes(app) == []

    both = consent(performer=[{"reference": "Patient/p1"}, {"reference": "RelatedPerson/rp1"}])
    imported(app, everything(p1=minor, c1=both), tmp_path)
    assert scopes(app) == ["times", "family", "going"]


@pytest.mark.both_databases
def test_an_import_that_ends_a_form_withholds_the_mail_that_waits(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    with at_the_clinic(app):
        noor = session().scalars(select(Patient.id).where(Patient.external_id == "p1")).one()
        ana = session().scalars(select(Account.id).where(Account.email == ANA)).one()
        outbox.queue("update_posted", to=ana, patient_id=noor, about_id=1)

    imported(app, with_c1(status="inactive"), tmp_path)

    with app.app_context():
        g.reading = True
        waited = dict(
            session()
            .execute(select(OutgoingEmail.message, OutgoingEmail.outcome).where(OutgoingEmail.account_id == ana))
            .all()
        )
        assert waited == dict.fromkeys(("update_posted", "reminder_tomorrow", "reminder_soon"), outbox.WITHHELD)
