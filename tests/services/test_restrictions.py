"""A wish to keep something private is kept in the patient's words and answered once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import PRIYA, RUTH, SAM
from portal.errors import NotShared, Refused
from portal.models import Act, RecordEntry, RestrictionRequest
from portal.services import restrictions
from tests.conftest import MORNING, Clock, at_the_clinic, patient_id
from tests.services.looking import account_of, rows, staff

WISH = "Do not tell my brother that I am here."


def ask(app: Flask, wish: str = WISH, asked_at: dt.datetime | None = None) -> str:
    with at_the_clinic(app):
        return restrictions.write_down(patient_id(app, SAM), wish=wish, asked_at=asked_at, by=staff(PRIYA)).ref


def decide(app: Flask, ref: str, agreed: bool | None = True, answer: str = "We will not.") -> None:
    with at_the_clinic(app):
        restrictions.decide(ref, agreed=agreed, answer=answer, by=staff(RUTH))


@pytest.mark.both_databases
def test_a_wish_waits_for_its_answer(app: Flask) -> None:
    ref = ask(app)
    with at_the_clinic(app):
        waiting = restrictions.waiting()

    assert [(one.ref, one.wish, one.patient_name, one.is_agreed) for one in waiting] == [
        (ref, WISH, "Sam Rivera", None)
    ]
    assert waiting[0].due_at == MORNING + dt.timedelta(days=30)


def test_the_oldest_wish_comes_first_and_a_late_one_is_late(app: Flask, clock: Clock) -> None:
    new = ask(app)
    old = ask(app, "Send nothing to my mother.", MORNING - dt.timedelta(days=31))
    with at_the_clinic(app):
        waiting = restrictions.waiting()

    assert [(one.ref, one.is_late(clock.moment)) for one in waiting] == [(old, True), (new, False)]


@pytest.mark.both_databases
@pytest.mark.parametrize("agreed", [True, False])
def test_it_is_answered_yes_or_no_in_words(app: Flask, agreed: bool) -> None:
    ref = ask(app)
    decide(app, ref, agreed)
    with at_the_clinic(app):
        assert restrictions.waiting() == []
        answered = restrictions.decided()[0]

    assert (answered.is_agreed, answered.answer, answered.decided_by) == (agreed, "We will not.", "Ruth Klein")
    assert answered.decided_at == MORNING


def test_it_is_answered_once(app: Flask) -> None:
    ref = ask(app)
    decide(app, ref, False)
    with pytest.raises(Refused):
        decide(app, ref, True)

    assert rows(app, select(RestrictionRequest.is_agreed)) == [False]


@pytest.mark.parametrize(
    ("agreed", "answer", "field"), [(None, "Yes", "agreed"), (True, " ", "answer"), (False, "x" * 301, "answer")]
)
def test_an_answer_needs_a_yes_or_no_and_words(app: Flask, agreed: bool | None, answer: str, field: str) -> None:
    ref = ask(app)
    with pytest.raises(Refused) as refused:
        decide(app, ref, agreed, answer)

    assert refused.value.field == field


@pytest.mark.parametrize("wish", ["", "  ", "x" * 2001])
def test_a_wish_has_words(app: Flask, wish: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(app, wish)

    assert refused.value.field == "wish"


def test_nobody_asks_in_the_future(app: Flask) -> None:
    with pytest.raises(Refused) as refused:
        ask(app, asked_at=MORNING + dt.timedelta(minutes=1))

    assert refused.value.field == "asked_at"


def test_the_record_knows_who_wrote_it_down_and_who_decided_and_no_word_of_it(app: Flask) -> None:
    decide(app, ask(app))
    lines = rows(app, select(RecordEntry).where(RecordEntry.what == "restriction").order_by(RecordEntry.id))

    assert [(line.act, line.door, line.account_id) for line in lines] == [
        (Act.ASKED, "staff", account_of(app, PRIYA)),
        (Act.DECIDED, "privacy", account_of(app, RUTH)),
    ]
    assert all(WISH not in str(value) for line in lines for value in vars(line).values())


# The end of what was agreed


def end(app: Flask, ref: str, how: str = "spoken", note: str = "She said so.", at: dt.datetime | None = None) -> None:
    with at_the_clinic(app):
        restrictions.end(ref, how=how, note=note, at=at, by=staff(RUTH))


@pytest.mark.both_databases
def test_an_agreement_ends_once_with_who_when_and_how_on_record(app: Flask, clock: Clock) -> None:
    ref = ask(app)
    decide(app, ref)
    clock.forward(days=3)
    end(app, ref, at=MORNING + dt.timedelta(days=2))
    with pytest.raises(Refused):
        end(app, ref)

    with at_the_clinic(app):
        ended = restrictions.find(ref)
    assert (ended.ended_at, ended.ended_how, ended.ended_note, ended.ended_by) == (
        MORNING + dt.timedelta(days=2), "spoken", "She said so.", "Ruth Klein",
    )  # fmt: skip
    assert not ended.is_kept
    line = rows(app, select(RecordEntry).where(RecordEntry.act == Act.ENDED))[0]
    assert (line.at, line.account_id, line.what) == (
        MORNING + dt.timedelta(days=3),
        account_of(app, RUTH),
        "restriction",
    )


@pytest.mark.parametrize("agreed", [False, None])
def test_what_was_not_agreed_cannot_end(app: Flask, agreed: bool | None) -> None:
    ref = ask(app)
    if agreed is not None:
        decide(app, ref, agreed)
    with pytest.raises(Refused):
        end(app, ref)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"how": "by pigeon"}, "how"),
        ({"note": " "}, "note"),
        ({"note": "x" * 301}, "note"),
        ({"at": MORNING - dt.timedelta(days=1)}, "asked_at"),
        ({"at": MORNING + dt.timedelta(days=1)}, "asked_at"),
    ],
)
def test_an_end_says_how_when_and_in_what_words(app: Flask, wrong: dict[str, Any], field: str) -> None:
    ref = ask(app)
    decide(app, ref)
    with pytest.raises(Refused) as refused:
        end(app, ref, **wrong)

    assert refused.value.field == field


def test_a_made_up_wish_is_not_found(app: Flask) -> None:
    with pytest.raises(NotShared):
        decide(app, "zzzzzzzzzz")
