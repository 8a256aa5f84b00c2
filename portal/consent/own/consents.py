"""What a patient signed, and the state of every box of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Mapped

from portal.consent.live import CONDITIONS, LIVE, joined, rule_without
from portal.consent.own.rows import Own
from portal.consent.viewer import THE_PATIENT
from portal.models import Consent, ConsentScope, RelatedPerson
from portal.models.base import Instant

# What is told of a signed document. An earlier day or emails that say less, chosen later, count.
SIGNED = (
    Consent.id,
    Consent.ref,
    Consent.related_person_id,
    Consent.discloser,
    Consent.purpose,
    Consent.how_to_stop,
    Consent.signer_name,
    Consent.representative_authority,
    Consent.parent_signer_name,
    Consent.witness_name,
    Consent.interpreter_name,
    Consent.signed_at,
    Consent.signed_on,
    Consent.starts_at,
    Consent.ends_on.label("signed_until"),
    func.coalesce(Consent.ends_sooner_on, Consent.ends_on).label("ends_on"),
    func.coalesce(Consent.ends_sooner_at, Consent.ends_at, type_=Instant).label("ends_at"),
    # An earlier day that was chosen later is the end to speak of.
    and_(Consent.ends_with_program, Consent.ends_sooner_on.is_(None)).label("ends_with_program"),
    func.coalesce(Consent.lowered_email_level, Consent.email_level).label("email_level"),
    Consent.text_shown,
    Consent.text_language,
    Consent.text_version,
    Consent.text_hash,
    Consent.how_signed,
    Consent.stopped_at,
    (Consent.not_usable_because.is_(None)).label("is_usable"),
)


class OwnConsent(Own):
    """A consent the patient signed, with the text they signed."""

    __table__ = select(*SIGNED).where(Consent.patient_id == THE_PATIENT).subquery()
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    ref: Mapped[str]
    related_person_id: Mapped[int]
    discloser: Mapped[str]
    purpose: Mapped[str]
    how_to_stop: Mapped[str]
    signer_name: Mapped[str]
    representative_authority: Mapped[str | None]
    parent_signer_name: Mapped[str | None]
    witness_name: Mapped[str | None]
    interpreter_name: Mapped[str | None]
    signed_at: Mapped[dt.datetime | None]
    signed_on: Mapped[dt.date | None]
    starts_at: Mapped[dt.datetime | None]
    signed_until: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    ends_at: Mapped[dt.datetime | None]
    ends_with_program: Mapped[bool]
    email_level: Mapped[str]
    text_shown: Mapped[str]
    text_language: Mapped[str]
    text_version: Mapped[str]
    text_hash: Mapped[str]
    how_signed: Mapped[str]
    stopped_at: Mapped[dt.datetime | None]
    is_usable: Mapped[bool]


# What the picture asks of each box: whether it is live, in force but for a pause or the acceptance, and if
# neither, which of these conditions fails.
BOX = (
    ConsentScope.consent_id,
    ConsentScope.scope,
    ConsentScope.off_at,
    LIVE.label("is_live"),
    rule_without(["not paused", "accepted"]).label("is_in_force"),
    CONDITIONS["not marked invalid"].label("is_valid"),
    CONDITIONS["not on hold"].label("is_not_on_hold"),
    CONDITIONS["complete"].label("is_complete"),
    CONDITIONS["checked by a second person"].label("is_checked"),
    CONDITIONS["signed by whom the law asks"].label("is_signed_by_all"),
    CONDITIONS["started"].label("has_begun"),
)


class OwnScope(Own):
    """One box of one of the patient's consents, with the state of each condition the picture tells apart."""

    __table__ = (
        joined(ConsentScope.id, RelatedPerson.id.label("related_person_id"), *BOX)
        .where(RelatedPerson.patient_id == THE_PATIENT)
        .subquery()
    )
    __mapper_args__ = {"primary_key": [__table__.c.id]}

    id: Mapped[int]
    consent_id: Mapped[int]
    related_person_id: Mapped[int]
    scope: Mapped[str]
    off_at: Mapped[dt.datetime | None]
    is_live: Mapped[bool]
    is_in_force: Mapped[bool]
    is_valid: Mapped[bool]
    is_not_on_hold: Mapped[bool]
    is_complete: Mapped[bool]
    is_checked: Mapped[bool]
    is_signed_by_all: Mapped[bool]
    has_begun: Mapped[bool]
