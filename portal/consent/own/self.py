"""The patient who looks."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT
from portal.models import Patient, Program


class OwnSelf(Own):
    """The patient who looks."""

    __table__ = (
        select(
            Patient.id,
            Patient.ref,
            Patient.given_name,
            Patient.family_name,
            Patient.started_on,
            Patient.planned_end_on,
            Patient.shows_weeks,
            Patient.adult_on,
            Patient.paused_at,
            Patient.remind_of_pause_on,
            Patient.discharged_at,
            Program.weeks,
        )
        .outerjoin(Program, Program.id == Patient.program_id)
        .where(Patient.id == THE_PATIENT)
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    started_on: Mapped[dt.date | None]
    planned_end_on: Mapped[dt.date | None]
    shows_weeks: Mapped[bool]
    adult_on: Mapped[dt.date | None]
    paused_at: Mapped[dt.datetime | None]
    remind_of_pause_on: Mapped[dt.date | None]
    discharged_at: Mapped[dt.datetime | None]
    weeks: Mapped[int | None]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()
