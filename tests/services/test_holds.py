"""A hold stops sharing at the next read, tells nobody why, and can only ever restrict."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, ON_HOLD, PATIENT_ON_HOLD, ROBIN, RUTH, SAM
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared, Refused
from portal.models import Act, Consent, ConsentScope, Hold, HoldKind, Patient, RecordEntry, RelatedPerson
from portal.services import holds
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.looking import account_of, mail_to, patient_named, related_id, rows, sees, staff

WHY = "A letter from a court, being checked."


def place(app: Flask, relative: object = None, *, kind: str = HoldKind.PRIVACY, reason: str = WHY) -> str:
    sam = patient_id(app, SAM)
    whom = related_id(app, sam, relative) if relative else None  # type: ignore[arg-type]
    with at_the_clinic(app):
        return holds.place(sam, whom, kind=kind, reason=reason, by=staff(RUTH)).ref


def release(app: Flask, ref: str) -> None:
    with at_the_clinic(app):
        holds.release(ref, by=staff(RUTH))


@pytest.mark.both_databases
def test_a_hold_on_one_person_ends_what_they_see_and_nothing_else(app: Flask) -> None:
    sam = patient_id(app, SAM)
    place(app, DANA)

    assert sees(app, DANA, sam) == set()
    assert sees(app, ALEX, sam) != set()
    assert sees(app, DANA, patient_id(app, ROBIN)) == {"times"}


@pytest.mark.both_databases
def test_a_hold_on_all_sharing_ends_what_everybody_sees(app: Flask) -> None:
    place(app)

    assert sees(app, DANA, patient_id(app, SAM)) == sees(app, ALEX, patient_id(app, SAM)) == set()


@pytest.mark.both_databases
def test_mail_that_waits_is_withheld(app: Flask) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        for relative in (DANA, ALEX):
            outbox.queue("update_posted", to=account_of(app, relative), patient_id=sam, about_id=1)
    place(app, DANA)

    assert mail_to(app, DANA) == [("update_posted", "withheld", "sharing ended")]
    assert mail_to(app, ALEX) == [("update_posted", None, None)]


def test_the_patient_gets_the_notice_that_says_nothing_and_the_relative_none(app: Flask) -> None:
    place(app, DANA)

    assert mail_to(app, SAM) == [("sharing_changed", None, None)]
    assert mail_to(app, DANA) == []


def test_nobody_writes_to_the_mailbox_of_somebody_who_died(app: Flask) -> None:
    release(app, place(app, kind=HoldKind.DECEASED))

    assert mail_to(app, SAM) == []


@pytest.mark.both_databases
def test_what_somebody_signed_does_not_come_back_after_their_death(app: Flask) -> None:
    sam = patient_id(app, SAM)
    release(app, place(app, kind=HoldKind.DECEASED))

    assert sees(app, DANA, sam) == sees(app, ALEX, sam) == set()
    ended = rows(app, select(Consent.stopped_how).where(Consent.patient_id == sam, Consent.stopped_at == MORNING))
    assert set(ended) == {"deceased"}
    assert sees(app, DANA, patient_id(app, ROBIN)) == {"times"}
    names = select(RelatedPerson.name).join(RecordEntry, RecordEntry.related_person_id == RelatedPerson.id)
    assert {DANA.name, ALEX.name} <= set(rows(app, names.where(RecordEntry.act == Act.STOPPED)))


@pytest.mark.both_databases
def test_what_a_personal_representative_signs_meanwhile_counts_from_the_release(app: Flask, clock: Clock) -> None:
    sam = patient_id(app, SAM)
    ref = place(app, kind=HoldKind.DECEASED)
    clock.forward(hours=1)
    with at_the_clinic(app):
        by_sam = session().scalars(select(Consent).where(Consent.related_person_id == related_id(app, sam, DANA))).one()
        same = {one.key: getattr(by_sam, one.key) for one in Consent.__mapper__.column_attrs}
        more = {"id": None, "ref": "aaaaaaaaaa", "external_id": None, "signed_at": clock.moment,
                "signer_name": "Pat Rivera", "representative_authority": "Executor of the estate"}  # fmt: skip
        session().add(Consent(**(same | more), scopes=[ConsentScope(scope="plan")]))
    assert sees(app, DANA, sam) == set()
    release(app, ref)

    assert sees(app, DANA, sam) == {"plan"}
    assert sees(app, ALEX, sam) == set()


def test_a_released_hold_lets_sharing_go_on_as_it_was_signed(app: Flask) -> None:
    sam = patient_id(app, SAM)
    before = sees(app, DANA, sam)
    release(app, place(app, DANA))

    assert sees(app, DANA, sam) == before != set()


@pytest.mark.both_databases
def test_of_two_holds_both_have_to_be_released(app: Flask, clock: Clock) -> None:
    sam = patient_id(app, SAM)
    first = place(app, DANA)
    clock.forward(hours=1)
    second = place(app, DANA, reason="And a call from Sam.")
    release(app, first)

    assert sees(app, DANA, sam) == set()
    since = rows(app, select(RelatedPerson.on_hold_since).where(RelatedPerson.id == related_id(app, sam, DANA)))
    assert since == [clock.moment]
    release(app, second)
    assert sees(app, DANA, sam) != set()


def test_a_hold_on_all_sharing_outlasts_the_hold_on_one_person(app: Flask) -> None:
    everybody, dana = place(app), place(app, DANA)
    release(app, dana)

    assert sees(app, DANA, patient_id(app, SAM)) == set()
    release(app, everybody)
    assert sees(app, DANA, patient_id(app, SAM)) != set()


def test_the_same_hold_sent_twice_is_one_hold(app: Flask) -> None:
    ref = place(app, DANA)

    assert place(app, DANA) == ref
    release(app, ref)
    assert sees(app, DANA, patient_id(app, SAM)) != set()


def test_releasing_twice_is_releasing_once(app: Flask) -> None:
    ref = place(app, DANA)
    release(app, ref)
    release(app, ref)

    assert rows(app, select(RecordEntry.act).where(RecordEntry.act == Act.RELEASED)) == [Act.RELEASED]


def test_the_fast_rule_says_what_the_holds_say(app: Flask) -> None:
    """Those of the cast too: whoever is on hold is so because of an open hold."""
    place(app, ALEX)
    place(app)
    open_ones = rows(app, select(Hold).where(Hold.released_at.is_(None)))

    assert {hold.patient_id for hold in open_ones if hold.related_person_id is None} == set(
        rows(app, select(Patient.id).where(Patient.on_hold_since.is_not(None)))
    )
    assert {hold.related_person_id for hold in open_ones if hold.related_person_id is not None} == set(
        rows(app, select(RelatedPerson.id).where(RelatedPerson.on_hold_since.is_not(None)))
    )


@pytest.mark.parametrize("who", [ON_HOLD, PATIENT_ON_HOLD], ids=lambda one: one.way)
def test_releasing_the_only_hold_of_the_cast_opens_the_door_again(app: Flask, who: object) -> None:
    sam = patient_id(app, SAM) if who is ON_HOLD else patient_named(app, "Wren")
    open_ones = rows(app, select(Hold.ref).where(Hold.patient_id == sam, Hold.released_at.is_(None)))
    release(app, open_ones[0])

    assert sees(app, who.person, sam) != set()  # type: ignore[attr-defined]


def test_the_record_knows_who_held_what_and_not_why(app: Flask) -> None:
    release(app, place(app, DANA))
    lines = rows(app, select(RecordEntry).where(RecordEntry.act.in_((Act.HELD, Act.RELEASED))).order_by(RecordEntry.id))

    sam = patient_id(app, SAM)
    assert [(line.act, line.door, line.patient_id, line.related_person_id, line.account_id) for line in lines] == [
        (act, "privacy", sam, related_id(app, sam, DANA), account_of(app, RUTH)) for act in (Act.HELD, Act.RELEASED)
    ]
    assert all(WHY not in str(value) for line in lines for value in vars(line).values())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"kind": "a hunch"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"kind": HoldKind.INCAPACITATED}, "whom"),
        ({"kind": HoldKind.DECEASED}, "whom"),
    ],
    ids=str,
)
def test_a_hold_needs_a_reason_and_a_kind_that_fits(app: Flask, given: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        place(app, DANA, **given)

    assert refused.value.field == field
    assert sees(app, DANA, patient_id(app, SAM)) != set()


@pytest.mark.parametrize("kind", [HoldKind.INCAPACITATED, HoldKind.DECEASED])
def test_who_cannot_decide_or_died_is_on_hold_as_a_whole(app: Flask, kind: str) -> None:
    place(app, kind=kind)

    assert rows(app, select(Patient.on_hold_since).where(Patient.id == patient_id(app, SAM))) == [MORNING]


def test_nobody_elses_relative_can_be_held(app: Flask) -> None:
    robins = related_id(app, patient_id(app, ROBIN), DANA)
    with pytest.raises(NotShared), at_the_clinic(app):
        holds.place(patient_id(app, SAM), robins, kind=HoldKind.PRIVACY, reason=WHY, by=staff(RUTH))


def test_a_made_up_hold_cannot_be_released(app: Flask) -> None:
    with pytest.raises(NotShared), at_the_clinic(app):
        holds.release("zzzzzzzzzz", by=staff(RUTH))


def test_the_lists_name_whom_why_and_by_whom(app: Flask) -> None:
    ref = place(app, DANA)
    with at_the_clinic(app):
        latest = holds.open_ones(patient_id(app, SAM))[0]
    assert (latest.ref, latest.patient_name, latest.person_name) == (ref, "Sam Rivera", "Dana Rivera")
    assert (latest.reason, latest.placed_by, latest.released_by) == (WHY, "Ruth Klein", None)

    release(app, ref)
    with at_the_clinic(app):
        assert ref not in [one.ref for one in holds.open_ones()]
        assert [(one.ref, one.released_by) for one in holds.released()] == [(ref, "Ruth Klein")]
