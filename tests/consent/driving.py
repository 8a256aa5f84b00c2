"""The real portal for histories: acts by name, each through the services as one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clinic
from portal.cast import BEN, PRIYA, Person
from portal.clock import midnight
from portal.consent.scopes import Scope, with_details
from portal.consent.viewer import look_as
from portal.db import commit, rollback, session
from portal.emails import delivery
from portal.emails.letters import Letter
from portal.emails.line import Line
from portal.errors import NotShared, Refused
from portal.models import Consent, ConsentScope, HoldKind, HowInvited, HowSigned, Patient, RelatedPerson, StaffMember
from portal.services import accepting, audience, booking, consents, holds, invitations, therapist_times, updates
from portal.services.audience_seen import fingerprint
from portal.services.update_checks import Words
from tests.conftest import MORNING, Clock
from tests.consent.small_clinic import PARENT, PATIENTS, RELATIVES, Pair, SmallClinic


@dataclass
class Portal:
    """One application on the small clinic's database, which is brought back to its first day before each history."""

    app: Flask
    clock: Clock
    browsers: dict[str, FlaskClient]
    its: SmallClinic
    letters: list[str] = field(default_factory=list)
    reminders: list[str] = field(default_factory=list)

    def begin_anew(self) -> None:
        self.clock.set(MORNING)
        self.its.bring_back()
        self.letters.clear()
        self.reminders.clear()

    @contextmanager
    def at_work(self, relative: str | None = None) -> Iterator[None]:
        """One transaction of somebody."""
        with self.app.app_context():
            if relative:
                look_as(self.its.viewers[relative])
            yield
            commit()

    def act(self, what: Callable[[], object], relative: str | None = None) -> bool:
        """Do it as a request would; whether it was done. What is refused leaves nothing behind."""
        with self.at_work(relative):
            try:
                what()
            except (Refused, NotShared):
                rollback()
                return False
        return True

    # Rows

    def related_person(self, pair: Pair) -> RelatedPerson:
        return session().get_one(RelatedPerson, self.its.people[pair])

    def patient(self, name: str) -> Patient:
        return session().get_one(Patient, self.its.patients[name])

    def member(self, person: Person) -> StaffMember:
        return session().get_one(StaffMember, self.its.staff[person.name])

    def latest(self, pair: Pair) -> Consent:
        mine = select(Consent).where(Consent.related_person_id == self.its.people[pair])
        return session().scalars(mine.order_by(Consent.id.desc())).first()  # type: ignore[return-value]

    # Acts

    def sign(self, pair: Pair, scopes: set[str], last_day: dt.date, email: str, *, with_program: bool) -> None:
        patient, relative = PATIENTS[pair[0]], RELATIVES[pair[1]]
        answers = consents.Answers(
            name=relative.name,
            email=relative.email,
            related_person_id=self.its.people[pair],
            scopes=with_details(scopes),
            email_level=email,  # type: ignore[arg-type]
            ends_on=last_day,
            ends_with_program=with_program,
            purpose="So they can support me",
        )
        signature = consents.Signature(
            patient.name, True, "I share this.", "en", "1", "Here.", PARENT, PARENT, parent_wants_to=True
        )
        consents.sign(self.its.patients[pair[0]], answers, signature)

    def paper(self, pair: Pair, scopes: set[str], last_day: dt.date, starts: dt.datetime, *, by_parent: bool) -> None:
        """A form from elsewhere, which nobody has checked yet."""
        consent = Consent(
            patient_id=self.its.patients[pair[0]], related_person_id=self.its.people[pair], discloser="Riverbend",
            purpose="So they can support me", how_to_stop="Here.", signer_name=PATIENTS[pair[0]].name,
            parent_signer_name=PARENT if by_parent else None, signed_at=self.clock.moment, signed_on=clinic.today(),
            starts_at=starts, ends_on=last_day, how_signed=HowSigned.PAPER,
            ends_at=midnight(last_day + dt.timedelta(days=1), clinic.zone()),
            scopes=[ConsentScope(scope=scope) for scope in with_details(scopes)],
        )  # fmt: skip
        session().add(consent)

    def check_every_paper(self, pair: Pair) -> None:
        """A second person holds what waits against what was typed in."""
        waiting = select(Consent).where(
            Consent.related_person_id == self.its.people[pair],
            Consent.how_signed == HowSigned.PAPER,
            Consent.verified_at.is_(None),
        )
        for consent in session().scalars(waiting):
            consent.verified_at = self.clock.moment

    def invite_and_accept(self, pair: Pair) -> None:
        """By letter, to somebody who has a sign-in already. Raises Refused."""
        relative = self.related_person(pair).relative
        assert relative is not None
        wish = invitations.Wish(self.its.people[pair], pair[1], "", 1958, "en", HowInvited.LETTER)
        letter = invitations.invite(wish, by=self.member(PRIYA))
        accepting.accept(letter.ref, account=relative.account, sign_in=None)

    def hold(self, patient: str, person_id: int | None, reason: str, by: Person) -> str:
        hold = holds.place(
            self.its.patients[patient], person_id, kind=HoldKind.PRIVACY, reason=reason, by=self.member(by)
        )
        session().flush()
        return hold.ref

    def post(self, patient: str, scope: str, title: str) -> int:
        by = self.member(BEN)
        readers = audience.of_update(self.its.patients[patient], Scope(scope))
        (posted,) = updates.post(
            author_id=by.id, account_id=by.account_id, patient_ids=[self.its.patients[patient]], scope=Scope(scope),
            words=Words(title, "Words."), fingerprint=fingerprint([readers]),
        )  # fmt: skip
        return posted.id

    def book(self, pair: Pair) -> tuple[int, dt.datetime]:
        """The first time that is free. Raises NotShared, or Refused."""
        ben = self.its.staff[BEN.name]
        start = next(iter(therapist_times.free_times(ben)), MORNING)
        booked = booking.book(booking.Choice(self.its.patients[pair[0]], ben, start, "online"))
        return booked.id, start

    def deliver(self) -> None:
        """Let the postman go round; what he hands over is kept in `letters` or `reminders`, by its reader's address."""

        def hand_over(line: Line, letter: Letter, message_id: str, **_: object) -> None:
            (self.reminders if letter.subject.startswith("Reminder") else self.letters).append(letter.to)

        with pytest.MonkeyPatch.context() as patch, self.app.app_context():
            patch.setattr(Line, "send", hand_over)
            delivery.deliver()
