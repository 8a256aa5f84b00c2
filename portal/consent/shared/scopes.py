"""What each patient shares with the viewer, and on what terms."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func
from sqlalchemy.orm import Mapped

from portal.consent.live import of_the_viewer
from portal.consent.shared.rows import Shared
from portal.models import Consent, ConsentScope, RelatedPerson
from portal.models.base import Instant


class SharedScope(Shared):
    """One thing that one patient shares with the viewer, and the terms they signed for it."""

    __table__ = of_the_viewer(
        ConsentScope.id,
        ConsentScope.scope,
        Consent.id.label("consent_id"),
        Consent.signed_on,
        func.coalesce(Consent.ends_sooner_on, Consent.ends_on).label("ends_on"),
        func.coalesce(Consent.ends_sooner_at, Consent.ends_at, type_=Instant).label("ends_at"),
        Consent.ends_with_program,
        Consent.purpose,
        func.coalesce(Consent.lowered_email_level, Consent.email_level).label("email_level"),
        RelatedPerson.id.label("related_person_id"),
        RelatedPerson.ref.label("related_person_ref"),
        RelatedPerson.patient_id,
        RelatedPerson.known_as,
        RelatedPerson.colour,
    ).subquery()
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    scope: Mapped[str]
    consent_id: Mapped[int]
    signed_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    ends_at: Mapped[dt.datetime]
    ends_with_program: Mapped[bool]
    purpose: Mapped[str]
    email_level: Mapped[str]
    related_person_id: Mapped[int]
    related_person_ref: Mapped[str]
    patient_id: Mapped[int]
    known_as: Mapped[str]
    colour: Mapped[str]
