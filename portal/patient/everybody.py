"""The patient's own people, each with what they see: one question per noun, whatever their number."""

from __future__ import annotations

from flask import g, url_for
from sqlalchemy import select

from portal import clinic, clock, refs
from portal.consent.own import OwnAppointment, OwnConsent, OwnLastLook, OwnRelatedPerson, OwnScope, OwnSelf
from portal.consent.picture import Picture, Sharing
from portal.consent.viewer import the_viewer
from portal.db import session


def me() -> OwnSelf:
    """The patient who looks."""
    own: OwnSelf = g.me
    return own


def picture() -> Picture:
    """All that the patient's picture of who can see what is drawn from."""
    return Picture(
        session().scalars(select(OwnRelatedPerson)).all(),
        session().scalars(select(OwnConsent).where(OwnConsent.signed_at <= clock.now())).all(),
        session().scalars(select(OwnScope)).all(),
        {look.related_person_id: look.at for look in session().scalars(select(OwnLastLook))},
        is_paused=me().paused_at is not None,
        discharged_at=me().discharged_at,
        now=clock.now(),
        zone=clinic.zone(),
    )


def everybody() -> list[Sharing]:
    """Everybody the patient shares with, shared with, or was asked by."""
    return picture().everybody()


def find(ref: str, among: list[Sharing] | None = None) -> Sharing:
    """The person this patient knows by `ref`. Raises NotShared."""
    return refs.find(the_viewer().account_ref, ref, everybody() if among is None else among)


def ref_of(sharing: Sharing) -> str:
    """The person's label in this patient's addresses."""
    return refs.ref_for(the_viewer().account_ref, sharing.ref)


def share_url(ref: str) -> str:
    """Where sharing with this person begins; it ends with a signature."""
    return url_for("patient.questions.who") + f"?with={ref}"


def sessions_to_come(*related_person_ids: int) -> list[OwnAppointment]:
    """Confirmed family sessions with any of these people, soonest first."""
    return list(
        session().scalars(
            select(OwnAppointment)
            .where(
                OwnAppointment.related_person_id.in_(related_person_ids),
                OwnAppointment.status.in_(("pending", "confirmed")),
                OwnAppointment.ends_at > clock.now(),
            )
            .order_by(OwnAppointment.starts_at, OwnAppointment.id)
        )
    )
