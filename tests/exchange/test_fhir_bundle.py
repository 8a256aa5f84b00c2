"""A bundle is taken in as a whole, in any order, as often as one likes, or not at all."""

from __future__ import annotations

import copy
import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.db import rollback
from portal.exchange import fhir_import, fhir_read
from portal.exchange.fhir_bundle import BadBundle
from tests.exchange.bundles import (
    ANA,
    bundle,
    communication,
    consent,
    every_row,
    everything,
    family_session,
    import_file,
    imported,
    patient,
    provision,
    reasons,
    refused,
    related_person,
    run,
    sees,
    tonight,
)


@pytest.mark.both_databases
def test_a_whole_bundle_becomes_what_the_relative_may_see(app: Flask, tmp_path: Path) -> None:
    summary = imported(app, everything(), tmp_path)

    assert summary == {
        "created": {"Appointment": 2, "Communication": 1, "Consent": 1, "Patient": 1, "RelatedPerson": 1},
        "updated": {"Practitioner": 1},
        "unchanged": {},
        "needs_attention": [],
        "left_out": {"Location": 1, "Organization": 1},
    }
    seen = sees(app)
    assert seen["people"] == [
        {"name": "Noor", "scopes": ["times", "family", "going"], "email": "notice", "until": "2027-02-12"}
    ]
    assert [one["place"] for one in seen["schedule"]] == ["Room 1"]
    assert [one["with"] for one in seen["bookings"]] == ["Ben Osei"]
    assert [one["text"] for one in seen["updates"]] == ["Sleep comes back.\n\nBe patient."]


@pytest.mark.both_databases
def test_the_same_bundle_again_writes_nothing_at_all(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)
    before = every_row(app)

    summary = imported(app, everything(), tmp_path)

    assert every_row(app) == before
    assert summary["created"] == summary["updated"] == {}
    assert sum(summary["unchanged"].values()) == 7


