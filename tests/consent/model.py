"""What patients are promised about consent, as plain dataclasses; a test drives it and the portal side by side."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

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
    zone: ZoneInfo
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
        all_signed = self.people[patient].signed.get(relative, [])
        return [one for one in all_signed if not one.stopped and self.now < self.end(one)]

    def live(self, patient: str, relative: str) -> list[Signed]:
        person = self.people[patient]
        if relative not in person.accepted or person.paused or {None, relative} & set(person.holds):
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

    def scopes(self, patient: str, relative: str) -> set[str]:
        return set().union(*(one.scopes for one in self.live(patient, relative)))

    def email(self, patient: str, relative: str) -> str:
        levels = [one.email for one in self.live(patient, relative) if one.scopes]
        return max(levels, key=LEVELS.index, default="none")

    def updates(self, patient: str, relative: str) -> set[str]:
        return {title for scope, title in self.people[patient].updates if scope in self.scopes(patient, relative)}

    def bookings(self, patient: str, relative: str) -> set[dt.datetime]:
        """When the family sessions begin that this relative sees: theirs, from today on."""
        mine = {begins for whose, begins in self.people[patient].bookings if whose == relative}
        may = "family" in self.scopes(patient, relative)
        return {begins for begins in mine if may and begins >= self.midnight(self.today)}

    def sessions(self, patient: str, relative: str, group: list[dt.datetime]) -> list[dt.datetime]:
        """Those sessions of the group that this relative sees: it goes on without a patient who left."""
        may, left = "times" in self.scopes(patient, relative), self.people[patient].left
        return [begins for begins in group if may and (left is None or begins < left)]

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
        for one in self.in_force(patient, relative):
            if scope in one.scopes:
                one.scopes.remove(scope)
                self.end_mail(patient, relative, scope)

    def end_mail(self, patient: str, relative: str, scope: str | None = None) -> None:
        for mail in self.mail:
            is_theirs = (mail.patient, mail.relative) == (patient, relative) and scope in (None, mail.scope)
            if is_theirs and mail.state == "waiting":
                mail.state = "withheld"

    def deliver(self) -> None:
        """The postman goes round: every waiting email is sent or withheld by what holds now."""
        for mail in self.mail:
            if mail.state == "waiting":
                is_there = mail.begins is None or mail.begins in self.bookings(mail.patient, mail.relative)
                agreed = self.email(mail.patient, mail.relative) != "none"
                may_see = mail.scope in self.scopes(mail.patient, mail.relative)
                mail.state = "sent" if is_there and agreed and may_see else "withheld"
