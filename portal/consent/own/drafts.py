"""Answers that a patient has not signed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Mapped

from portal import clock
from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT
from portal.models import SharingDraft
from portal.models.base import Instant

# Answers that were not signed are kept this long, also when the patient signs out in between.
DRAFTS_KEPT = dt.timedelta(days=30)
A_DRAFT_AGO = bindparam("a_draft_ago", callable_=lambda: clock.now() - DRAFTS_KEPT, type_=Instant)


class OwnDraft(Own):
    """Answers the patient gave and has not signed, for thirty days."""

    __table__ = (
        select(SharingDraft.id, SharingDraft.answers, SharingDraft.changed_at, SharingDraft.wants_to_talk_at)
        .where(SharingDraft.patient_id == THE_PATIENT, SharingDraft.changed_at > A_DRAFT_AGO)
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    answers: Mapped[dict[str, Any]]
    changed_at: Mapped[dt.datetime]
    wants_to_talk_at: Mapped[dt.datetime | None]
