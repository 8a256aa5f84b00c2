"""Random histories of patients, relatives, staff and the clock: what a relative gets is what the model promises.

After every step each relative runs the command, reads their calendar and opens one page, another one each time; and
every email is looked at. `make proofs` lives through thousands of histories, `make test` through some. One that fails
is printed step by step, with the line that brings it back.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from math import ceil
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from portal import clock as portal_clock
from portal.cast import ZONE
from portal.config import Settings
from tests.conftest import Clock, SignIn
from tests.consent import watching
from tests.consent.conftest import Counted
from tests.consent.driving import Portal
from tests.consent.history import EVERYTHING, History
from tests.consent.small_clinic import PAIRS, RELATIVES, SESSIONS, SESSIONS_BEGIN, found_in

# How many histories to live through on SQLite, and a fifth of it on PostgreSQL; in so many shares, for several cores.
HISTORIES = int(os.environ.get("HISTORIES", "10"))
SHARES = int(os.environ.get("SHARES", "1"))
STEPS = int(os.environ.get("STEPS", "12"))

PAGES = ("/updates", "/home", "/schedule", "/sessions")
MENU = {"/schedule": {"times"}, "/sessions": {"family"}, "/updates": {"going", "plan", "leave"}}
KIND_OF_EMAIL = {"family": "booking_confirmed"}
ADDRESSES = {person.email for person in RELATIVES.values()}
CALENDAR_REACHES = dt.timedelta(days=14)
FAMILY_SESSION = dt.timedelta(minutes=50)
MOST_OPEN_BOOKINGS = 2
BEGIN = [dt.datetime.combine(day, SESSIONS_BEGIN, ZONE) for day in SESSIONS]

# By patient.
Shared = dict[str, set[str]]


class WatchedHistory(History):
    """A history in which everybody looks at everything."""

    counts: ClassVar[Counter[str]]

    @initialize(turn=st.integers(0, len(PAGES) - 1))
    def begin_with_a_page(self, turn: int) -> None:
        self.turn = turn

    def teardown(self) -> None:
        self.counts["histories"] += 1
        self.counts.update(f"emails {mail.state}" for mail in self.model.mail)

    @invariant()
    def every_email_became_what_it_should(self) -> None:
        promised = {
            (one.relative, one.patient, KIND_OF_EMAIL.get(one.scope, "update_posted"), one.about, one.state)
            for one in self.model.mail
        }
        assert watching.mail(self.portal) == promised
        sent = [RELATIVES[one.relative].email for one in self.model.mail if one.state == "sent"]
        assert sorted(to for to in self.portal.letters if to in ADDRESSES) == sorted(sent)

    @invariant()
    def command_calendar_and_pages_show_what_was_agreed(self) -> None:
        self.turn += 1
        self.counts["states looked at"] += 1
        for n, relative in enumerate(RELATIVES):
            shared = {pair[0]: self.model.scopes(*pair) for pair in PAIRS if pair[1] == relative}
            self.check_command(relative, shared)
            self.check_calendar(relative, shared)
            self.check_page(relative, shared, PAGES[(self.turn + n) % len(PAGES)])

    def check_command(self, relative: str, shared: Shared) -> None:
        answer = watching.command(self.portal, relative)
        assert {(one["name"], *one["scopes"], one["email"], one["until"]) for one in answer["people"]} == {
            (name, *(scope for scope in EVERYTHING if scope in its), self.model.email(name, relative),
             max(one.last_day for one in self.model.live(name, relative) if one.scopes).isoformat())
            for name, its in shared.items() if its
        }  # fmt: skip
        assert {one["title"] for one in answer["updates"]} == self.titles(relative)
        assert {dt.datetime.fromisoformat(one["start"]) for one in answer["bookings"]} == self.bookings(relative)
        group = [begins for begins in BEGIN if begins >= self.model.midnight(self.model.today)]
        sessions = [begins for name in shared for begins in self.model.sessions(name, relative, group)]
        assert sorted(dt.datetime.fromisoformat(one["start"]) for one in answer["schedule"]) == sorted(sessions)
        may_book = {name for name, its in shared.items() if "family" in its and self.is_below_the_limit(name, relative)}
        assert {one["person"] for one in answer["open_times"]} == may_book

    def check_calendar(self, relative: str, shared: Shared) -> None:
        first, after = self.model.today, self.model.today + CALENDAR_REACHES
        group = [begins for begins in BEGIN if first <= begins.date() < after]
        sessions = [begins for name in shared for begins in self.model.sessions(name, relative, group)]
        bookings = [moment for moment in self.bookings(relative) if moment < self.model.midnight(after)]
        assert watching.calendar(self.portal, relative) == sorted(sessions + bookings)

    def check_page(self, relative: str, shared: Shared, address: str) -> None:
        is_there, page = watching.page(self.portal, relative, address)
        every = set[str]().union(*shared.values())
        for name, its in shared.items():
            assert (name in page) <= bool(its), f"{address} names {name}, who shares nothing"
            assert (f"Room of {name}" in page) <= ("times" in its), f"{address} shows where {name} is"
            for scope, title in self.model.people[name].updates:
                assert (title in page) <= (scope in its), f"{address} shows {title}"
        assert is_there == (address not in MENU or bool(every & MENU[address])), address
        if is_there:
            for link, needed in MENU.items():
                assert (f'href="{link}"' in page) == bool(every & needed), f"{link} in the menu of {address}"
            assert all(name in page for name, its in shared.items() if its), f"{address} does not say whose it is"
            assert address != "/updates" or all(title in page for title in self.titles(relative))

    # What was promised

    def titles(self, relative: str) -> set[str]:
        return set().union(*(self.model.updates(name, relative) for name in self.model.people))

    def bookings(self, relative: str) -> set[dt.datetime]:
        return set().union(*(self.model.bookings(name, relative) for name in self.model.people))

    def is_below_the_limit(self, name: str, relative: str) -> bool:
        booked = [begins for whose, begins in self.model.people[name].bookings if whose == relative]
        return sum(begins + FAMILY_SESSION > self.model.now for begins in booked) < MOST_OPEN_BOOKINGS


@pytest.fixture
def settings(settings_with_a_mail_server: Settings) -> Settings:
    return settings_with_a_mail_server


@pytest.fixture
def portal(app: Flask, clock: Clock, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Portal:
    its = found_in(app)
    # What the clock says is asked for a hundred times a step; a file need not be read each time.
    monkeypatch.setattr(portal_clock, "_read", lambda file: clock.moment.astimezone(dt.UTC))
    return Portal(app, clock, {name: sign_in(person) for name, person in RELATIVES.items()}, its)


@pytest.mark.both_databases
@pytest.mark.parametrize("share", range(SHARES))
def test_relatives_get_what_was_promised_whatever_happens(
    portal: Portal, database: str, counted: Counted, share: int
) -> None:
    is_sqlite = database.startswith("sqlite")
    asked_for = ceil((HISTORIES if is_sqlite else HISTORIES / 5) / SHARES)

    class Here(WatchedHistory):
        counts: ClassVar[Counter[str]] = Counter({"histories": 0, "disagreements": 1})

    Here.portal = portal
    try:
        run_state_machine_as_test(
            Here,
            settings=how(
                max_examples=asked_for,
                stateful_step_count=STEPS,
                phases=[Phase.generate, Phase.shrink],
                deadline=None,
                derandomize=False,
                database=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
        Here.counts["disagreements"] = 0
    finally:
        counted(f"Histories on {'SQLite' if is_sqlite else 'PostgreSQL'}", dict(Here.counts))
    assert Here.counts["histories"] >= asked_for, "fewer histories were lived through than were asked for"
