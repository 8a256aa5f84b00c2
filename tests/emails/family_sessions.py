"""Family sessions as relatives and staff book, move, leave and cancel them, for tests of what the mail says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import g
from sqlalchemy import select

from portal.cast import BEN, DANA, SAM, Person
from portal.consent.viewer import look_as
from portal.db import commit, session
from portal.exchange.calendar_file import Entry
from portal.exchange.sees import viewer_of
from portal.models import (
    Account,
    Appointment,
    Consent,
    EmailLevel,
    FamilySessionTerms,
    OutgoingEmail,
    RelatedPerson,
    StaffMember,
)
from portal.services import booking, calendar, sessions
from portal.services.booking import Choice
from tests.conftest import at_the_clinic
from tests.emails.conftest import Post

HOUR = dt.timedelta(hours=1)


@dataclass
class Family:
    """Sam's family at one portal."""

    post: Post

    # Acts

    def want_times(self, *people: Person, files: bool = True) -> None:
        """Both sides allow emails with day and time, and calendar files; nobody else opens the mailbox."""
        with at_the_clinic(self.post.app):
            for consent in session().scalars(select(Consent).join(RelatedPerson)):
                consent.email_level = EmailLevel.TIMES
            for person in people or (DANA,):
                account = session().scalars(select(Account).where(Account.email == person.email)).one()
                account.wants_email, account.shares_mailbox = EmailLevel.TIMES, False
                account.wants_calendar_files = files

    def free(self, who: Person = DANA) -> list[dt.datetime]:
        """The times of Ben's that this relative is offered."""
        with self.looking(who):
            return booking.offered_to_the_viewer(self._ben())

    def book(self, starts_at: dt.datetime, who: Person = DANA) -> int:
        with self.acting(who):
            choice = Choice(self.post.patient_id(SAM), self._ben(), starts_at, "online")
            return booking.book(choice).id

    def move(self, number: int, starts_at: dt.datetime, who: Person = DANA) -> None:
        with self.acting(who):
            booking.move(number, starts_at)

    def cancel(self, number: int, who: Person = DANA) -> None:
        with self.acting(who):
            sessions.cancel(number)

    def answer(self, number: int, who: Person, *, yes: bool) -> None:
        with self.acting(who):
            sessions.relative_answers(number, yes=yes)

    def ask(self, number: int, whom: Person) -> None:
        """The care team asks somebody else of the family to come as well."""
        with at_the_clinic(self.post.app):
            sam = self.post.patient_id(SAM)
            person = session().scalars(
                select(RelatedPerson.id).where(RelatedPerson.patient_id == sam, RelatedPerson.email == whom.email)
            )
            appointment = session().get_one(Appointment, number)
            sessions.ask_to_come(sam, appointment.ref, person.one(), door="staff", account_id=None)

    def clinic_moves(self, number: int, starts_at: dt.datetime) -> None:
        with at_the_clinic(self.post.app):
            appointment = session().get_one(Appointment, number)
            terms = session().get_one(FamilySessionTerms, appointment.staff_id)
            booking.move_to(appointment, starts_at, starts_at + HOUR, starts_at + HOUR, terms)

    def clinic_cancels(self, number: int) -> None:
        with at_the_clinic(self.post.app):
            sessions.call_off(session().get_one(Appointment, number), by="clinic")

    def ben_asks_first(self) -> None:
        with at_the_clinic(self.post.app):
            session().get_one(FamilySessionTerms, self._ben()).asks_first = True

    def ben_answers(self, number: int, *, yes: bool) -> None:
        with at_the_clinic(self.post.app):
            sessions.staff_answers(session().get_one(Appointment, number).ref, yes=yes, account_id=None)

    # Questions

    def reminders(self, number: int, who: Person = DANA) -> list[tuple[str, dt.datetime]]:
        """The reminders that wait for one relative, by moment."""
        with self.looking():
            rows = session().execute(
                select(OutgoingEmail.message, OutgoingEmail.due_at)
                .where(
                    OutgoingEmail.message.startswith("reminder"),
                    OutgoingEmail.about_id == number,
                    OutgoingEmail.account_id == self.post.account_id(who),
                    OutgoingEmail.ended_at.is_(None),
                )
                .order_by(OutgoingEmail.due_at)
            )
            return [(message, due_at) for message, due_at in rows]

    def in_their_calendar(self, who: Person = DANA) -> list[Entry]:
        """What stands in the reader's own file at this moment."""
        with self.looking(who):
            return calendar.entries(calendar.FILE)

    @contextmanager
    def acting(self, who: Person) -> Iterator[None]:
        with self.looking():
            viewer = viewer_of(who.email)
            assert viewer is not None
        with self.post.app.app_context():
            look_as(viewer)
            yield
            commit()

    @contextmanager
    def looking(self, who: Person | None = None) -> Iterator[None]:
        with self.post.app.app_context():
            g.reading = True
            viewer = viewer_of(who.email) if who else None
            if viewer is not None:
                look_as(viewer)
            yield

    def _ben(self) -> int:
        return session().scalars(select(StaffMember.id).where(StaffMember.name == BEN.name)).one()
