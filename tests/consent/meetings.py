"""Who meets whom: an act that allows less, and at the same time postmen, pages, a calendar, a booking, time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.cast import DANA
from portal.consent.scopes import Scope
from portal.consent.viewer import Viewer, look_as
from portal.db import commit, session
from portal.emails import delivery, outbox
from portal.errors import NotShared, Refused
from portal.models import Consent, StaffMember
from portal.services import booking, consents, holds, leaving, therapist_times
from tests.conftest import at_the_clinic
from tests.consent.machine import standing_on
from tests.consent.orders import every_order, orders_by_lot
from tests.consent.stage import Act, Grain, Secret, Stage, Story
from tests.services.test_consents import EVERYTHING_ANSWERED, SIGNED


@dataclass
class House:
    """The portal before anybody acts."""

    app: Flask
    browser: FlaskClient
    calendar: FlaskClient
    address: str
    sam: int
    dana: int
    viewer: Viewer
    ben: int
    ruth: int
    update: int

    def is_hidden_by(self, less: str) -> Callable[[Any], bool]:
        """Which shared rows are not shown any more after this act; Robin shares with Dana all along."""
        still = {"narrow": set(Scope) - {Scope.GOING, Scope.LEAVE}, "sign for less": {Scope.LEAVE}}.get(less, set())
        return lambda row: row.patient_id == self.sam and getattr(row, "scope", None) not in still

    def stories(self, meeting: Meeting, patch: pytest.MonkeyPatch, most: int) -> Iterator[Story]:
        """What happened in the orders of one meeting: `most` drawn by lot, or with 0 each of them."""
        with at_the_clinic(self.app):
            if meeting.less == "leave":
                session().execute(
                    update(Consent).where(Consent.related_person_id == self.dana).values(ends_with_program=True)
                )
            for _ in range(max(1, meeting.others.count("postman"))):
                outbox.queue("update_posted", to=self.viewer.account_id, patient_id=self.sam, about_id=self.update)
        file = Path(self.app.config["SETTINGS"].database_url.removeprefix("sqlite:///"))
        stage = Stage(
            self.app, file, Secret(DANA.email, self.is_hidden_by(meeting.less)), meeting.grain,
            meeting.interruptions if most == 0 else None,
        )  # fmt: skip
        with standing_on(stage, patch):
            acts = meeting.acts(Scene(stage, self))
            if most:
                seed = random.randrange(1 << 32)
                print(f"{meeting.name}: orders drawn with random.Random({seed})")
                yield from islice(orders_by_lot(stage, acts, random.Random(seed)), most)
            else:
                yield from every_order(stage, acts)


@dataclass
class Scene:
    """Sam, Dana, a postman or two, and mail about Sam that waits for Dana."""

    stage: Stage
    house: House

    def less(self, act: Callable[[Scene], object]) -> Act:
        """An act that allows less, as a request runs it: answered once it was committed and the field is clear."""

        def run() -> None:
            with self.stage.app.app_context():
                act(self)
                commit()
            self.stage.say("returned")

        return run

    def postman(self) -> None:
        with self.stage.app.app_context():
            delivery.deliver()

    def page(self) -> None:
        self.house.browser.get("/updates")

    def feed(self) -> None:
        self.house.calendar.get(self.house.address)

    def book(self) -> None:
        with self.stage.app.app_context():
            look_as(self.house.viewer)
            try:
                start = therapist_times.free_times(self.house.ben)[0]
                booking.book(booking.Choice(self.house.sam, self.house.ben, start, "online"))
                commit()
            except (NotShared, Refused):
                session().rollback()

    def time(self) -> None:
        """Time passes while others are in the middle of something: first a letter's deadline, then its lease."""
        for seconds in (21.0, 10.0):
            self.stage.turn()
            self.stage.pass_time(seconds)


LESS: dict[str, Callable[[Scene], object]] = {
    "stop": lambda scene: consents.stop(scene.house.sam, scene.house.dana),
    "pause": lambda scene: consents.pause(scene.house.sam),
    "narrow": lambda scene: consents.narrow(scene.house.sam, scene.house.dana, Scope.GOING),
    "sign for less": lambda scene: consents.sign(
        scene.house.sam, replace(EVERYTHING_ANSWERED, related_person_id=scene.house.dana, scopes=(Scope.LEAVE,)), SIGNED
    ),
    "hold": lambda scene: holds.place(
        scene.house.sam,
        scene.house.dana,
        kind="privacy",
        reason="a court",
        by=session().get_one(StaffMember, scene.house.ruth),
    ),
    "leave": lambda scene: leaving.leave(scene.house.sam, account_id=scene.house.viewer.account_id or 0),
}


@dataclass(frozen=True)
class Meeting:
    """Who meets, how finely they are cut, and how often an actor may be interrupted where all orders are played."""

    less: str
    others: tuple[str, ...]
    grain: Grain = Grain.STATEMENT
    interruptions: int | None = 1

    @property
    def name(self) -> str:
        return f"{self.less} x {' + '.join(self.others)} by {self.grain}"

    def acts(self, scene: Scene) -> dict[str, Act]:
        others = {f"{n} {who}": getattr(scene, who) for n, who in enumerate(self.others)}
        return {self.less: scene.less(LESS[self.less]), **others}


MEETINGS = (
    Meeting("stop", ("postman",), Grain.TRANSACTION, 3),
    Meeting("stop", ("postman",)),
    Meeting("stop", ("postman", "time"), interruptions=2),
    Meeting("stop", ("page",)),
    Meeting("stop", ("feed",)),
    Meeting("stop", ("book",)),
    Meeting("stop", ("postman", "postman")),
    Meeting("stop", ("postman", "book")),
    Meeting("stop", ("postman", "postman", "page"), Grain.TRANSACTION),
    *(Meeting(less, ("postman", "page"), Grain.TRANSACTION) for less in LESS if less != "stop"),
)
