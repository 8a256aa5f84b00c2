"""A portal with a mail server, and a postman who can be sent round."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select, update

from portal import clinic, clock, create_app
from portal.cast import BEN, DANA, NEVER_LINKED, PRIYA, SAM, Person
from portal.config import Settings
from portal.consent.viewer import Viewer, look_as
from portal.db import db, session
from portal.emails import delivery, outbox
from portal.emails.reminder_times import due
from portal.models import (
    Account,
    Appointment,
    AppointmentStatus,
    Consent,
    FamilyUpdate,
    HowInvited,
    OutgoingEmail,
    Patient,
    Relative,
    Says,
    StaffMember,
)
from portal.services import email_addresses, invitations, occurrences, requests, series, waiting, weekly_lists
from portal.services.invitations import Wish
from portal.services.waiting_list_rules import Part
from portal.services.waiting_list_rules import Wish as Times
from tests.conftest import Clock, at_the_clinic
from tests.emails.mailbox import Mailbox, mail_server
from tests.services.planning import march

# The letter that the clinic cancelled; it is queued under the name of the other one.
BY_US = "booking_cancelled_by_us"


@dataclasses.dataclass
class Post:
    """The portal, its outbox, and a mail server at `port`."""

    app: Flask
    clock: Clock
    mailbox: Mailbox

    def queue(self, message: str, to: Person, about: Person | None = None, about_id: int | None = None) -> int:
        with at_the_clinic(self.app):
            row = outbox.queue(
                message,
                to=self.account_id(to),
                patient_id=self.patient_id(about) if about else None,
                about_id=about_id,
            )
            session().flush()
            return row.id

    def update_for(self, to: Person = DANA, about: Person = SAM) -> int:
        """Queue the email about the patient's newest update."""
        with self.app.app_context():
            g.reading = True
            newest = session().scalar(
                select(FamilyUpdate.id)
                .where(FamilyUpdate.patient_id == self.patient_id(about))
                .order_by(FamilyUpdate.published_at.desc())
                .limit(1)
            )
        return self.queue("update_posted", to, about, newest)

    def appointment_id(self, about: Person = SAM) -> int:
        with self.app.app_context():
            g.reading = True
            found = session().scalar(
                select(Appointment.id)
                .where(Appointment.patient_id == self.patient_id(about))
                .order_by(Appointment.starts_at)
            )
            assert found is not None
            return found

    def family_session(self, message: str, about: Person = SAM) -> int:
        """The first family session of somebody, as it is when `message` tells of it."""
        appointment_id = self.appointment_id(about)
        with at_the_clinic(self.app):
            appointment = session().get_one(Appointment, appointment_id)
            if message == "booking_moved":
                appointment.was_at = appointment.starts_at - dt.timedelta(days=1)
            if message == "booking_asked":
                appointment.participants[0].says = Says.NEEDS_ACTION
            if message in ("booking_cancelled", BY_US):
                appointment.status = AppointmentStatus.CANCELLED
                appointment.cancelled_by = "clinic" if message == BY_US else "relative"
            moment = next((at for name, at in self.reminders_of(appointment) if name == message), None)
        if moment is not None:
            self.clock.set(moment)
        return appointment_id

    def reminders_of(self, appointment: Appointment) -> list[tuple[str, dt.datetime]]:
        zone = clinic.zone()
        return due(appointment.starts_at, clock.now(), zone, zone)

    def wait_for_a_time(self, to: Person = DANA, about: Person = SAM) -> None:
        """Put a relative on the waiting list while evenings are free: one is kept for them, and they are told."""
        with at_the_clinic(self.app):
            relative = session().scalars(select(Relative).join(Account).where(Account.email == to.email)).one()
            look_as(Viewer(account_id=relative.account_id, account_ref=to.email, relative_id=relative.id))
            ben = session().scalars(select(StaffMember.id).where(StaffMember.name == BEN.name)).one()
            until_on = self.clock.moment.date() + dt.timedelta(days=14)
            every_evening = Times(tuple(range(7)), (Part.EVENING,), until_on, None, "with patient")
            waiting.join(self.patient_id(about), ben, every_evening)

    def change_times(self, to: Person = DANA) -> None:
        """Move a session of the evening group, and leave only the email to one reader."""
        with at_the_clinic(self.app):
            made = series.publish(march(), account_id=None)
            occurrences.call_off(made.changed[0].ref, account_id=None)
            mine = self.account_id(to)
            for row in session().scalars(select(OutgoingEmail).where(OutgoingEmail.message == "schedule_changed")):
                if row.account_id != mine or row.about_id == made.changed[1].change_id:
                    session().delete(row)

    def weekly_list(self, to: Person = DANA, about: Person = SAM) -> None:
        """Queue the list of a reader who chose one, with one update in it."""
        with at_the_clinic(self.app):
            account = session().get_one(Account, self.account_id(to))
            account.weekly_day, account.weekly_since = self.clock.moment.weekday(), self.clock.moment
            session().execute(update(OutgoingEmail).values(ended_at=self.clock.moment))
        self.clock.forward(days=1)
        with at_the_clinic(self.app):
            session().add(
                FamilyUpdate(
                    patient_id=self.patient_id(about), scope="going", title="A week", text="A good one.",
                    published_at=self.clock.moment,
                )
            )  # fmt: skip
        self.clock.forward(days=6, hours=1)
        with self.app.app_context():
            weekly_lists.queue_due()

    def consent_id(self, of: Person = SAM) -> int:
        """A consent of this patient that is in force."""
        with self.app.app_context():
            g.reading = True
            signed = select(Consent.id).where(Consent.patient_id == self.patient_id(of)).order_by(Consent.id)
            return session().scalars(signed.limit(1)).one()

    def invite(self, to: Person) -> None:
        """Queue an invitation to learn, linked to nobody."""
        with at_the_clinic(self.app):
            staff = session().scalars(select(StaffMember).where(StaffMember.name == PRIYA.name)).one()
            invitations.invite(Wish(None, to.name, to.email, 1958, to.language, HowInvited.EMAIL), by=staff)

    def ask(self, whom: Person) -> None:
        """Somebody who is linked to nobody asks this patient to share."""
        with at_the_clinic(self.app):
            requests.ask(self.account_id(NEVER_LINKED.person), contact=whom.email, relation="FRND", answer="/thanks")

    def ask_for_an_address(self, who: Person) -> None:
        """Somebody wants to sign in with another address."""
        with at_the_clinic(self.app):
            email_addresses.ask(self.account_id(who), f"{who.given_name.lower()}@example.net")

    def deliver(self) -> dict[str, int]:
        with self.app.app_context():
            return dict(delivery.deliver())

    def row(self, row_id: int) -> OutgoingEmail:
        with self.app.app_context():
            g.reading = True
            row = session().get_one(OutgoingEmail, row_id)
            session().expunge(row)
            return row

    def account_id(self, person: Person) -> int:
        return session().scalars(select(Account.id).where(Account.email == person.email)).one()

    def patient_id(self, person: Person) -> int:
        return session().scalars(select(Patient.id).join(Account).where(Account.email == person.email)).one()


Opening = Callable[..., Post]


@pytest.fixture
def post_at(settings: Settings, clock: Clock) -> Iterator[Opening]:
    """Open the portal with a mail server at a port."""
    opened: list[Flask] = []

    def open_at(port: int, mailbox: Mailbox | None = None, **more: Any) -> Post:
        changed = {"smtp_url": f"smtp://127.0.0.1:{port}", "base_url": "http://portal.example.org"} | more
        app = create_app(Settings(**(settings.model_dump() | changed)))
        opened.append(app)
        return Post(app, clock, mailbox or Mailbox())

    yield open_at
    for app in opened:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def post(post_at: Opening) -> Iterator[Post]:
    """The portal with a mail server that takes everything."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        yield post_at(port, mailbox)
