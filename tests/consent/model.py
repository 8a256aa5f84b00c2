"""What patients are promised about consent, as plain dataclasses; a test drives it and the portal side by side."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

LEVELS = ["none", "notice", "times"]


@dataclass
class Signed:
    """One document for one relative. One on paper counts once a second person has checked it."""

    scopes: set[str]
    starts: dt.datetime
    last_day: dt.date
    ends_with_program: bool = False
    email: str = "notice"
    by_parent: bool = False
    checked: bool = True
    stopped: bool = False
    invalid: bool = False


@dataclass
class Mail:
    """An email to a relative, `waiting` until it is `sent` or `withheld`. One about a booking says when it begins."""

    relative: str
    patient: str
    scope: str
    about: int
    begins: dt.datetime | None = None
    state: str = "waiting"


@dataclass
class Person:
    """Somebody in treatment, and what they signed for each relative, the latest last."""

    adult_on: dt.date
    signed: dict[str, list[Signed]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    holds: list[str | None] = field(default_factory=list)  # for one relative, or for all
    updates: list[tuple[str, str]] = field(default_factory=list)  # scope, title
    bookings: list[tuple[str, dt.datetime]] = field(default_factory=list)  # relative, begins
    paused: bool = False
    left: dt.datetime | None = None


@dataclass
class Model:
    """The clinic as its patients understand it."""

    now: dt.datetime
    zone: dt.tzinfo
    people: dict[str, Person]
    mail: list[Mail] = field(default_factory=list)

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    def midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)

    def end(self, one: Signed) -> dt.datetime:
        return self.midnight(one.last_day + dt.timedelta(days=1))

    def is_minor(self, patient: str) -> bool:
        return self.people[patient].adult_on > self.today

    def in_force(self, patient: str, relative: str) -> list[Signed]:
        """What was neither stopped nor came to its end."""
        every = self.people[patient].signed.get(relative, [])
        return [one for one in every if not one.stopped and self.now < self.end(one)]

    def agreed(self, patient: str, relative: str) -> list[Signed]:
        """What is live as soon as the relative accepts, and until then good for an invitation only."""
        person = self.people[patient]
        if person.paused or {None, relative} & set(person.holds):
            return []
        return [
            one
            for one in self.in_force(patient, relative)
            if one.checked
            and one.starts <= self.now
            and not one.invalid
            and not (one.ends_with_program and person.left)
            and one.by_parent == self.is_minor(patient)
        ]

    def live(self, patient: str, relative: str) -> list[Signed]:
        return self.agreed(patient, relative) if relative in self.people[patient].accepted else []

    def scopes(self, patient: str, relative: str) -> set[str]:
        return set().union(*(one.scopes for one in self.live(patient, relative)))

    def email(self, patient: str, relative: str) -> str:
        levels = [one.email for one in self.live(patient, relative) if one.scopes]
        return max(levels, key=LEVELS.index, default="none")

    def updates(self, patient: str, relative: str) -> set[str]:
        return {title for scope, title in self.people[patient].updates if scope in self.scopes(patient, relative)}

    def bookings(self, patient: str, relative: str) -> set[dt.datetime]:
        """When the family sessions begin that this relative sees: theirs, from today on."""
        may, first = "family" in self.scopes(patient, relative), self.midnight(self.today)
        return {at for whose, at in self.people[patient].bookings if may and whose == relative and at >= first}

    def sessions(self, patient: str, relative: str, group: list[dt.datetime]) -> list[dt.datetime]:
        """Those sessions of the group that this relative sees: it goes on without a patient who left."""
        may, left = "times" in self.scopes(patient, relative), self.people[patient].left
        return [at for at in group if may and (left is None or at < left)]

    def sign(self, patient: str, relative: str, signed: Signed) -> None:
        for one in self.in_force(patient, relative):
            one.stopped = True
        self.people[patient].signed.setdefault(relative, []).append(signed)

    def stop(self, patient: str, relative: str) -> None:
        for one in self.in_force(patient, relative):
            one.stopped = True
            self.end_mail(patient, relative)

    def leave(self, patient: str) -> None:
        self.people[patient].left = self.people[patient].left or self.now
        for relative in self.people[patient].signed:
            if {one.ends_with_program for one in self.in_force(patient, relative)} == {True}:
                self.end_mail(patient, relative)

    def narrow(self, patient: str, relative: str, scope: str) -> None:
        for one in [one for one in self.in_force(patient, relative) if scope in one.scopes]:
            one.scopes.remove(scope)
            self.end_mail(patient, relative, scope)

    def end_mail(self, patient: str, relative: str, scope: str | None = None) -> None:
        for mail in self.mail:
            is_theirs = (mail.patient, mail.relative) == (patient, relative) and scope in (None, mail.scope)
            if is_theirs and mail.state == "waiting":
                mail.state = "withheld"

    def deliver(self) -> None:
        """The postman goes round: every waiting email is sent or withheld by what holds now."""
        for mail in [mail for mail in self.mail if mail.state == "waiting"]:
            pair = mail.patient, mail.relative
            is_there = mail.begins is None or mail.begins in self.bookings(*pair)
            may = mail.scope in self.scopes(*pair) and self.email(*pair) != "none"
            mail.state = "sent" if is_there and may else "withheld"
