"""Sharing over time: a bar for each stretch of days, and the same in words."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from portal.cast import SAM
from portal.consent.picture import Picture
from portal.patient.sharing_timeline import timeline
from tests.browser_form import submit
from tests.conftest import SignIn
from tests.patient.test_picture import DAY, NOW, OFF, Box, Signed, Somebody
from tests.patient.test_sharing import shown

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def in_english(app: Flask) -> Any:
    with app.test_request_context():
        yield


def line(
    *signed: Signed, boxes: list[Box] | None = None, person: Somebody | None = None, paused_on: dt.date | None = None
) -> dict[str, Any] | None:
    """What is drawn for one person, for whom this was signed."""
    whose = person or Somebody()
    boxes = boxes or [Box(consent_id=one.id, **(OFF if one.stopped_at else {})) for one in signed]
    picture: Any = Picture(
        [whose], list(signed), boxes, {}, is_paused=paused_on is not None,  # type: ignore[list-item]
        discharged_at=None, now=NOW, zone=ZoneInfo("America/Chicago"),
    )  # fmt: skip
    drawn = timeline([(one, picture.forms(one.person)) for one in picture.everybody()], TODAY, paused_on)
    return drawn["rows"][0] if drawn else None


def stopped(id_: int, signed: dt.date, at: dt.date) -> Signed:
    moment = dt.datetime.combine(at, dt.time(15), dt.UTC)
    return Signed(id=id_, signed_at=moment - 2 * DAY, signed_on=signed, stopped_at=moment)


def test_the_picture_says_in_words_from_when_until_when(sign_in: SignIn) -> None:
    bars = {row.b.text: row.span.text for row in shown(sign_in(SAM), "/me/sharing").select(".timeline li")}  # type: ignore[union-attr]

    assert bars["Dana"] == "Nov 16 to Feb 12"
    assert bars["Alex"] == "Nov 16 until I leave the program"
    assert bars["Pat"] == "ended Nov 22"
    assert not {"Jo", "Ivy", "Ina", "Vera", "Inez"} & bars.keys(), "of whom nobody ever saw anything"


def test_what_was_shared_before_a_gap_stays_in_the_picture() -> None:
    drawn = line(stopped(1, dt.date(2026, 10, 5), dt.date(2026, 10, 20)), Signed(id=2))

    assert drawn is not None
    assert drawn["summary"] == "Nov 16 to Feb 12; before that Oct 5 to Oct 20"
    first, second = drawn["bars"]
    assert first["end"] < second["start"]
    assert drawn["cap"] == "flag"


def test_forms_that_follow_each_other_are_one_stretch() -> None:
    drawn = line(stopped(1, dt.date(2026, 10, 5), dt.date(2026, 11, 16)), Signed(id=2))

    assert drawn is not None
    assert drawn["summary"] == "Oct 5 to Feb 12"
    assert len(drawn["bars"]) == 1


def test_a_long_form_that_a_shorter_one_replaced_ends_when_it_was_stopped() -> None:
    drawn = line(stopped(1, dt.date(2026, 10, 5), dt.date(2026, 11, 20)), Signed(id=2, ends_on=dt.date(2026, 12, 1)))

    assert drawn is not None
    assert drawn["summary"] == "Oct 5 to Dec 1"


def test_while_all_sharing_is_paused_the_rest_of_the_bar_is_hollow() -> None:
    drawn = line(Signed(), boxes=[Box(is_live=False)], paused_on=dt.date(2026, 11, 20))

    assert drawn is not None
    assert [bar["is_paused"] for bar in drawn["bars"]] == [False, True]
    assert drawn["summary"] == "Nov 16 to Feb 12, paused now"


def test_nothing_is_drawn_for_somebody_who_never_accepted() -> None:
    never = Somebody(accepted_at=None)

    assert line(Signed(), boxes=[Box(is_live=False)], person=never) is None
    assert line(stopped(1, dt.date(2026, 10, 5), dt.date(2026, 10, 20)), person=never) is None


def test_a_pause_is_seen_in_the_picture_at_once_and_gone_with_the_next_press(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    submit(sam, "/me/sharing", "form[action$='/pause'] button")
    paused = shown(sam, "/me/sharing")
    assert paused.select(".timeline rect.outline")
    assert "Nov 16 to Feb 12, paused now" in [span.text for span in paused.select(".timeline li span")]

    submit(sam, "/me/sharing", "form[action$='/resume'] button")
    assert not shown(sam, "/me/sharing").select(".timeline rect.outline")
