"""What a patient asked the clinic to keep from somebody."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT
from portal.models import RestrictionRequest


class OwnRestrictionRequest(Own):
    """What the patient asked the clinic to keep from somebody, and the answer."""

    __table__ = (
        select(
            RestrictionRequest.id,
            RestrictionRequest.wish,
            RestrictionRequest.asked_at,
            RestrictionRequest.is_agreed,
            RestrictionRequest.answer,
            RestrictionRequest.decided_at,
            RestrictionRequest.ended_at,
            RestrictionRequest.ended_how,
        )
        .where(RestrictionRequest.patient_id == THE_PATIENT)
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    wish: Mapped[str]
    asked_at: Mapped[dt.datetime]
    is_agreed: Mapped[bool | None]
    answer: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    ended_how: Mapped[str | None]
