"""The people whom a patient named, or who asked."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT
from portal.models import RelatedPerson, StaffMember


class OwnRelatedPerson(Own):
    """Someone the patient shares with, shared with, or was asked by."""

    __table__ = (
        select(
            RelatedPerson.id,
            RelatedPerson.ref,
            RelatedPerson.relative_id,
            RelatedPerson.name,
            RelatedPerson.relation,
            RelatedPerson.known_as,
            RelatedPerson.colour,
            RelatedPerson.accepted_at,
            RelatedPerson.asked_at,
            RelatedPerson.declined_at,
            RelatedPerson.may_not_ask_since,
            RelatedPerson.asks_before_sessions,
            RelatedPerson.met_on,
            StaffMember.name.label("met_by"),
        )
        .outerjoin(StaffMember, StaffMember.id == RelatedPerson.met_by_id)
        .where(RelatedPerson.patient_id == THE_PATIENT, RelatedPerson.name != "")
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    relative_id: Mapped[int | None]
    name: Mapped[str]
    relation: Mapped[str]
    known_as: Mapped[str]
    colour: Mapped[str]
    accepted_at: Mapped[dt.datetime | None]
    asked_at: Mapped[dt.datetime | None]
    declined_at: Mapped[dt.datetime | None]
    may_not_ask_since: Mapped[dt.datetime | None]
    asks_before_sessions: Mapped[bool]
    met_on: Mapped[dt.date | None]
    met_by: Mapped[str | None]
