"""A form that is sent five times at once books once, writes once, and is answered five times with the same words.

FORMS says how many forms.
"""

from __future__ import annotations

import os
from itertools import product

import pytest
from werkzeug.test import TestResponse

from tests.storms.booking import is_booked
from tests.storms.browsers import Browser, all_at_once, each
from tests.storms.clinic import Hours, minute
from tests.storms.conftest import Gathering, tell
from tests.storms.pages import Form

FORMS = int(os.environ.get("FORMS", "6"))
# Days from the tests' morning on which Nora is there, and so many hours that everybody finds a place of their own.
DAYS = range(5, 28)
A_DAY = -(-FORMS // len(DAYS))
# Early enough for a day of many, late enough that nobody is reminded at night.
TEN = 10 * 60

pytestmark = pytest.mark.both_databases


def test_five_same_forms_at_once_are_one_booking_one_letter_and_five_same_answers(gather: Gathering) -> None:
    storm = gather(FORMS, Hours(TEN, TEN + 60 * A_DAY, days=DAYS.stop))
    times = [minute(day, TEN + 60 * hour) for hour, day in product(range(A_DAY), DAYS)]
    forms = each(booker.last_form(time) for booker, time in zip(storm.bookers, times, strict=False))

    answers = [five_times(booker.browser, form) for booker, form in zip(storm.bookers, forms, strict=True)]

    for five in answers:
        assert len({(answer.status_code, answer.location, answer.data) for answer in five}) == 1
        assert is_booked(five[0])
    assert storm.ledger.double_bookings() == []
    assert storm.ledger.torn() == []
    assert sorted(note for _, note in storm.ledger.booked()) == sorted(booker.note for booker in storm.bookers)
    storm.deliver()
    assert storm.letters() == {(email, "You are booked"): 1 for email, _ in storm.ledger.booked()}
    assert storm.deliver()["sent"] == 0
    tell(f"{storm.ledger.kind}, {FORMS} forms five times each", [answer for five in answers for answer in five])


def test_a_form_that_comes_again_with_other_answers_is_refused(gather: Gathering) -> None:
    storm = gather(1, Hours(TEN, TEN + 120))
    [booker] = storm.bookers
    [first, other] = [each([booker.last_form(minute(5, start))])[0] for start in (TEN, TEN + 60)]
    [booked] = each([booker.browser.send(first)])

    address, fields = first
    again = each(booker.browser.send(form) for form in ((address, fields | {"note": "x"}), (other[0], fields), first))

    assert [answer.status_code for answer in again] == [422, 422, 303]
    assert again[2].location == booked.location
    assert [note for _, note in storm.ledger.booked()] == [booker.note]


def five_times(browser: Browser, form: Form) -> list[TestResponse]:
    windows = [Browser(browser.port, browser.cookie) for _ in range(5)]
    return all_at_once(lambda together, window=window: window.send(form, together) for window in windows)
