"""flask sees: what a relative sees now, and flask why: the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from portal.cast import (
    ALEX,
    BEN,
    DANA,
    ENDED,
    ENDED_SOONER,
    INCOMPLETE,
    INVALID,
    LEFT,
    MINOR_ALONE,
    NARROWED,
    NEVER_LINKED,
    NO_AUTHORITY,
    NOT_ACCEPTED,
    NOT_BEGUN,
    OF_AGE,
    ON_HOLD,
    PAT,
    PATIENT_ON_HOLD,
    PAUSED,
    PRIYA,
    SAM,
    SEES_NOTHING,
    STOPPED,
    UNSIGNED,
    UNVERIFIED,
    Person,
    Stranger,
)
from portal.consent.live import CONDITIONS
from portal.db import session
from portal.exchange.why_words import SENTENCES
from portal.models import Consent, FamilyUpdate, RecordEntry, RelatedPerson, ScheduleEntry
from portal.refs import ref_for
from tests.exchange.bundles import every_row, run, sees

NOTHING: dict[str, list[Any]] = {"people": [], "schedule": [], "bookings": [], "open_times": [], "updates": []}


@pytest.mark.both_databases
def test_dana_sees_both_of_hers_in_the_order_of_time(app: Flask) -> None:
    seen = sees(app, "DANA@example.org")

    assert (seen["viewer"], seen["now"]) == (DANA.email, "2026-11-23T08:30:00-06:00")
    assert [(one["name"], one["scopes"], one["email"]) for one in seen["people"]] == [
        ("Robin", ["times"], "notice"),
        ("Sam", ["times", "family", "going", "plan"], "notice"),
    ]
    assert {one["person"] for one in seen["schedule"]} == {"Robin", "Sam"}
    for name in ("schedule", "bookings", "open_times"):
        assert [one["start"] for one in seen[name]] == sorted(one["start"] for one in seen[name])
    assert [one["published"] for one in seen["updates"]] == sorted(one["published"] for one in seen["updates"])
    assert {"person", "start", "end", "kind", "status", "place"} == set(seen["schedule"][0])
    assert {"person", "start", "end", "with", "status"} == set(seen["bookings"][0])
    assert {"person", "with", "start", "end", "mode"} == set(seen["open_times"][0])
    assert {"person", "title", "kind", "published", "text"} == set(seen["updates"][0])


def test_open_times_are_those_of_the_care_team_in_each_way_to_meet(app: Flask) -> None:
    times = sees(app, DANA.email)["open_times"]

    assert {time["with"] for time in times} == {BEN.name}
    assert {time["mode"] for time in times} == {"online", "in person"}


@pytest.mark.parametrize("stranger", SEES_NOTHING, ids=lambda one: one.way)
def test_every_no_looks_the_same(app: Flask, stranger: Stranger) -> None:
    seen = sees(app, stranger.person.email)

    assert {name: seen[name] for name in NOTHING} == NOTHING


@pytest.mark.parametrize("person", [SAM, PRIYA, PAT])
def test_somebody_who_is_no_relative_or_no_longer_sees_nothing(app: Flask, person: Person) -> None:
    seen = sees(app, person.email)

    assert {name: seen[name] for name in NOTHING} == NOTHING


def test_looking_for_somebody_counts_as_no_look(app: Flask) -> None:
    before = every_row(app)

    sees(app, DANA.email)

    assert every_row(app) == before
    with app.app_context():
        g.reading = True
        assert session().scalar(select(func.count()).select_from(RecordEntry))


def test_days_narrow_what_is_listed(app: Flask) -> None:
    result = run(app, "sees", DANA.email, "--from", "2026-11-25", "--to", "2026-11-25")
    seen = json.loads(result.stdout)

    assert {one["start"][:10] for one in seen["schedule"]} == {"2026-11-25"}
    assert {one["start"][:10] for one in seen["open_times"]} == {"2026-11-25"}
    assert (len(seen["people"]), seen["bookings"], seen["updates"]) == (2, [], [])


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "11/25/2026"])
def test_a_day_that_is_none_is_refused(app: Flask, day: str) -> None:
    assert run(app, "sees", DANA.email, "--from", day).exit_code != 0


# why


def why(app: Flask, *arguments: str) -> dict[str, Any]:
    result = run(app, "why", *arguments)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["words"] in result.stderr
    return answer


def ref(app: Flask, query: Any) -> str:
    with app.app_context():
        g.reading = True
        return str(session().scalars(query).first())


GOING = select(FamilyUpdate.ref).where(FamilyUpdate.scope == "going")


def test_why_names_the_consent_that_shows_an_update(app: Flask) -> None:
    answer = why(app, DANA.email, "update", ref(app, GOING))

    assert answer["shown"]
    assert [one["scope"] for one in answer["consents"] if one["live"]] == ["going"]
    assert answer["words"].startswith("Shown under consent")


def test_why_finds_a_thing_by_the_viewers_own_label(app: Flask) -> None:
    with app.app_context():
        g.reading = True
        from portal.models import Account

        account_ref = session().scalars(select(Account.ref).where(Account.email == DANA.email)).one()
        label = ref_for(account_ref, ref(app, GOING))

    assert why(app, DANA.email, "update", label)["shown"]


@pytest.mark.parametrize("stranger", [one for one in SEES_NOTHING if one.fails], ids=lambda one: one.way)
def test_why_names_the_one_condition_that_fails(app: Flask, stranger: Stranger) -> None:
    with app.app_context():
        g.reading = True
        person = select(RelatedPerson.ref).where(RelatedPerson.email == stranger.person.email)
        label = str(session().scalars(person).one())

    answer = why(app, stranger.person.email, "person", label)

    assert not answer["shown"]
    failing = {name for one in answer["consents"] for name, held in one["conditions"].items() if not held}
    assert failing == {stranger.fails}
    assert f"“{stranger.fails}”" in answer["words"]


MENDED: dict[Stranger, tuple[str, ...]] = {
    NOT_ACCEPTED: ("have not accepted the invitation", "send a new one"),
    NOT_BEGUN: ("begins on 2026-11-24", "Nothing needs mending"),
    NARROWED: ("turned this off on 2026-11-22", "have to sign"),
    PAUSED: ("paused all sharing on 2026-11-22", "Only they can start it again"),
    STOPPED: ("stopped on 2026-11-22", "can sign a new one"),
    ENDED: ("It ended on 2026-11-22.", "can sign a new one"),
    LEFT: ("left the program on 2026-11-22", "can sign a new one"),
    ON_HOLD: ("with this person is on hold on 2026-11-22", "Ask the privacy officer"),
    PATIENT_ON_HOLD: ("All sharing of this patient is on hold on 2026-11-22", "Ask the privacy officer"),
    UNSIGNED: ("dated 2026-11-24", "counts from then on"),
    INCOMPLETE: ("42 CFR 2.31(a) asks for: (5) the purpose.", "sign a form that says all of it"),
    MINOR_ALONE: ("a minor until", "no parent has signed (42 CFR 2.14)", "Both have to sign"),
    OF_AGE: ("came of age on 2026-01-05", "The patient has to sign alone"),
    UNVERIFIED: ("signed on paper", "A second person has to check it"),
    INVALID: ("marked invalid on 2026-11-22", "can sign a new one"),
    ENDED_SOONER: ("signed until 2027-02-12, and an earlier end was chosen: 2026-11-22", "can sign a new one"),
    NO_AUTHORITY: ("does not say by what right", "Only a form that says it counts"),
}


@pytest.mark.parametrize("stranger", [one for one in SEES_NOTHING if one.fails], ids=lambda one: one.way)
def test_why_says_what_is_wrong_and_what_would_mend_it(app: Flask, stranger: Stranger) -> None:
    label = ref(app, select(RelatedPerson.ref).where(RelatedPerson.email == stranger.person.email))

    answer = why(app, stranger.person.email, "person", label)

    [sentence] = {words for one in answer["consents"] for words in one["failing"].values()}
    assert [part for part in MENDED[stranger] if part not in sentence] == []
    assert sentence in answer["words"]


def test_there_is_a_sentence_for_every_condition_of_the_rule() -> None:
    assert list(SENTENCES) == list(CONDITIONS)


@pytest.mark.parametrize(
    ("column", "element"),
    [
        ("discloser", "(2) who may share"), ("purpose", "(5) the purpose"), ("how_to_stop", "(6) how to stop"),
        ("signer_name", "(8) a signature"), ("signed_on", "(9) the day it was signed"), ("ends_at", "(7) an end"),
    ],
)  # fmt: skip
def test_why_names_the_element_of_the_law_that_is_missing(app: Flask, column: str, element: str) -> None:
    with app.app_context():
        person = session().scalars(select(RelatedPerson).where(RelatedPerson.email == PAT.email)).one()
        consent = session().scalars(select(Consent).where(Consent.related_person_id == person.id)).one()
        setattr(consent, column, None if column in ("signed_on", "ends_at") else "")
        label = person.ref
        session().commit()

    sentence = why(app, PAT.email, "person", label)["consents"][0]["failing"]["complete"]

    assert sentence.startswith(f"It lacks what 42 CFR 2.31(a) asks for: {element}.")


def test_boxes_that_fail_alike_are_told_of_once(app: Flask) -> None:
    label = ref(app, select(RelatedPerson.ref).where(RelatedPerson.email == STOPPED.person.email))

    words = why(app, STOPPED.person.email, "person", label)["words"]

    assert words.count("It was stopped") == 1
    assert "(times, kind, place, family, going, plan, leave)" in words


def test_why_says_what_is_not_covered_by_any_consent(app: Flask) -> None:
    answer = why(app, ALEX.email, "update", ref(app, GOING))

    assert (answer["shown"], answer["consents"]) == (False, [])
    assert "no consent of the patient for this relative covers it" in answer["words"]


def test_why_says_when_the_row_itself_is_hidden(app: Flask) -> None:
    with app.app_context():
        entry = session().scalars(select(ScheduleEntry)).first()
        assert entry is not None
        entry.is_hidden = True
        session().commit()
        label = entry.ref

    assert "the session is hidden" in why(app, DANA.email, "schedule", label)["words"]


def test_why_answers_for_somebody_who_is_nobody(app: Flask) -> None:
    assert "Nobody with this email" in why(app, "nobody@example.org", "update", ref(app, GOING))["words"]
    assert "no consent" in why(app, NEVER_LINKED.person.email, "update", ref(app, GOING))["words"]
    assert why(app, STOPPED.person.email, "update", ref(app, GOING))["shown"] is False


def test_why_refuses_a_label_that_is_none(app: Flask) -> None:
    result = run(app, "why", DANA.email, "booking", "nothing")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no booking nothing" in result.stderr
