"""Where each person stands, from rows alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.consent.picture import Picture, Sharing, Standing

NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class Somebody:
    id: int = 1
    ref: str = "ref"
    relative_id: int | None = 1
    name: str = "Dana Rivera"
    relation: str = ""
    known_as: str = "Sam"
    colour: str = "pine"
    accepted_at: dt.datetime | None = NOW - 9 * DAY
    asked_at: dt.datetime | None = None
    declined_at: dt.datetime | None = None


@dataclass
class Signed:
    id: int = 1
    related_person_id: int = 1
    signed_at: dt.datetime | None = NOW - 7 * DAY
    signed_on: dt.date | None = dt.date(2026, 11, 16)
    ends_on: dt.date | None = dt.date(2027, 2, 12)
    ends_at: dt.datetime | None = NOW + 81 * DAY
    ends_with_program: bool = False
    email_level: str = "notice"
    purpose: str = "support"
    stopped_at: dt.datetime | None = None
    parent_signer_name: str | None = None
    representative_authority: str | None = None


@dataclass
class Box:
    consent_id: int = 1
    scope: str = "times"
    off_at: dt.datetime | None = None
    is_live: bool = True
    is_in_force: bool = True
    is_valid: bool = True
    is_not_on_hold: bool = True
    is_complete: bool = True
    is_checked: bool | None = True
    is_signed_by_all: bool = True
    has_begun: bool = True


@dataclass
class Case:
    people: list[Somebody] = field(default_factory=lambda: [Somebody()])
    consents: list[Signed] = field(default_factory=lambda: [Signed()])
    boxes: list[Box] = field(default_factory=lambda: [Box()])
    looks: dict[int, dt.datetime] = field(default_factory=dict)
    is_paused: bool = False
    discharged_at: dt.datetime | None = None

    def drawn(self) -> list[Sharing]:
        return Picture(
            self.people, self.consents, self.boxes, self.looks, is_paused=self.is_paused,
            discharged_at=self.discharged_at, now=NOW, zone=ZoneInfo("America/Chicago"),
        ).everybody()  # fmt: skip


OFF = {"is_live": False, "is_in_force": False}


@pytest.mark.parametrize(
    ("case", "standing"),
    [
        (Case(), Standing.ACTIVE),
        (Case(boxes=[Box(is_live=False)], is_paused=True), Standing.PAUSED),
        (Case(people=[Somebody(accepted_at=None)], boxes=[Box(is_live=False)]), Standing.INVITED),
        (Case(people=[Somebody(accepted_at=None)], boxes=[Box(is_live=False)], is_paused=True), Standing.INVITED),
        (Case(boxes=[Box(is_live=False)]), Standing.NOT_USABLE),
        (Case(boxes=[Box(**OFF)]), Standing.NOT_USABLE),
        (Case(boxes=[Box(off_at=NOW - DAY, **OFF)]), Standing.TURNED_OFF),
        (Case(consents=[Signed(ends_at=NOW)], boxes=[Box(**OFF)]), Standing.ENDED),
        (Case(consents=[Signed(ends_with_program=True)], boxes=[Box(**OFF)], discharged_at=NOW), Standing.ENDED),
        (Case(consents=[Signed(stopped_at=NOW)], boxes=[Box(**OFF)]), Standing.STOPPED),
        (Case(people=[Somebody(asked_at=NOW)], consents=[], boxes=[]), Standing.ASKED),
        (Case(people=[Somebody(asked_at=NOW - DAY, declined_at=NOW)], consents=[], boxes=[]), Standing.NOTHING),
        (Case(people=[Somebody(asked_at=NOW, declined_at=NOW - DAY)], consents=[], boxes=[]), Standing.ASKED),
        (
            Case(people=[Somebody(asked_at=NOW)], consents=[Signed(stopped_at=NOW - DAY)], boxes=[Box(**OFF)]),
            Standing.ASKED,
        ),
        (
            Case(people=[Somebody(asked_at=NOW - 9 * DAY)], consents=[Signed(stopped_at=NOW)], boxes=[Box(**OFF)]),
            Standing.STOPPED,
        ),
        (Case(consents=[], boxes=[]), Standing.NOTHING),
    ],
)
def test_each_way_of_standing(case: Case, standing: Standing) -> None:
    assert case.drawn()[0].standing == standing


def test_the_box_that_is_off_is_not_among_what_they_see() -> None:
    boxes = [Box(), Box(scope="plan"), Box(scope="going", off_at=NOW, **OFF)]

    assert Case(boxes=boxes).drawn()[0].scopes == {"times", "plan"}


def test_the_day_it_ended_is_the_day_on_the_paper() -> None:
    ended = Signed(ends_on=dt.date(2026, 11, 22), ends_at=dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC))

    assert Case(consents=[ended], boxes=[Box(**OFF)]).drawn()[0].ended_on == dt.date(2026, 11, 22)


def test_a_stop_late_in_the_evening_is_of_that_day_at_the_clinic() -> None:
    late = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)

    assert Case(consents=[Signed(stopped_at=late)], boxes=[Box(**OFF)]).drawn()[0].ended_on == dt.date(2026, 11, 22)


def test_no_email_level_means_no_email() -> None:
    assert Case(consents=[Signed(email_level="none")]).drawn()[0].gets_email is False


def test_those_who_see_come_first_by_last_look_then_those_who_wait_then_the_ended() -> None:
    def person(number: int, name: str, **more: Any) -> Somebody:
        return Somebody(id=number, ref=str(number), name=name, **more)

    case = Case(
        people=[
            person(1, "Ended long ago"),
            person(2, "Asked", asked_at=NOW),
            person(3, "Never looked"),
            person(4, "Looked yesterday"),
            person(5, "Ended yesterday"),
            person(6, "Looked today"),
        ],
        consents=[
            Signed(id=1, related_person_id=1, stopped_at=NOW - 30 * DAY),
            Signed(id=3, related_person_id=3),
            Signed(id=4, related_person_id=4),
            Signed(id=5, related_person_id=5, stopped_at=NOW - DAY),
            Signed(id=6, related_person_id=6),
        ],
        boxes=[Box(consent_id=n) for n in (3, 4, 6)] + [Box(consent_id=n, **OFF) for n in (1, 5)],
        looks={4: NOW - DAY, 6: NOW},
    )

    assert [one.person.name for one in case.drawn()] == [
        "Looked today", "Looked yesterday", "Never looked", "Asked", "Ended yesterday", "Ended long ago",
    ]  # fmt: skip