def test_a_dry_run_says_the_same_and_stores_nothing(app: Flask, tmp_path: Path) -> None:
    before = every_row(app)

    rehearsed = imported(app, everything(), tmp_path, "--dry-run")

    assert every_row(app) == before
    assert rehearsed == imported(app, everything(), tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_the_bundle_does_not_matter(app: Flask, tmp_path: Path, seed: int) -> None:
    shuffled = everything()
    random.Random(seed).shuffle(shuffled)

    imported(app, shuffled, tmp_path)

    seen = sees(app)
    assert [len(seen[name]) for name in ("people", "schedule", "bookings", "updates")] == [1, 1, 1, 1]


def test_a_transaction_may_refer_by_urn_or_by_full_address(app: Flask, tmp_path: Path) -> None:
    noor, ana = patient(), related_person(patient={"reference": "urn:uuid:0b1d8c1e-0000-4000-8000-000000000001"})
    del noor["id"]
    form = consent(patient={"reference": "urn:uuid:0b1d8c1e-0000-4000-8000-000000000001"}, performer=[])
    form["provision"]["provision"][0]["actor"][0]["reference"] = {
        "reference": "https://ehr.example/fhir/RelatedPerson/rp1/_history/3"
    }
    entries = [
        {"fullUrl": "urn:uuid:0b1d8c1e-0000-4000-8000-000000000001", "resource": noor, "request": POST},
        {"fullUrl": "https://ehr.example/fhir/RelatedPerson/rp1", "resource": ana, "request": POST},
        {"resource": form, "request": {"method": "PUT", "url": "Consent/c1"}},
    ]

    result = import_file(app, bundle([], type="transaction", entry=entries), tmp_path)

    assert result.exit_code == 0, result.output
    assert [person["name"] for person in sees(app)["people"]] == ["Noor"]


POST = {"method": "POST", "url": "Patient"}


def test_a_later_bundle_may_refer_to_what_an_earlier_one_brought(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(), tmp_path)

    imported(app, [communication("u2", topic={"text": "The next weeks"})], tmp_path)

    assert {one["title"] for one in sees(app)["updates"]} == {"The first weeks", "The next weeks"}


def test_what_the_portal_has_no_place_for_is_counted(app: Flask, tmp_path: Path) -> None:
    observation = {"resourceType": "Observation", "id": "o1", "note": "not even valid"}

    summary = imported(app, [*everything(), observation, observation], tmp_path)

    assert summary["left_out"] == {"Location": 1, "Observation": 2, "Organization": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not JSON, line 1"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "something else than a FHIR Bundle"),
        (b"[" * 100_000, "nesting is out of bounds"),
        (b'{"resourceType": "Bundle", "type": "collection", "total": NaN}', "out of bounds"),
        ({"resourceType": "Patient"}, "something else than a FHIR Bundle"),
        (bundle([], type="batch"), "type must be collection or transaction"),
        (bundle([], entry=3), "entry must be a list"),
        (bundle([], entry=[{"fullUrl": "x"}]), "entry.0 holds no resource"),
        (bundle([], entry=[{"resource": {"id": "x"}}]), "resourceType is missing"),
        (bundle([patient(id_="with space")]), "entry.0 (Patient): id"),
        (bundle([patient(), patient()]), "Patient/p1: is in the bundle twice"),
        (bundle([patient(favourite="tea")]), "Patient/p1: favourite Extra inputs"),
        (bundle([patient(name="Noor")]), "Patient/p1: name Input should be a valid list"),
        (bundle([patient(birthDate="1982-02-30")]), "Patient/p1: birthDate"),
        (bundle([patient(name=[])]), "Patient/p1: name is missing"),
        (bundle([patient(name=[{"family": "x" * 121}])]), "Patient/p1: name.given is longer than 120"),
        (bundle([patient(name=[{"family": "No\x00or"}])]), "Patient/p1: holds a character"),
        (bundle([patient(name=[{"family": "\ud83d"}])]), "Patient/p1: name.0.family"),
        (bundle([related_person()]), "RelatedPerson/rp1: patient names Patient/p1"),
        (bundle([patient(), related_person(patient={"display": "Noor"})]), "RelatedPerson/rp1: patient is missing"),
        (bundle(everything(c1=consent(patient={"reference": "Patient/px"}))), "Consent/c1: patient names Patient/px"),
        (bundle(everything(c1=consent(performer=[{"reference": "RelatedPerson/x"}]))), "Consent/c1: performer names"),
        (bundle(everything(c1=consent(status="signed"))), "Consent/c1: status must be one of"),
        (
            bundle(everything(c1=consent(provision(period={"start": "2026-11-16", "end": "soon"})))),
            "Consent/c1: provision.provision.0.period.end",
        ),
        (bundle(everything(c1=consent(verification=[{"verified": "yes"}]))), "verification.verified must be true or"),
        (bundle(everything(a1=tonight("a1", "Patient/px"))), "Appointment/a1: participant.0.actor names Patient/px"),
        (bundle(everything(a1=tonight("a1", "Patient/p1", "Location/x"))), "names Location/x, which is not"),
        (bundle(everything(a1=tonight(end="2026-11-23T18:00:00-06:00"))), "Appointment/a1: end must be after"),
        (bundle(everything(a1=tonight(start="tonight"))), "Appointment/a1: start"),
        (bundle(everything(a1=tonight(status="done"))), "Appointment/a1: status"),
        (bundle(everything(u1=communication(subject={"reference": "Patient/px"}))), "Communication/u1: subject names"),
        (bundle(everything(u1=communication(topic={"text": "x" * 201}))), "topic.text is longer than 200"),
        (bundle(everything(u1=communication(sender={"reference": "Practitioner/x"}))), "u1: sender names"),
        (bundle(everything(f1=family_session(end="16:00"))), "Appointment/f1: end must be after"),
        (
            bundle([], entry=[{"resource": patient(), "request": {"method": "DELETE", "url": "Patient/p1"}}]),
            "request.method must be POST or PUT",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_bundle_with_something_wrong_is_refused_and_the_place_named(
    app: Flask, tmp_path: Path, content: object, said: str
) -> None:
    assert said in refused(app, content, tmp_path)


def test_a_file_that_is_not_there_is_said_in_one_sentence(app: Flask, tmp_path: Path) -> None:
    result = run(app, "import-fhir", str(tmp_path / "nowhere.json"))

    assert result.exit_code != 0
    assert "does not exist" in result.stderr


def test_somebody_whose_email_is_no_address_is_kept_without_an_account(app: Flask, tmp_path: Path) -> None:
    summary = imported(app, everything(rp1=related_person(email="ana at home")), tmp_path)

    assert "no address" in reasons(summary, "RelatedPerson/rp1")
    assert sees(app)["people"] == []


OTHER_THINGS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from([[], {}, "9" * 300, "0001-01-01"])
)


@settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_a_bundle_bent_anywhere_is_taken_in_or_cleanly_refused(app: Flask, data: st.DataObject) -> None:
    bent, nothing_of_it = copy.deepcopy(bundle(everything())), every_row(app)
    for _ in range(data.draw(st.integers(1, 3))):
        bend(bent, data)
    raw = json.dumps(bent).encode()
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw)))]
    with app.app_context():
        with suppress(BadBundle):
            fhir_import.take_in(fhir_read.read(raw), dry_run=True)
        rollback()
    assert every_row(app) == nothing_of_it


def bend(value: Any, data: st.DataObject) -> None:
    """Walk to some place in the JSON and put something else there, or take it away."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and value[key] and data.draw(st.integers(0, 5)):
            value = value[key]
            continue
        if data.draw(st.booleans()):
            value[key] = data.draw(OTHER_THINGS)
        else:
            del value[key]
        return


def test_nobody_is_told_apart_by_letters_in_their_email(app: Flask, tmp_path: Path) -> None:
    imported(app, everything(rp1=related_person(email=" ANA@Families.Example ")), tmp_path)

    assert [person["name"] for person in sees(app, ANA)["people"]] == ["Noor"]
