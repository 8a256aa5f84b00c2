"""Canaries: a word of its own in every cell that holds words about somebody. Whoever reads one has read that cell."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Column, String, select, update
from sqlalchemy.orm import Session

from portal.cast import SAM, STRANGERS
from portal.consent.scopes import UPDATE_SCOPES
from portal.db import db
from portal.models import (
    Account,
    Appointment,
    AppointmentParticipant,
    Base,
    CalendarFeed,
    FamilyUpdate,
    Label,
    OutgoingEmail,
    Patient,
    RelatedPerson,
    Relative,
    SharingDraft,
    StaffMember,
)
from tests.conftest import MORNING

BIRD = re.compile(r"canary[a-j]+x", re.IGNORECASE)

# Columns that choose from a few words; a canary there would change what happens instead of being read.
CHOICES = {
    "account": {"language", "theme", "wants_email", "fs_uniquifier", "time_zone"},
    "appointment": {"mode", "status", "cancelled_by"},
    "calendar_feed": {"token_hash"},
    "consent": {"email_level", "lowered_email_level", "text_language", "how_signed", "representative_authority"},
    "consent_scope": {"scope"},
    "email_stop": {"message", "how"},
    "family_session_terms": {"modes"},
    "family_update": {"scope", "language"},
    "family_update_version": {"language"},
    "guide_progress": {"slug", "language"},
    "invitation": {"how", "language"},
    "outgoing_email": {"message", "outcome", "message_id", "claimed_by"},
    "patient": {"language"},
    "record_entry": {"act", "door", "what"},
    "related_person": {"colour", "relationship_code"},
    "schedule_entry": {"kind", "status", "cancelled_by", "mode"},
    "series": {"type", "frequency", "by_day", "week_starts", "zone", "mode", "uid", "split_from", "skipped", "extra"},
    "staff_member": {"staff_roles"},
}
# An empty cell that means something stays empty.
ONLY_WHERE_FILLED = {"purpose", "discloser", "how_to_stop", "signer_name", "parent_signer_name", "not_usable_because"}


@dataclass(frozen=True)
class Cell:
    """Where a canary sits."""

    table: str
    row: Any
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of row {self.row}"


class Canaries:
    """The canaries of one house, and where each of them sits."""

    def __init__(self, app: Flask) -> None:
        self.cells: dict[str, Cell] = {}
        with app.app_context():
            with db.sessionmaker.begin() as session:
                _give_strangers_something_to_long_for(session)
            with db.engine.begin() as connection:
                for table in Base.metadata.sorted_tables:
                    columns = [column for column in table.columns if _holds_words(column)]
                    if not columns:
                        continue
                    for row in connection.execute(select(table)).mappings().all():
                        words = {c.name: self._word(c, row) for c in columns if row[c.name] or _may_be_filled(c)}
                        this = [key == row[key.name] for key in table.primary_key]
                        connection.execute(update(table).where(*this).values(words))

    def _word(self, column: Column[Any], row: Any) -> Any:
        word = "canary" + "".join("abcdefghij"[int(digit)] for digit in str(len(self.cells))) + "x"
        key = next(iter(column.table.primary_key)).name
        self.cells[word] = Cell(column.table.name, row[key], column.name)
        if isinstance(column.type, JSON):
            return {word: word}
        return f"{word}@example.org" if column.name == "email" else word

    def seen_in(self, text: str) -> set[Cell]:
        """The cells that were read to make this text."""
        return {self.cells[bird.lower()] for bird in set(BIRD.findall(text))}


def _holds_words(column: Column[Any]) -> bool:
    words = isinstance(column.type, (String, JSON))
    about_somebody = column.info["label"] not in (Label.KEY, Label.PUBLIC)
    return words and about_somebody and column.name not in CHOICES.get(column.table.name, ())


def _may_be_filled(column: Column[Any]) -> bool:
    return column.name not in ONLY_WHERE_FILLED


def calendar_token(account_id: int) -> str:
    """What stands in the private address of this reader's calendar."""
    return f"calendar-of-{account_id}"


def _give_strangers_something_to_long_for(session: Session) -> None:
    """Updates of every kind, a family session they are named in, and email about both that waits for them."""
    sam = session.scalars(select(Patient).join(Account).where(Account.email == SAM.email)).one()
    staff = session.scalars(select(StaffMember).where(StaffMember.name == "Lee Tran")).one()
    for n, stranger in enumerate(STRANGERS):
        me = session.scalars(select(Relative).join(Account).where(Account.email == stranger.person.email)).one()
        linked = session.scalars(select(RelatedPerson.patient_id).where(RelatedPerson.relative_id == me.id)).first()
        patient_id = linked or sam.id
        updates = [
            FamilyUpdate(patient_id=patient_id, scope=scope, title="-", text="-", published_at=MORNING)
            for scope in UPDATE_SCOPES
        ]
        starts_at = MORNING + dt.timedelta(days=n + 40)
        booking = Appointment(
            patient_id=patient_id, staff_id=staff.id, starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=1), busy_until=starts_at + dt.timedelta(hours=1),
            participants=[AppointmentParticipant(relative_id=me.id)],
        )  # fmt: skip
        session.add_all([*updates, booking, SharingDraft(patient_id=patient_id, changed_at=MORNING)])
        secret = sha256(calendar_token(me.account_id).encode()).hexdigest()
        session.add(CalendarFeed(relative_id=me.id, token_hash=secret, made_at=MORNING))
        session.flush()
        for message, about_id in (("update_posted", updates[0].id), ("booking_confirmed", booking.id)):
            session.add(
                OutgoingEmail(
                    message=message,
                    account_id=me.account_id,
                    patient_id=patient_id,
                    about_id=about_id,
                    queued_at=MORNING,
                    due_at=MORNING,
                )
            )
