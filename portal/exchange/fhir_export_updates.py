"""Communication: the updates for families about one patient."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.db import session
from portal.exchange.fhir_export_parts import Around, Json, concept, id_of, resource
from portal.exchange.fhir_permits import SCOPE_SYSTEM
from portal.models import FamilyUpdate, StaffMember


def updates(around: Around) -> list[Json]:
    """Every update in the order of publishing; one that was withdrawn is marked as stopped, a planned one as that."""
    rows = session().scalars(
        select(FamilyUpdate)
        .where(FamilyUpdate.patient_id == around.patient.id)
        .options(joinedload(FamilyUpdate.author).joinedload(StaffMember.account))
        .order_by(FamilyUpdate.published_at, FamilyUpdate.id)
    )
    return [
        resource(
            "Communication",
            id_of(row),
            status=_status(row),
            language=row.language,
            category=[concept(SCOPE_SYSTEM, row.scope)] if row.scope else [],
            subject=around.patient_reference,
            topic={"text": row.title},
            sent=around.instant(row.published_at),
            sender=around.by(row.author) if row.author is not None else None,
            payload=[{"contentString": row.text}],
        )
        for row in rows
    ]


def _status(row: FamilyUpdate) -> str:
    if row.withdrawn_at is not None:
        return "stopped" if row.withdrawn_at >= row.published_at else "not-done"
    return "preparation" if row.published_at > clock.now() else "completed"
