"""Every order in which acts can meet: the shipped code in greenlets, switched at its statements, commits and letters.

One actor runs at a time, until it is about to do something that others could notice. There the stage decides who
goes on. SQLite's one write lock is kept by the stage, so an actor that would wait for it is not asked; the time is
the stage's too, and passes when everybody waits for it.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import Flask
from greenlet import getcurrent, greenlet

from portal.consent.shared import Shared
from portal.consent.viewer import the_viewer
from tests.conftest import MORNING

Act = Callable[[], None]
# Longer than a lease, so that whoever waits for one to end is done.
LONG = 31.0


class Grain(StrEnum):
    """Where actors are switched: around transactions and letters, or before every statement too."""

    TRANSACTION = "transaction"
    STATEMENT = "statement"


@dataclass(frozen=True)
class Timer:
    """Something to do when so much time has passed."""

    due: float
    act: Act


@dataclass
class Actor:
    """One of those who act at the same time. `since` is the moment whose rows their present transaction reads."""

    name: str
    run: greenlet
    is_ready: Callable[[], bool] = lambda: True
    since: int = 0
    trouble: BaseException | None = None


@dataclass(frozen=True)
class Event:
    """What somebody did at a moment; what is shown are rows as they were `since` an earlier one."""

    actor: str
    what: str
    at: int
    since: int


# What somebody gets: a letter handed over, or rows on a page or in a calendar.
DISCLOSES = ("letter", "shown")


@dataclass
class Story:
    """One run: what happened, and which of how many actors was chosen at each turn."""

    events: list[Event] = field(default_factory=list)
    choices: list[tuple[int, int]] = field(default_factory=list)

    @property
    def disclosed(self) -> list[Event]:
        return [one for one in self.events if one.what in DISCLOSES]

    @property
    def disclosed_after_the_return(self) -> list[Event]:
        """What began to be disclosed after the one who stopped it had been answered."""
        returned = next(one.at for one in self.events if one.what == "returned")
        return [one for one in self.disclosed if one.since > returned]


@dataclass(frozen=True)
class Secret:
    """What must not be disclosed any more: letters to this address, and the shared rows it covers."""

    relative: str
    covers: Callable[[Any], bool]


# Given the number of those who could go on (the present one first, if it can), answers which of them does.
Choose = Callable[[int], int]


class Stage:
    """Runs actors one at a time on one database."""

    def __init__(self, app: Flask, file: Path, secret: Secret, grain: Grain, preemptions: int | None = None) -> None:
        """`preemptions` is how often somebody who could go on may be kept from it; None: as often as it comes."""
        self.app, self.secret, self.grain, self.preemptions = app, secret, grain, preemptions
        self._file = sqlite3.connect(file)
        self._as_it_was = sqlite3.connect(":memory:")
        self._file.backup(self._as_it_was)

    def close(self) -> None:
        self._file.close()
        self._as_it_was.close()

    def play(self, acts: Mapping[str, Act], choose: Choose) -> Story:
        """Run `acts` to their ends in the order that `choose` says, on the database as it was."""
        self._as_it_was.backup(self._file)
        self.story, self.moment, self.changes, self.seconds = Story(), 0, 0, 0.0
        self.writer: Actor | None = None
        self.timers: list[Timer] = []
        self.actors = [Actor(name, greenlet(self._kept(act))) for name, act in acts.items()]
        present, left = None, self.preemptions
        while any(not actor.run.dead for actor in self.actors):
            ready = [actor for actor in self.actors if not actor.run.dead and actor.is_ready()]
            if not ready:
                self.pass_time(LONG)
                continue
            if present in ready:
                ready.remove(present)
                ready.insert(0, present)
            # After the answer any order will do: whatever is disclosed from then on is one too many.
            is_free = not self._is_answered and (left != 0 or present not in ready)
            chosen = choose(len(ready)) if is_free and len(ready) > 1 else 0
            if is_free and len(ready) > 1:
                self.story.choices.append((chosen, len(ready)))
            if chosen and present in ready and left is not None:
                left -= 1
            present = ready[chosen]
            present.is_ready = lambda: True
            present.run.switch()
            if present.trouble is not None:
                raise present.trouble
        return self.story

    @property
    def _is_answered(self) -> bool:
        return any(one.what == "returned" for one in self.story.events)

    def _kept(self, act: Act) -> Act:
        def run() -> None:
            try:
                act()
            except BaseException as trouble:  # handed to the stage, which stands outside this greenlet
                self.actor().trouble = trouble

        return run

    # What actors meet

    def actor(self) -> Actor:
        return next(actor for actor in self.actors if actor.run is getcurrent())

    @property
    def is_acting(self) -> bool:
        return any(actor.run is getcurrent() for actor in self.actors)

    def turn(self, is_ready: Callable[[], bool] = lambda: True) -> None:
        """Let the stage decide who goes on; this actor not before `is_ready`."""
        self.actor().is_ready = is_ready
        self.actors[0].run.parent.switch()
        self.moment += 1

    def say(self, what: str, since: int | None = None) -> None:
        self.moment += 1
        at = self.moment
        self.story.events.append(Event(self.actor().name, what, at, at if since is None else since))

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds
        self.changes += 1
        for timer in [one for one in self.timers if one.due <= self.seconds]:
            timer.act()

    def now(self) -> dt.datetime:
        return (MORNING + dt.timedelta(seconds=self.seconds)).astimezone(dt.UTC)

    def sleep(self, seconds: float) -> None:
        """Nothing that is polled for can come before somebody has committed, or before time has passed."""
        seen = self.changes
        self.turn(lambda: self.changes != seen)

    # The database

    def before_statement(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not self.is_acting:
            return
        actor = self.actor()
        if statement == "BEGIN IMMEDIATE":
            self.turn(lambda: self.writer is None)
            self.writer, actor.since = actor, self.moment
            connection.info["since"] = self.moment
        elif statement == "BEGIN":
            connection.info["since"] = None
        else:
            if connection.info.get("since") is None:
                self.turn()
                connection.info["since"] = self.moment
            elif self.grain == Grain.STATEMENT:
                self.turn()
            actor.since = connection.info["since"]

    def before_commit(self, connection: Any) -> None:
        if self.is_acting and self.writer is self.actor():
            self.turn()
            self.writer = None
            self.changes += 1

    def before_rollback(self, connection: Any) -> None:
        if self.is_acting and self.writer is self.actor():
            self.writer = None

    def on_shared_row(self, of: Any, row: Any) -> None:
        # Other doors read them too: an email counts when it is handed over.
        is_shown = isinstance(row, Shared) and self.is_acting and the_viewer().door in ("family", "calendar")
        if is_shown and self.secret.covers(row):
            self.say("shown", since=self.actor().since)
